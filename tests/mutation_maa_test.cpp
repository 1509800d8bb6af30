// Every accepted token, changed a little, must not be accepted. Nothing is excused: a signature
// covers header and payload, and a token has one text only. Long tokens are sampled by a stride
// that begins elsewhere in each case; CUPEL_MUTATE_ALL=1 leaves nothing out.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cupel/evidence.hpp>

#include "base/base64.hpp"
#include "codec/json.hpp"
#include "support/captured.hpp"
#include "support/run.hpp"

namespace cupel::testing {
namespace {

bool everything() {
  return std::getenv("CUPEL_MUTATE_ALL") != nullptr;  // NOLINT(concurrency-mt-unsafe): one thread
}

const std::vector<Case>& accepted_tokens() {
  static const std::vector<Case> kCases = [] {
    std::vector<Case> out;
    std::vector<Folder> folders = read_folders(forged_root() / "maa");
    if (auto more = captured_cases(captured_root())) {
      folders.insert(folders.end(), more->begin(), more->end());
    }
    for (const Folder& folder : folders) {
      auto loaded = load_case(folder);
      if (loaded && loaded->family == "maa" && loaded->policy.empty() &&
          loaded->expect.verdict == "accepted") {
        out.push_back(std::move(*loaded));
      }
    }
    return out;
  }();
  return kCases;
}

struct Parts {
  std::string header;
  std::string payload;
  std::string signature;

  std::string token() const { return header + "." + payload + "." + signature; }
};

class MaaMutation : public ::testing::TestWithParam<std::size_t> {
 protected:
  MaaMutation() : case_(accepted_tokens().at(GetParam())) {
    endorsements_ = endorsements_of(case_).value();
    std::string text(as_text(case_.evidence));
    if (text.front() == '{') {
      text = *json::parse(text, "evidence").value().find("token")->string();
    }
    if (text.back() == '\n') {
      text.pop_back();
    }
    const std::size_t first = text.find('.');
    const std::size_t second = text.find('.', first + 1);
    parts_ = {text.substr(0, first), text.substr(first + 1, second - first - 1),
              text.substr(second + 1)};
  }

  bool accepted(const std::string& text) const {
    return evaluate("maa", as_bytes(text), endorsements_, case_.context).ok();
  }

  // Where a walk over `size` places begins and how far it steps.
  std::size_t stride(std::size_t size, std::size_t samples) const {
    return everything() ? 1 : (size / samples) | 1U;
  }

  const Case& case_;
  Endorsements endorsements_;
  Parts parts_;
};

TEST_P(MaaMutation, StartsFromAnAcceptedToken) {
  EXPECT_TRUE(accepted(parts_.token())) << case_.name;
}

TEST_P(MaaMutation, RefusesEveryFlippedBitOfEachPart) {
  for (std::string Parts::*part : {&Parts::header, &Parts::payload, &Parts::signature}) {
    const ByteVector bytes = from_base64url(parts_.*part, "part").value();
    const std::size_t step = stride(bytes.size() * 8, 150);
    for (std::size_t bit = GetParam() % step; bit < bytes.size() * 8; bit += step) {
      ByteVector changed = bytes;
      changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
      Parts other = parts_;
      other.*part = to_base64url(changed);
      ASSERT_FALSE(accepted(other.token())) << case_.name << ": bit " << bit;
    }
  }
}

TEST_P(MaaMutation, RefusesEveryOtherCharacter) {
  const std::string text = parts_.token();
  const std::size_t step = stride(text.size(), 150);
  for (std::size_t i = GetParam() % step; i < text.size(); i += step) {
    for (const char other : {'A', '.', '=', '-', '+', ' ', '\0', '\n', '{'}) {
      std::string changed = text;
      changed[i] = other;
      if (other != text[i]) {
        ASSERT_FALSE(accepted(changed)) << case_.name << ": character " << i << " is " << other;
      }
    }
  }
}

TEST_P(MaaMutation, RefusesEveryCutAndEverythingAdded) {
  const std::string text = parts_.token();
  const std::size_t step = stride(text.size(), 150);
  for (std::size_t length = GetParam() % step; length < text.size(); length += step) {
    ASSERT_FALSE(accepted(text.substr(0, length))) << case_.name << ": cut at " << length;
    ASSERT_FALSE(accepted(text.substr(text.size() - length))) << case_.name << ": from " << length;
  }
  for (const std::string more : {"A", "AA", ".", "=", "==", " ", "\r\n", "\n\n", ".AA", "~"}) {
    EXPECT_FALSE(accepted(text + more)) << case_.name << ": with " << more;
    EXPECT_FALSE(accepted(more + text)) << case_.name << ": after " << more;
  }
}

TEST_P(MaaMutation, RefusesEveryClaimRemovedDoubledOrReplaced) {
  const ByteVector bytes = from_base64url(parts_.payload, "part").value();
  const json::Value payload = json::parse(as_text(bytes), "payload").value();
  const json::Object& members = *payload.object();
  for (std::size_t i = 0; i < members.size(); ++i) {
    json::Object removed = members;
    removed.erase(removed.begin() + static_cast<std::ptrdiff_t>(i));
    std::vector<std::string> texts{json::dump(removed)};
    for (const json::Value& other : {json::Value(), json::Value(true), json::Value(7),
                                     json::Value("x"), json::Value(json::Object{})}) {
      json::Object replaced = members;
      replaced[i].second = other;
      if (!(other == members[i].second)) {
        texts.push_back(json::dump(replaced));
      }
    }
    std::string doubled = json::dump(payload);
    doubled.insert(1, json::dump(members[i].first) + ":" + json::dump(members[i].second) + ",");
    texts.push_back(doubled);
    for (const std::string& changed : texts) {
      Parts other = parts_;
      other.payload = to_base64url(as_bytes(changed));
      EXPECT_FALSE(accepted(other.token())) << case_.name << ": " << members[i].first;
    }
  }
}

TEST_P(MaaMutation, RefusesEverySignatureOfAnotherToken) {
  for (const Case& other : accepted_tokens()) {
    const std::string text(as_text(other.evidence));
    if (text.front() == '{' || text.find(parts_.signature) != std::string::npos) {
      continue;
    }
    Parts mixed = parts_;
    mixed.signature = text.substr(text.rfind('.') + 1);
    if (mixed.signature.back() == '\n') {
      mixed.signature.pop_back();
    }
    EXPECT_FALSE(accepted(mixed.token())) << case_.name << " with that of " << other.name;
  }
}

std::vector<std::size_t> indices() {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < accepted_tokens().size(); ++i) {
    out.push_back(i);
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(Accepted, MaaMutation, ::testing::ValuesIn(indices()),
                         [](const auto& param) {
                           return test_name(accepted_tokens().at(param.param).name);
                         });

TEST(MaaMutationTest, HasForgedTokensToStartFrom) {
  EXPECT_GT(accepted_tokens().size(), 25U);
}

TEST(MaaMutationTest, HasCapturedTokensToStartFrom) {
  if (!std::filesystem::is_directory(captured_root() / "tokens")) {
    GTEST_SKIP() << "no captured vectors at " << captured_root() / "tokens"
                 << " (CUPEL_VECTORS)";
  }
  const auto captured = [](const Case& c) { return c.name.starts_with("captured/"); };
  EXPECT_GE(std::count_if(accepted_tokens().begin(), accepted_tokens().end(), captured), 5);
}

}  // namespace
}  // namespace cupel::testing

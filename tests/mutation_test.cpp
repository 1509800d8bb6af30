// Every accepted case, changed a little, must not be accepted: each bit of each part flipped, each
// part cut at each length, a byte appended; each JSON member removed, doubled, or of another type.
// Evidence that is no JSON is one part.
// Long parts are sampled; CUPEL_MUTATE_ALL=1 leaves nothing out (hours under a sanitizer).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cupel/evidence.hpp>
#include <functional>

#include "base/base64.hpp"
#include "codec/json.hpp"
#include "codec/pem.hpp"
#include "support/captured.hpp"
#include "support/run.hpp"

namespace cupel::testing {
namespace {

bool everything() {
  return std::getenv("CUPEL_MUTATE_ALL") != nullptr;  // NOLINT(concurrency-mt-unsafe): one thread
}

// One binary part of a document: what it holds, and the text around it.
struct Part {
  std::string name;
  ByteVector bytes;
  bool pem = false;
  std::string before;
  std::string after;
  bool whole = false;   ///< the evidence itself, as it is
  std::string label{};  ///< of the PEM

  std::string document(Bytes content) const {
    if (whole) {
      return std::string(as_text(content));
    }
    if (!pem) {
      return before + to_base64(content) + after;
    }
    std::string escaped;
    for (const char c : pem::dump(label, content)) {
      escaped += c == '\n' ? std::string("\\n") : std::string(1, c);
    }
    return before + escaped + after;
  }
};

constexpr std::size_t kLongDocument = 20'000;  // with an event log of a real machine

using Path = std::vector<std::string>;  // member names; "[i]" is an item of an array

json::Value* resolve(json::Value& document, const Path& path) {
  json::Value* here = &document;
  for (const std::string& step : path) {
    json::Value* next = nullptr;
    if (step.front() == '[') {
      const auto* items = here->array();
      const std::size_t index = std::stoul(step.substr(1));
      // The tree is ours to change; only its const view is public for arrays.
      next = items != nullptr && index < items->size()
                 ? const_cast<json::Value*>(&(*items)[index])  // NOLINT: see above
                 : nullptr;
    } else if (auto* members = here->object()) {
      const auto found = std::find_if(members->begin(), members->end(),
                                      [&](const auto& m) { return m.first == step; });
      next = found != members->end() ? &found->second : nullptr;
    }
    if (next == nullptr) {
      return nullptr;
    }
    here = next;
  }
  return here;
}

std::optional<Part> part_at(const json::Value& document, std::string name, const Path& path) {
  constexpr std::string_view kMark = "@@part@@";
  json::Value copy = document;
  json::Value* place = resolve(copy, path);
  if (place == nullptr || place->string() == nullptr) {
    return std::nullopt;
  }
  const std::string text = *place->string();
  Part out{std::move(name), {}, pem::looks_like(as_bytes(text)), {}, {}, false, {}};
  if (out.pem) {
    constexpr std::array<std::string_view, 2> kLabels = {"CERTIFICATE", "X509 CRL"};
    auto blocks = pem::parse(text, kLabels, "part");
    if (!blocks) {
      return std::nullopt;  // a public key: the caller named it, so its bits are covered by that
    }
    out.label = blocks->front().label;
    out.bytes = blocks->front().der;
  } else {
    auto bytes = from_base64(text, "part");
    if (!bytes) {
      return std::nullopt;  // hex: the same bytes are a part elsewhere
    }
    out.bytes = std::move(bytes).value();
  }
  *place = std::string(kMark);
  const std::string whole = json::dump(copy);
  const std::size_t at = whole.find(kMark);
  out.before = whole.substr(0, at);
  out.after = whole.substr(at + kMark.size());
  return out;
}

std::vector<Part> parts_of(const json::Value& document) {
  std::vector<Part> out;
  const auto add = [&](const std::string& name, const Path& path) {
    if (auto part = part_at(document, name, path)) {
      out.push_back(std::move(*part));
      return true;
    }
    return false;
  };
  add("message", {"quote", "message"});
  add("signature", {"quote", "signature"});
  add("pcrs", {"pcrs", "data"});
  add("pcrs", {"quote", "pcr"});
  add("public", {"ak", "public"});
  add("event_log", {"event_log"});
  add("report", {"report"});
  add("report", {"evidence"});
  add("runtime_data", {"runtime_data"});
  add("hcl_report", {"hcl_report"});
  add("td_quote", {"td_quote"});
  for (const Path& list :
       {Path{"ak", "certificates"}, Path{"cert_chain"}, Path{"certificates"}, Path{"crls"}}) {
    for (std::size_t i = 0;; ++i) {
      const std::string index = "[" + std::to_string(i) + "]";
      Path path = list;
      path.push_back(index);
      if (!add((list.front() == "crls" ? "crls" : "certificates") + index, path)) {
        break;
      }
    }
  }
  return out;
}

// Writes a document with one place changed by `edit`, which gets the text of the member (or item)
// and returns what stands there instead. Duplicate keys are possible here, unlike in a tree.
std::string edited(const json::Value& value, const Path& path, const Path& target,
                   const std::function<std::string(const std::string&)>& edit) {
  const auto child = [&](const std::string& step, const std::string& prefix,
                         const json::Value& content) {
    Path here = path;
    here.push_back(step);
    std::string text = prefix + edited(content, here, target, edit);
    return here == target ? edit(text) : text;
  };
  std::string out;
  const auto join = [&](const std::string& text) {
    if (!text.empty()) {
      out += (out.empty() ? "" : ",") + text;
    }
  };
  if (const auto* members = value.object()) {
    for (const auto& [name, content] : *members) {
      join(child(name, json::dump(json::Value(name)) + ":", content));
    }
    return "{" + out + "}";
  }
  if (const auto* items = value.array()) {
    for (std::size_t i = 0; i < items->size(); ++i) {
      join(child("[" + std::to_string(i) + "]", "", (*items)[i]));
    }
    return "[" + out + "]";
  }
  return json::dump(value);
}

// The claims as text, for comparison.
std::string flat(const Claims& claims) {
  std::string out;
  for (const auto& [name, claim] : claims.all()) {
    out += name + "=" + to_string(claim.value) + "\n";
  }
  return out;
}

// Bytes written as hex or base64 are left out: the same bytes are there as they are, and a letter
// may be large or small.
enum class Kind { json, text, binary };
Kind kind_of(Bytes evidence) {
  const std::size_t first = as_text(evidence).find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && evidence[first] == '{') {
    return Kind::json;
  }
  const auto printable = [](std::uint8_t c) { return (c >= 0x20 && c < 0x7f) || c == '\n'; };
  return std::all_of(evidence.begin(), evidence.end(), printable) ? Kind::text : Kind::binary;
}

// The accepted cases, without policies: what is asked here is authenticity.
const std::vector<Case>& accepted_cases() {
  static const std::vector<Case> kCases = [] {
    std::vector<Case> out;
    std::vector<Folder> folders = read_folders(forged_root());
    if (auto more = captured_cases(captured_root())) {
      folders.insert(folders.end(), more->begin(), more->end());
    }
    for (const Folder& folder : folders) {
      auto loaded = load_case(folder);
      // The same evidence under a policy is no other evidence.
      const bool repeated = folder.name.find("policy/") != std::string::npos ||
                            folder.name.ends_with("+policy") || folder.name.ends_with("+late");
      if (loaded && loaded->expect.verdict == "accepted" && !repeated &&
          kind_of(loaded->evidence) != Kind::text) {
        out.push_back(std::move(*loaded));
      }
    }
    return out;
  }();
  return kCases;
}

class Mutation : public ::testing::TestWithParam<std::size_t> {
 protected:
  Mutation() : case_(accepted_cases().at(GetParam())), context_(case_.context) {
    context_.cache = &cache_;
    if (kind_of(case_.evidence) == Kind::json) {
      document_ = json::parse(as_text(case_.evidence), "evidence").value();
    }
    endorsements_ = endorsements_of(case_).value();
  }

  Result<Claims> evaluate_text(std::string_view text) const {
    return evaluate_case(case_, as_bytes(text), endorsements_, context_);
  }

  // Whether what was accepted says no more than the document without its log: a log that is cut
  // before its first event is no log.
  bool says_less(const Claims& got, const Part& part) const {
    if (part.name != "event_log") {
      return false;
    }
    const auto stripped =
        evaluate_text(edited(document_, {}, {"event_log"}, [](const auto&) { return ""; }));
    return stripped.ok() && flat(*stripped) == flat(got);
  }

  std::vector<Part> parts() const {
    if (kind_of(case_.evidence) == Kind::binary) {
      return {Part{"evidence", case_.evidence, false, {}, {}, true, {}}};
    }
    return parts_of(document_);
  }

  bool excused(const std::string& part, std::size_t byte) const {
    return std::any_of(case_.excused.begin(), case_.excused.end(), [&](const ExcusedRange& r) {
      return r.part == part && r.from <= byte && byte < r.to;
    });
  }

  // Padding, or a part that nothing looks at: it may also be shorter or longer.
  bool excused_to_the_end(const Part& part, std::size_t from) const {
    return std::any_of(case_.excused.begin(), case_.excused.end(), [&](const ExcusedRange& r) {
      return r.part == part.name && r.from <= from && r.to > from && r.to >= part.bytes.size();
    });
  }

  const Case& case_;
  ChainCache cache_;
  VerifyContext context_;
  json::Value document_;
  Endorsements endorsements_;
};

/// The cases that are JSON.
class DocumentMutation : public Mutation {};

TEST_P(Mutation, RefusesEveryFlippedBit) {
  for (const Part& part : parts()) {
    // Some cases whole, of the others a sample: by a stride that is prime to 8 and begins elsewhere
    // in each case, so that the cases together reach every bit of every structure.
    const std::size_t bits = part.bytes.size() * 8;
    const bool short_part = bits <= 2400 && case_.evidence.size() < kLongDocument;
    const bool whole = everything() || (short_part && GetParam() % 25 == 0);
    const std::size_t stride = whole ? 1 : (bits / 40) | 1U;
    for (std::size_t bit = GetParam() % stride; bit < bits; bit += stride) {
      if (excused(part.name, bit / 8)) {
        continue;
      }
      ByteVector changed = part.bytes;
      changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
      if (evaluate_text(part.document(changed)).ok()) {
        ADD_FAILURE() << case_.name << ": accepted with bit " << bit % 8 << " of byte " << bit / 8
                      << " of " << part.name << " flipped";
        break;
      }
    }
  }
}

TEST_P(Mutation, RefusesEveryCutAndAppendedByte) {
  for (const Part& part : parts()) {
    const std::size_t size = part.bytes.size();
    const std::size_t stride = everything() ? 1 : size / 12 + 1;
    for (std::size_t length = GetParam() % stride; length < size; length += stride) {
      if (excused_to_the_end(part, length)) {
        continue;
      }
      const auto cut = evaluate_text(part.document(Bytes(part.bytes).first(length)));
      EXPECT_TRUE(!cut.ok() || says_less(*cut, part))
          << case_.name << ": accepted with " << part.name << " cut at " << length << " of "
          << size;
    }
    if (!excused_to_the_end(part, size)) {
      ByteVector longer = part.bytes;
      longer.push_back(0);
      EXPECT_FALSE(evaluate_text(part.document(longer)).ok())
          << case_.name << ": accepted with a byte after " << part.name;
    }
  }
}

// ---- the JSON around the parts
// -------------------------------------------------------------------

void collect(const json::Value& value, const Path& path, std::vector<Path>& out) {
  const auto visit = [&](const std::string& step, const json::Value& content) {
    Path here = path;
    here.push_back(step);
    out.push_back(here);
    collect(content, here, out);
  };
  if (const auto* members = value.object()) {
    for (const auto& [name, content] : *members) {
      visit(name, content);
    }
  } else if (const auto* items = value.array()) {
    for (std::size_t i = 0; i < items->size(); ++i) {
      visit("[" + std::to_string(i) + "]", (*items)[i]);
    }
  }
}

std::string to_string(const Path& path) {
  std::string out;
  for (const std::string& step : path) {
    out += (out.empty() || step.front() == '[' ? "" : ".") + step;
  }
  return out;
}

// What a document may go without; its claims must then be fewer, or the same when what was left out
// only repeated them.
bool optional_member(const Path& path) {
  const std::string name = to_string(path);
  return name == "event_log" || name == "pcrs" || name == "ak.public" || name == "crls" ||
         name == "runtime_data" || name == "ak_certificates" || name == "quote" ||
         name == "uvm_endorsements" || name == "endorsed_tcb" || name == "quote.signature_form" ||
         name.starts_with("supplied");
}

TEST_P(DocumentMutation, RefusesEveryMemberRemoved) {
  const auto whole = evaluate_text(as_text(case_.evidence));
  ASSERT_TRUE(whole.ok()) << to_string(whole.error());
  std::vector<Path> paths;
  collect(document_, {}, paths);
  for (const Path& path : paths) {
    const bool item = path.back().front() == '[';
    const auto got = evaluate_text(
        edited(document_, {}, path, [](const std::string&) { return std::string(); }));
    if (!got.ok()) {
      continue;
    }
    if (item) {  // a certificate that was not needed
      const std::string& list = path[path.size() - 2];
      const bool named = list == "crls" || list == "ak_certificates";
      EXPECT_TRUE(excused((named ? list : "certificates") + path.back(), 0))
          << case_.name << ": accepted without " << to_string(path);
      continue;
    }
    EXPECT_TRUE(optional_member(path)) << case_.name << ": accepted without " << to_string(path);
    for (const auto& [name, claim] : got->all()) {
      // Without the data behind it, the digest in the report is all that is bound.
      const bool digest = name == "common.bound_data" && to_string(path) == "runtime_data";
      const Claim* before = digest ? got->find("snp.report_data") : whole->find(name);
      EXPECT_TRUE(before != nullptr && before->value == claim.value)
          << case_.name << ": without " << to_string(path) << " it claims more: " << name;
    }
  }
}

TEST_P(DocumentMutation, RefusesEveryMemberDoubled) {
  std::vector<Path> paths;
  collect(document_, {}, paths);
  for (const Path& path : paths) {
    if (path.back().front() == '[') {
      continue;  // a certificate twice is no contradiction
    }
    const auto got = evaluate_text(
        edited(document_, {}, path, [](const std::string& text) { return text + "," + text; }));
    ASSERT_FALSE(got.ok()) << case_.name << ": accepted with " << to_string(path) << " twice";
    EXPECT_EQ(got.error().code, Code::duplicate_field) << case_.name << ": " << to_string(path);
  }
}

TEST_P(DocumentMutation, RefusesEveryMemberOfAnotherType) {
  std::vector<Path> paths;
  collect(document_, {}, paths);
  for (const Path& path : paths) {
    for (const std::string other :
         {"null", "true", "7", "-1", "0.5", "\"\"", "\"x\"", "[]", "{}"}) {
      const auto replace = [&](const std::string& text) {
        const std::size_t colon = text.find("\":");
        const bool item = path.back().front() == '[';
        return (item ? "" : text.substr(0, colon + 2)) + other;
      };
      const auto got = evaluate_text(edited(document_, {}, path, replace));
      // Any text may come along unauthenticated; nothing says what a CA's PEM must look like here.
      const bool free_text = path.back() == "webserver_rootca" && other == "\"x\"";
      const bool same = path == Path{"supplied"} && other == "{}";
      // A file of no values beside a quote that selects none would be complete; no case has that.
      EXPECT_TRUE(!got.ok() || free_text || same)
          << case_.name << ": accepted with " << other << " for " << to_string(path);
    }
  }
}

std::vector<std::size_t> indices(bool documents_only) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < accepted_cases().size(); ++i) {
    if (!documents_only || kind_of(accepted_cases()[i].evidence) == Kind::json) {
      out.push_back(i);
    }
  }
  return out;
}

std::string name_of(const ::testing::TestParamInfo<std::size_t>& param) {
  return test_name(accepted_cases().at(param.param).name);
}

INSTANTIATE_TEST_SUITE_P(Accepted, Mutation, ::testing::ValuesIn(indices(false)), name_of);
INSTANTIATE_TEST_SUITE_P(Accepted, DocumentMutation, ::testing::ValuesIn(indices(true)), name_of);

TEST(MutationTest, HasForgedCasesToStartFrom) {
  EXPECT_GT(accepted_cases().size(), 40U);
}

TEST(MutationTest, HasCapturedCasesToStartFrom) {
  if (!std::filesystem::is_directory(captured_root() / "tpm")) {
    GTEST_SKIP() << "no captured vectors at " << captured_root() / "tpm"
                 << " (CUPEL_VECTORS)";
  }
  const auto captured = [](const Case& c) { return c.name.starts_with("captured/"); };
  EXPECT_GT(std::count_if(accepted_cases().begin(), accepted_cases().end(), captured), 5);
}

}  // namespace
}  // namespace cupel::testing

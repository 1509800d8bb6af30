#include "measure/explain_again.hpp"

#include <algorithm>
#include <charconv>
#include <cupel/measure/boot.hpp>
#include <cupel/measure/hostdata.hpp>

#include "base/hex.hpp"
#include "crypto/digest.hpp"

namespace cupel::measure {
namespace {

constexpr std::size_t kMaxInput = std::size_t{1} << 30U;

// The same text with other line endings, or without the last one.
std::vector<std::pair<std::string, ByteVector>> other_line_ends(Bytes text) {
  ByteVector unix_ends;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') {
      unix_ends.push_back(text[i]);
    }
  }
  ByteVector windows;
  for (const std::uint8_t c : unix_ends) {
    if (c == '\n') {
      windows.push_back('\r');
    }
    windows.push_back(c);
  }
  ByteVector cut = unix_ends;
  while (!cut.empty() && cut.back() == '\n') {
    cut.pop_back();
  }
  ByteVector ended = cut;
  ended.push_back('\n');
  return {{"with LF line endings", unix_ends},
          {"with CRLF line endings", windows},
          {"without a final line break", cut},
          {"with one final line break", ended}};
}

// Bytes that the source keeps itself.
class Kept : public Source {
 public:
  explicit Kept(ByteVector content) : content_(std::move(content)), source_(content_) {}
  std::uint64_t size() const noexcept override { return source_.size(); }
  Result<Unit> read(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    return source_.read(offset, into);
  }

 private:
  ByteVector content_;
  MemorySource source_;
};

}  // namespace

std::shared_ptr<const Source> loaded_input(ByteVector content) {
  return std::make_shared<Kept>(std::move(content));
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string::npos ? std::string()
                                    : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

void Again::offer(const Result<Recipe>& other, const std::string& change) {
  if (other) {
    for (const RecipeValue& value : other->values) {
      offer(value.name, value.value, change);
    }
  }
}

void Again::offer(std::string_view name, Bytes value, const std::string& change) {
  const RecipeValue* before = recipe_.value(name);
  const bool meant = options_.of.empty() || options_.of == name;
  if (!meant || !crypto::equal(value, wanted_) ||
      (before != nullptr && std::ranges::equal(before->value, value))) {
    return;
  }
  const bool known = std::ranges::any_of(
      found_, [&](const Explanation& one) { return one.value == name && one.change == change; });
  if (!known) {
    found_.push_back({std::string(name), change});
  }
}

std::shared_ptr<const Source> Again::source(const RecipeInput& entry) {
  auto brought = load_(entry);
  if (brought && (*brought)->size() == entry.size) {
    const auto now = recipe_input(entry.role, entry.name, **brought);
    if (now && now->sha256 == entry.sha256) {
      return std::move(brought).value();
    }
  }
  if (std::ranges::find(missing_, entry.name) == missing_.end()) {
    missing_.push_back(entry.name);
  }
  return nullptr;
}

std::optional<ByteVector> Again::content(const RecipeInput& entry) {
  const auto found = source(entry);
  if (found == nullptr) {
    return std::nullopt;
  }
  auto bytes = read_all(*found, kMaxInput, entry.name);
  if (!bytes || crypto::sha256(*bytes) != entry.sha256) {
    missing_.push_back(entry.name);
    return std::nullopt;
  }
  return std::move(bytes).value();
}

std::optional<ByteVector> Again::input(std::string_view role) {
  const auto entry = std::ranges::find(recipe_.inputs, role, &RecipeInput::role);
  return entry == recipe_.inputs.end() ? std::nullopt : content(*entry);
}

std::uint64_t Again::number(std::string_view parameter) const {
  const std::string text = recipe_.parameter(parameter);
  std::uint64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

void Again::run() {
  if (recipe_.kind == "uki") {
    uki();
  } else if (recipe_.kind == "secureboot") {
    secureboot();
  } else if (recipe_.kind == "snp") {
    snp();
  } else if (recipe_.kind == "pcr15") {
    pcr15();
  } else if (recipe_.kind == "hostdata") {
    hostdata();
  } else if (recipe_.kind == "eif") {
    eif();
  } else if (recipe_.kind == "verity") {
    verity();
  } else if (recipe_.kind == "tdx") {
    tdx();
    td_hobs();
  }
}

void Again::pcr15() {
  const auto root = from_hex(recipe_.parameter("root_hash"), "root_hash");
  if (!root) {
    return;
  }
  offer(predict_pcr15(*root, std::nullopt), "the root hash alone, without sentinel and CA");
  if (const auto ca = input("root_ca")) {
    for (const auto& [change, text] : other_line_ends(*ca)) {
      offer(predict_pcr15(*root, text), "the CA's PEM " + change);
    }
  }
}

// A register is SHA-384 of zeros and the text, which people paste with its line break.
void Again::eif() {
  for (const auto& [name, parameter] : {std::pair{"pcr3", "role_arn"}, {"pcr4", "instance_id"}}) {
    if (recipe_.value(name) != nullptr) {
      const std::string text = recipe_.parameter(parameter) + "\n";
      offer(name, crypto::digest(crypto::Hash::sha384, {ByteVector(48), as_bytes(text)}),
            "with a line break after " + std::string(parameter));
    }
  }
}

void Again::hostdata() {
  const auto policy = input("policy");
  const std::string form = recipe_.parameter("form");
  if (!policy) {
    return;
  }
  offer(hostdata_recipe({{"", *policy}}), "the file's own bytes, not decoded");
  std::vector<CcePolicy> policies = {{"", *policy}};
  if (form == "base64") {
    auto decoded = decode_cce_policy(as_text(*policy));
    if (!decoded) {
      return;
    }
    policies.front().policy = std::move(decoded).value();
  } else if (form == "arm") {
    const auto given = input("parameters");
    auto found = cce_policies(as_text(*policy),
                              given ? std::optional(std::string(as_text(*given))) : std::nullopt);
    if (!found || !missing_.empty()) {
      return;
    }
    policies = std::move(found).value();
  }
  for (std::size_t i = 0; i < policies.size(); ++i) {
    for (const auto& [change, text] : other_line_ends(policies[i].policy)) {
      std::vector<CcePolicy> other = policies;
      other[i].policy = text;
      offer(hostdata_recipe(other), "the policy " + change);
    }
  }
}

}  // namespace cupel::measure

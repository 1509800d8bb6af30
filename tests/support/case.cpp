#include "support/case.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cupel/evidence.hpp>
#include <cupel/time.hpp>
#include <fstream>
#include <iterator>
#include <limits>
#include <set>

#include "base/hex.hpp"
#include "codec/json.hpp"

namespace cupel::testing {
namespace {

// Hands out a folder's files and remembers which were asked for.
class Files {
 public:
  explicit Files(const Folder& folder) : folder_(folder) {}

  Result<ByteVector> get(const std::string& name) {
    const auto found = folder_.files.find(name);
    if (found == folder_.files.end()) {
      return Error{Code::missing_field, folder_.name + "/" + name};
    }
    used_.insert(name);
    return found->second;
  }

  Result<Unit> all_used() const {
    for (const auto& [name, content] : folder_.files) {
      if (!used_.contains(name)) {
        return Error{Code::unknown_field, folder_.name + "/" + name, kNoOffset,
                     "nothing in case.json names this file"};
      }
    }
    return Unit{};
  }

 private:
  const Folder& folder_;
  std::set<std::string> used_;
};

Result<std::vector<std::string>> texts(json::ObjectReader& reader, std::string_view key) {
  std::vector<std::string> out;
  if (!reader.has(key)) {
    return out;
  }
  const json::Array* items = reader.array(key);
  if (items == nullptr) {
    return reader.finish().error();
  }
  for (const json::Value& item : *items) {
    if (item.string() == nullptr) {
      return Error{Code::bad_encoding, reader.path(key), kNoOffset, "a list of texts"};
    }
    out.push_back(*item.string());
  }
  return out;
}

// {"https://issuer": "file"}
Result<std::vector<std::pair<std::string, std::string>>> issuer_key_files(
    json::ObjectReader& reader) {
  std::vector<std::pair<std::string, std::string>> out;
  if (!reader.has("issuer_keys")) {
    return out;
  }
  const json::Object* members = reader.object("issuer_keys");
  for (const auto& [issuer, file] : members != nullptr ? *members : json::Object{}) {
    if (file.string() == nullptr) {
      return Error{Code::bad_encoding, reader.path("issuer_keys"), kNoOffset, "a file's name"};
    }
    out.emplace_back(issuer, *file.string());
  }
  return out;
}

Result<std::string> as_claim_text(const json::Value& value) {
  if (const auto* text = value.string()) {
    return *text;
  }
  if (const auto* number = value.unsigned_integer()) {
    return std::to_string(*number);
  }
  if (const auto* flag = value.boolean()) {
    return std::string(*flag ? "true" : "false");
  }
  return Error{Code::bad_encoding, "expect.claims"};
}

Result<Expectation> expectation(const json::Value& value) {
  json::ObjectReader reader(value, "expect");
  Expectation out;
  out.stage = reader.string("stage");
  out.verdict = reader.optional_string("verdict").value_or("");
  out.code = reader.optional_string("code").value_or("");
  out.where = reader.optional_string("where").value_or("");
  out.check = reader.optional_string("check").value_or("");
  CUPEL_TRY(out.failed_checks, texts(reader, "failed_checks"));
  if (reader.has("failed_claims")) {
    CUPEL_TRY(out.failed_claims, texts(reader, "failed_claims"));
  }
  if (reader.has("claims")) {
    const json::Object* claims = reader.object("claims");
    for (const auto& [name, claim] : claims != nullptr ? *claims : json::Object{}) {
      CUPEL_TRY(std::string text, as_claim_text(claim));
      out.claims.emplace_back(name, std::move(text));
    }
  }
  CUPEL_TRY([[maybe_unused]] auto done, reader.finish());
  const std::set<std::string> stages{"parse", "verify", "policy", "appraise"};
  const bool verdict = out.verdict == "accepted" || out.verdict == "refused";
  if (!stages.contains(out.stage) || verdict == !out.code.empty() ||
      (out.verdict == "refused" && out.failed_checks.empty())) {
    return Error{Code::out_of_range, "expect", kNoOffset, "a verdict, or an error with its code"};
  }
  return out;
}

Result<std::vector<ExcusedRange>> excuses(json::ObjectReader& parent) {
  std::vector<ExcusedRange> out;
  if (!parent.has("excused_ranges")) {
    return out;
  }
  const json::Array* items = parent.array("excused_ranges");
  for (const json::Value& item : items != nullptr ? *items : json::Array{}) {
    json::ObjectReader reader(item, "excused_ranges");
    ExcusedRange range{reader.string("part"), 0, std::numeric_limits<std::size_t>::max(), {}};
    if (reader.has("from") || reader.has("to")) {
      range.from = reader.unsigned_integer("from");
      range.to = reader.unsigned_integer("to");
    }
    range.reason = reader.string("reason");
    if (range.reason.empty()) {
      reader.fail(Code::missing_field, "reason");
    }
    CUPEL_TRY([[maybe_unused]] auto done, reader.finish());
    out.push_back(std::move(range));
  }
  return out;
}

Result<Unit> source(const json::Value& value) {
  json::ObjectReader reader(value, "source");
  const std::string kind = reader.string("kind");
  if (kind != "hardware" && kind != "third_party" && kind != "forged") {
    reader.fail(Code::out_of_range, "kind");
  }
  for (const auto* key : {"by", "url", "licence", "date"}) {
    reader.optional_string(key);
  }
  return reader.finish();
}

Result<TrustAnchors> anchors(const std::string& text, const std::string& family, Files& files) {
  if (text == "vendor") {
    return vendor_anchors(family);
  }
  TrustAnchors out({});
  if (text != "none") {
    CUPEL_TRY(const ByteVector content, files.get(text));
    CUPEL_TRY([[maybe_unused]] auto added, out.add_certificates(text, content));
  }
  return out;
}

Result<Revocation> revocation(const std::string& text) {
  if (text == "required") {
    return Revocation::required;
  }
  if (text == "if_available") {
    return Revocation::if_available;
  }
  if (text == "dangerous_ignored") {
    return Revocation::dangerous_ignored;
  }
  return Error{Code::out_of_range, "revocation"};
}

}  // namespace

Result<Case> load_case(const Folder& folder) {
  Files files(folder);
  CUPEL_TRY(const ByteVector text, files.get("case.json"));
  CUPEL_TRY(const json::Value document, json::parse(as_text(text), folder.name + "/case.json"));
  json::ObjectReader reader(document, folder.name + "/case.json");
  const std::string family = reader.string("family");
  const std::string evidence_file = reader.string("evidence");
  const std::string now_text = reader.string("now");
  const std::string anchor_text = reader.string("anchors");
  CUPEL_TRY(const auto keys, texts(reader, "keys"));
  CUPEL_TRY(const auto issuer_keys, issuer_key_files(reader));
  CUPEL_TRY(const auto endorsement_files, texts(reader, "endorsements"));
  CUPEL_TRY(const auto policy_files, texts(reader, "policy"));
  CUPEL_TRY(auto checks, texts(reader, "checks"));
  const std::string mode = reader.optional_string("revocation").value_or("if_available");
  const std::optional<std::string> nonce_text = reader.optional_string("nonce");
  CUPEL_TRY(auto excused, excuses(reader));
  const json::Value* expect_value = reader.required("expect");
  const json::Value* source_value = reader.required("source");
  const std::string comment = reader.string("comment");
  CUPEL_TRY([[maybe_unused]] auto done, reader.finish());

  CUPEL_TRY(Expectation expect, expectation(*expect_value));
  CUPEL_TRY([[maybe_unused]] auto sourced, source(*source_value));
  CUPEL_TRY(const UnixTime now, parse_time(now_text));
  CUPEL_TRY(const Revocation crls, revocation(mode));
  CUPEL_TRY(TrustAnchors trusted, anchors(anchor_text, family, files));
  for (const std::string& name : keys) {
    CUPEL_TRY(const ByteVector content, files.get(name));
    CUPEL_TRY([[maybe_unused]] auto added, trusted.add_key(name, content));
  }
  for (const auto& [issuer, name] : issuer_keys) {
    CUPEL_TRY(const ByteVector content, files.get(name));
    CUPEL_TRY([[maybe_unused]] auto added, trusted.add_issuer_keys(issuer, content));
  }
  std::vector<ByteVector> endorsements;
  for (const std::string& name : endorsement_files) {
    CUPEL_TRY(ByteVector content, files.get(name));
    endorsements.push_back(std::move(content));
  }
  std::vector<PolicyFile> policy;
  for (const std::string& name : policy_files) {
    CUPEL_TRY(ByteVector content, files.get(name));
    policy.push_back(PolicyFile{name, std::move(content)});
  }
  std::optional<ByteVector> nonce;
  if (nonce_text) {
    CUPEL_TRY(nonce, from_hex(*nonce_text, "nonce"));
  }
  CUPEL_TRY(ByteVector evidence, files.get(evidence_file));
  CUPEL_TRY([[maybe_unused]] auto no_more, files.all_used());
  return Case{folder.name,
              family,
              std::move(evidence),
              VerifyContext{.now = now, .anchors = std::move(trusted), .revocation = crls},
              std::move(endorsements),
              std::move(policy),
              std::move(nonce),
              std::move(expect),
              std::move(checks),
              std::move(excused)};
}

std::vector<Folder> read_folders(const std::filesystem::path& root) {
  std::vector<Folder> out;
  if (!std::filesystem::is_directory(root)) {
    return out;
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().filename() != "case.json") {
      continue;
    }
    const auto home = entry.path().parent_path();
    Folder folder{std::filesystem::relative(home, root).generic_string(), {}};
    for (const auto& file : std::filesystem::recursive_directory_iterator(home)) {
      if (file.is_regular_file()) {
        std::ifstream in(file.path(), std::ios::binary);
        const std::string content{std::istreambuf_iterator<char>(in), {}};
        folder.files[std::filesystem::relative(file.path(), home).generic_string()] =
            to_vector(as_bytes(content));
      }
    }
    out.push_back(std::move(folder));
  }
  std::sort(out.begin(), out.end(),
            [](const Folder& a, const Folder& b) { return a.name < b.name; });
  return out;
}

std::string to_string(const Expectation& expect) {
  if (expect.verdict == "accepted") {
    return expect.verdict;
  }
  std::string out;
  if (expect.verdict == "refused") {
    out = "refused:";
    for (const std::string& check : expect.failed_checks) {
      out += " " + check;
    }
    return out;
  }
  out = expect.code + " at " + expect.where;
  return expect.check.empty() ? out : out + " [" + expect.check + "]";
}

std::string test_name(const std::string& folder) {
  std::string out;
  for (const char c : folder) {
    out += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return out;
}

std::filesystem::path captured_root() {
  const char* set = std::getenv("CUPEL_VECTORS");  // NOLINT(concurrency-mt-unsafe): one thread
  return set != nullptr ? set : CUPEL_DEFAULT_VECTORS;
}

std::filesystem::path forged_root() {
  return std::filesystem::path(CUPEL_SOURCE_DIR) / "tests" / "vectors";
}

}  // namespace cupel::testing

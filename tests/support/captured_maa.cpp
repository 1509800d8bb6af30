// Captured tokens of Azure Attestation, in the form of our own cases.
#include "support/captured_maa.hpp"

#include <algorithm>
#include <array>

#include "codec/flatten.hpp"
#include "codec/json.hpp"

namespace cupel::testing {
namespace {

// What the collection says in words, for tokens that must be refused.
struct Refusal {
  std::string_view id;
  std::string_view stage;
  std::string_view code;
  std::string_view where;
  std::string_view check;
};
constexpr std::array kRefusals = {
    Refusal{"neg-maa-alg-none-draft-policy", "parse", "unsupported_algorithm", "maa.header.alg",
            "maa-01"},
    Refusal{"neg-maa-azurevm-unknown-kid", "verify", "untrusted_chain", "maa.header.kid", "maa-06"},
    Refusal{"neg-maa-azurevm-sevsnp-2023-unknown-kid", "verify", "untrusted_chain",
            "maa.header.kid", "maa-06"},
    // Tokens of other services, offered as if they were ours.
    Refusal{"neg-hs256-same-claims", "parse", "unsupported_algorithm", "maa.header.alg", "maa-01"},
    Refusal{"neg-gcp-confidential-space-foreign-certificate", "parse", "unknown_field",
            "maa.header.x5c", "maa-02"},
    Refusal{"gcp-confidential-space-2025-09", "parse", "unknown_field", "maa.header.x5c", "maa-02"},
    Refusal{"gcp-confidential-space-oidc-2025-07", "parse", "missing_field", "maa.payload.x-ms-ver",
            "maa-03"},
    Refusal{"coco-simple-rs384-2026-01", "parse", "unsupported_algorithm", "maa.header.alg",
            "maa-01"},
};

using Files = std::map<std::string, ByteVector>;

ByteVector bytes_of(const json::Value& value) {
  return to_vector(as_bytes(json::dump(value)));
}

const json::Value& member(const json::Value& value, std::string_view name) {
  static const json::Value kNone;
  const json::Value* found = value.find(name);
  return found != nullptr ? *found : kNone;
}

std::string text(const json::Value& value, std::string_view name) {
  const std::string* found = member(value, name).string();
  return found != nullptr ? *found : std::string();
}

// The collection's claims by our names; times and the policy's hash have another form here.
json::Object claims_of(const json::Value& expected) {
  constexpr std::array<std::string_view, 5> kOtherForm = {"iat", "nbf", "exp", "x-ms-policy-hash",
                                                          "x-ms-runtime.client-payload.nonce"};
  json::Object out;
  for (const auto& [path, value] : json::flatten(member(expected, "claims")).leaves) {
    if (std::find(kOtherForm.begin(), kOtherForm.end(), path) == kOtherForm.end()) {
      out.emplace_back("maa." + path, value);
    }
  }
  return out;
}

class Mapper {
 public:
  Mapper(const Folder& folder, const json::Value& document)
      : folder_(folder),
        document_(document),
        id_(folder.name.substr(folder.name.find('/') + 1)),
        expected_(member(document, "expected")) {}

  Result<std::vector<Folder>> all() const {
    std::vector<Folder> out;
    for (const Refusal& refusal : kRefusals) {
      if (refusal.id == id_) {
        out.push_back(as_case("", now(), true,
                              json::Object{{"stage", refusal.stage},
                                           {"code", refusal.code},
                                           {"where", refusal.where},
                                           {"check", refusal.check}}));
        return out;
      }
    }
    if (text(expected_, "verdict") != "accept") {
      return Error{Code::unsupported_version, id_, kNoOffset,
                   "a refusal that this loader has no code for"};
    }
    out.push_back(as_case(
        "", now(), true,
        json::Object{
            {"stage", "verify"}, {"verdict", "accepted"}, {"claims", claims_of(expected_)}}));
    const auto refused = [](std::string_view code, std::string_view where, std::string_view check) {
      return json::Object{{"stage", "verify"}, {"code", code}, {"where", where}, {"check", check}};
    };
    const std::uint64_t* exp = member(expected_, "exp").unsigned_integer();
    if (exp == nullptr) {
      return Error{Code::missing_field, id_ + ": expected.exp"};
    }
    const std::string end = to_string(UnixTime(static_cast<std::int64_t>(*exp)));
    out.push_back(as_case("+late", end, true, refused("expired", "maa.payload.exp", "maa-09")));
    out.push_back(as_case("+nobody_trusted", now(), false,
                          refused("untrusted_chain", "maa.header.kid", "maa-06")));
    return out;
  }

 private:
  std::string now() const { return text(document_, "verify_at"); }

  Folder as_case(const std::string& suffix, const std::string& when, bool trusted,
                 json::Object expect) const {
    Folder out{"captured/maa/" + id_ + suffix, {}};
    out.files["token.jwt"] = folder_.files.at("token.jwt");
    json::Object c{
        {"family", "maa"}, {"evidence", "token.jwt"}, {"now", when}, {"anchors", "none"}};
    if (trusted && folder_.files.contains("jwks.json") && !text(expected_, "issuer").empty()) {
      out.files["jwks.json"] = folder_.files.at("jwks.json");
      c.emplace_back("issuer_keys", json::Object{{text(expected_, "issuer"), "jwks.json"}});
    }
    c.emplace_back("expect", std::move(expect));
    c.emplace_back("checks", json::Array{});
    c.emplace_back("source", json::Object{{"kind", "third_party"}});
    c.emplace_back("comment", "a token as its collection has it: " + id_);
    out.files["case.json"] = bytes_of(json::Value(std::move(c)));
    return out;
  }

  const Folder& folder_;
  const json::Value& document_;
  std::string id_;
  const json::Value& expected_;
};

bool ours(std::string_view id) {
  return id.starts_with("maa-") || std::any_of(kRefusals.begin(), kRefusals.end(),
                                               [&](const Refusal& one) { return one.id == id; });
}

}  // namespace

Result<std::vector<Folder>> captured_maa_cases(const std::filesystem::path& root) {
  std::vector<Folder> out;
  for (const Folder& folder : read_folders(root / "tokens")) {
    const std::string id = folder.name.substr(folder.name.find('/') + 1);
    if (!ours(id)) {
      continue;
    }
    CUPEL_TRY(const json::Value document,
              json::parse(as_text(folder.files.at("case.json")), folder.name));
    CUPEL_TRY(std::vector<Folder> cases, Mapper(folder, document).all());
    out.insert(out.end(), cases.begin(), cases.end());
  }
  return out;
}

}  // namespace cupel::testing

#include "appraise/maa_claims.hpp"

#include <algorithm>

#include "appraise/policy_json.hpp"
#include "appraise/policy_rules.hpp"
#include "appraise/token_values.hpp"
#include "base/issuer.hpp"
#include "codec/flatten.hpp"
#include "crypto/key_set.hpp"

namespace cupel::maa_claims {
namespace {

using token_values::Written;

constexpr std::string_view kPolicySigner = "x-ms-policy-signer";

// One key has many certificates, and may stand there by its numbers: the key is what is compared.
Result<Requirement> policy_signer(const json::Value& value, const std::string& where) {
  const json::Value* inner = value.find("jwk");
  auto jwk = jwks::parse_key(inner != nullptr ? *inner : value, where, jwks::Others::ignored);
  if (!jwk) {
    return policy_error(where, "is no public key: " + to_string(jwk.error()));
  }
  auto key = crypto::to_key(*jwk, where);
  if (!key) {
    return policy_error(where, "is no public key: " + to_string(key.error()));
  }
  return Requirement{"maa.policy_signer.spki_sha256",
                     Requirement::Op::equals,
                     {to_vector(key->key.spki_sha256())}};
}

Result<Unit> add_leaf(Alternative& alternative, const std::string& path, const json::Value& leaf,
                      const std::string& where) {
  const std::string claim = "maa." + path;
  if (path.ends_with("{}") || path.ends_with("[]")) {
    const ClaimDef* plain = find_claim_def("maa", claim.substr(0, claim.size() - 2));
    if (plain != nullptr && !plain->open) {
      return policy_error(where, "must be of type " + std::string(to_string(plain->type)));
    }
  }
  CUPEL_TRY(auto meant, token_values::values(claim, leaf, Written::typed, where));
  return token_values::add(alternative.require, token_values::requirement(claim, std::move(meant)),
                           where);
}

}  // namespace

bool looks_like(const json::Value& document) {
  const json::Object* members = document.object();
  return members != nullptr && std::any_of(members->begin(), members->end(), [](const auto& m) {
           return m.first == "iss" || m.first.starts_with("x-ms-");
         });
}

Result<Unit> add(Alternative& alternative, const json::Value& document, const std::string& file) {
  alternative.family = "maa";
  if (!alternative.label.empty()) {
    alternative.label += " + ";
  }
  alternative.label += token_values::label_of(file);
  for (const auto& [name, value] : *document.object()) {
    const std::string where = file + ": " + name;
    if (name == kPolicySigner) {
      CUPEL_TRY(Requirement rule, policy_signer(value, where));
      CUPEL_TRY([[maybe_unused]] auto added,
                token_values::add(alternative.require, std::move(rule), where));
      continue;
    }
    if (name == "iss" && (value.string() == nullptr || !canonical_issuer(*value.string()))) {
      return policy_error(where, "must be https:// and a host name in lower case, as in tokens");
    }
    json::Flat flat;
    json::flatten(value, json::path_step(name), flat);
    if (flat.too_large) {
      return policy_error(where, "has more members than can be read");
    }
    if (!flat.left_out.empty()) {
      return policy_error(where, flat.left_out.front() +
                                     " is null, negative or a fraction, and no "
                                     "claim can be equal to it");
    }
    for (const auto& [path, leaf] : flat.leaves) {
      CUPEL_TRY([[maybe_unused]] auto added, add_leaf(alternative, path, leaf, where));
    }
  }
  return Unit{};
}

}  // namespace cupel::maa_claims

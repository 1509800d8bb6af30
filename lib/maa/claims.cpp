// What a verified token says, as claims.
#include "maa/claims.hpp"

#include <array>
#include <cupel/maa.hpp>
#include <vector>

#include "crypto/key_set.hpp"
#include "maa/rows.hpp"
#include "maa/token.hpp"

namespace cupel::maa {
namespace {

constexpr std::size_t kRuntimeKeys = 8;

constexpr std::array kOurs = {
    ClaimDef{.name = "maa.signer.kid",
             .type = ClaimType::string,
             .provenance = Provenance::endorsement,
             .meaning = "name of the key that signed the token",
             .source = "RFC 7515, 4.1.4"},
    ClaimDef{.name = "maa.signer.spki_sha256",
             .type = ClaimType::bytes,
             .size = 32,
             .provenance = Provenance::endorsement,
             .meaning = "SHA-256 of the signing key's SubjectPublicKeyInfo",
             .source = "RFC 5280, 4.1.2.7"},
    ClaimDef{.name = "maa.signer.trust",
             .type = ClaimType::string,
             .provenance = Provenance::configuration,
             .meaning = "why the key is trusted: issuer_keys, named_key or certificate",
             .source = "lib/maa/README.md"},
    ClaimDef{.name = "maa.signer.anchor",
             .type = ClaimType::string,
             .provenance = Provenance::configuration,
             .meaning = "the issuer of the key set, the name of the key, or the root",
             .source = "lib/maa/README.md"},
    ClaimDef{.name = "maa.signer.subject",
             .type = ClaimType::string,
             .provenance = Provenance::endorsement,
             .meaning = "subject of the signing key's certificate, where one is known",
             .source = "RFC 5280, 4.1.2.6"},
    ClaimDef{.name = "maa.signer.evidence",
             .type = ClaimType::string,
             .provenance = Provenance::endorsement,
             .meaning =
                 "kind of the evidence in that certificate, whose report data names the key: "
                 "sgx or snp; not verified itself",
             .source = "lib/maa/README.md"},
    ClaimDef{.name = "maa.policy_signer.spki_sha256",
             .type = ClaimType::bytes,
             .size = 32,
             .measurement = true,
             .meaning = "SHA-256 of the SubjectPublicKeyInfo of the key that signed the instance's "
                        "policy (x-ms-policy-signer, in either shape)",
             .source = "Azure Attestation documentation, policy signer examples"},
    ClaimDef{.name = "maa.policy_signer.certificate_sha256",
             .type = ClaimType::bytes,
             .size = 32,
             .meaning = "SHA-256 of that key's certificate (DER), where x-ms-policy-signer has one",
             .source = "Azure Attestation documentation, policy signer examples"},
    ClaimDef{.name = "maa.runtime_key",
             .type = ClaimType::bytes,
             .size = 32,
             .indices = kRuntimeKeys,
             .meaning = "SHA-256 of the SubjectPublicKeyInfo of a key in the runtime data "
                        "(x-ms-runtime.keys, or the one in x-ms-runtime.jwk)",
             .source = "RFC 7517; runtime data of the guest"},
    // Last: what no row before it defines.
    ClaimDef{.name = "maa",
             .type = ClaimType::string,
             .meaning = "any other member of the token, by its path, with the type it has there; "
                        "name{} and name[] count the members of an object and an array",
             .source = "RFC 7519, 4.3",
             .open = true},
};

// A JWK, or an object around one.
std::optional<crypto::SetKey> key_in(const json::Value* value) {
  if (value == nullptr) {
    return std::nullopt;
  }
  const json::Value* inner = value->find("jwk");
  const auto jwk =
      jwks::parse_key(inner != nullptr ? *inner : *value, "key", jwks::Others::ignored);
  if (!jwk) {
    return std::nullopt;
  }
  auto key = crypto::to_key(*jwk, "key");
  return key ? std::optional(std::move(key).value()) : std::nullopt;
}

void add_policy_signer(ClaimsBuilder& builder, const json::Value& payload) {
  if (const auto key = key_in(payload.find("x-ms-policy-signer"))) {
    builder.set("maa.policy_signer.spki_sha256", to_vector(key->key.spki_sha256()));
    if (!key->certificates.empty()) {
      builder.set("maa.policy_signer.certificate_sha256",
                  to_vector(key->certificates.front().sha256()));
    }
  }
}

void add_runtime_keys(ClaimsBuilder& builder, const json::Value& payload) {
  const json::Value* runtime = payload.find("x-ms-runtime");
  if (runtime == nullptr) {
    return;
  }
  const json::Value* list = runtime->find("keys");
  const json::Array* keys = list != nullptr ? list->array() : nullptr;
  if (keys == nullptr) {
    if (const auto key = key_in(runtime->find("jwk"))) {
      builder.set("maa.runtime_key.0", to_vector(key->key.spki_sha256()));
    }
    return;
  }
  for (std::size_t i = 0; i < keys->size() && i < kRuntimeKeys; ++i) {
    if (const auto key = key_in(&(*keys)[i])) {
      builder.set("maa.runtime_key." + std::to_string(i), to_vector(key->key.spki_sha256()));
    }
  }
}

// ---- debug
// ---------------------------------------------------------------------------------------

std::optional<bool> flag(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  const bool* found = value != nullptr ? value->boolean() : nullptr;
  return found != nullptr ? std::optional(*found) : std::nullopt;
}

std::optional<bool> dbgstat(const json::Value& object) {
  const json::Value* value = object.find("dbgstat");
  const std::string* text = value != nullptr ? value->string() : nullptr;
  if (text == nullptr || (*text != "disabled" && *text != "enabled")) {
    return std::nullopt;
  }
  return *text == "enabled";
}

// One answer of two that may be missing: open if either says so.
std::optional<bool> either(std::optional<bool> a, std::optional<bool> b) {
  return a && b ? std::optional(*a || *b) : a ? a : b;
}

// Whether what this object speaks of can be inspected, by the field of its own kind of evidence. No
// other kind's field answers for it; nothing when it does not say.
std::optional<bool> debuggable(const json::Value& object) {
  const json::Value* value = object.find("x-ms-attestation-type");
  const std::string* type = value != nullptr ? value->string() : nullptr;
  if (type == nullptr) {
    return std::nullopt;
  }
  if (*type == "sevsnpvm") {
    return flag(object, "x-ms-sevsnpvm-is-debuggable");
  }
  if (*type == "sgx") {
    return flag(object, "x-ms-sgx-is-debuggable");
  }
  if (*type == "tdxvm") {
    return either(flag(object, "tdx_td_attributes_debug"), dbgstat(object));
  }
  if (*type == "azurevm") {
    const auto boot = flag(object, "x-ms-azurevm-bootdebug-enabled");
    const auto hypervisor = flag(object, "x-ms-azurevm-hypervisordebug-enabled");
    const auto kernel = flag(object, "x-ms-azurevm-kerneldebug-enabled");
    return boot && hypervisor && kernel ? std::optional(*boot || *hypervisor || *kernel)
                                        : std::nullopt;
  }
  return std::nullopt;
}

void add_common(ClaimsBuilder& builder, const Token& token) {
  const json::Value& payload = token.state().payload;
  const json::Value* isolation = payload.find("x-ms-isolation-tee");
  const auto outer = debuggable(payload);
  const auto inner = isolation != nullptr ? debuggable(*isolation) : std::optional(false);
  if (outer && inner) {
    builder.set("common.debug", *outer || *inner);
  }
  builder.set("common.tee_class", std::string("token"), Provenance::configuration);
  std::string tcb = "none";
  for (const auto& [name, value] : token.claims()) {
    if (name == "maa.attester_tcb_status") {
      tcb = std::get<std::string>(value);
    }
  }
  builder.set("common.tcb_status", std::move(tcb));
  for (const auto& [name, value] : token.claims()) {
    if (name == "maa.x-ms-runtime.nonce" || name == "maa.x-ms-runtime.client-payload.nonce") {
      builder.set("common.bound_data", value);
    }
  }
  if (token.attestation_type() == "azurevm" && isolation == nullptr) {
    builder.not_proved(
        "that memory is out of the host's sight: the token speaks of a virtual "
        "machine without an isolated environment");
  }
}

std::string listed(const std::vector<std::string>& paths) {
  constexpr std::size_t kShown = 5;
  std::string out;
  for (std::size_t i = 0; i < paths.size() && i < kShown; ++i) {
    out.append(out.empty() ? "" : ", ").append(paths[i]);
  }
  return paths.size() > kShown ? out + ", …" : out;
}

}  // namespace

std::span<const ClaimDef> claim_definitions() {
  static const std::vector<ClaimDef> kTable = [] {
    std::vector<ClaimDef> out;
    for (const Row& row : rows()) {
      out.push_back(row.def);
    }
    out.insert(out.end(), kOurs.begin(), kOurs.end());
    return out;
  }();
  return kTable;
}

Claims claims(const Verified<Token>& token) {
  ClaimsBuilder builder("maa", token);
  for (const auto& [name, value] : token->claims()) {
    builder.set(name, value);
  }
  add_policy_signer(builder, token->state().payload);
  add_runtime_keys(builder, token->state().payload);
  if (token->key) {
    const SigningKey& key = *token->key;
    const bool certified = key.trust == SigningKey::Trust::certificate;
    const auto vouched = certified ? Provenance::endorsement : Provenance::configuration;
    builder.set("maa.signer.kid", token->kid(), vouched)
        .set("maa.signer.spki_sha256", to_vector(key.spki_sha256), vouched)
        .set("maa.signer.trust", std::string(to_string(key.trust)), Provenance::configuration)
        .set("maa.signer.anchor", key.anchor, Provenance::configuration);
    if (key.subject) {
      builder.set("maa.signer.subject", *key.subject, vouched);
    }
    if (key.evidence) {
      builder.set("maa.signer.evidence", *key.evidence, vouched);
    }
  }
  add_common(builder, *token);
  if (!token->left_out().empty()) {
    builder.not_proved("members of the token that no claim holds: " + listed(token->left_out()));
  }
  return std::move(builder).build();
}

Result<Claims> evaluate(Bytes evidence, const Endorsements& endorsements,
                        const VerifyContext& context) {
  CUPEL_TRY(Token token, parse_evidence(evidence));
  CUPEL_TRY(const Verified<Token> verified, verify(std::move(token), endorsements, context));
  return claims(verified);
}

}  // namespace cupel::maa

// Establishes that a token is authentic and valid now. The only place that makes a Verified<Token>.
#include <algorithm>
#include <cupel/maa.hpp>
#include <span>

#include "base/hex.hpp"
#include "crypto/chain.hpp"
#include "crypto/digest.hpp"
#include "crypto/key_set.hpp"
#include "maa/signer.hpp"
#include "maa/token.hpp"

namespace cupel {
namespace detail {

template <>
struct Sealer<maa::Token> {
  static Verified<maa::Token> seal(maa::Token token, Assurance assurance) {
    return {std::move(token), std::move(assurance)};
  }
};

}  // namespace detail

namespace maa {
namespace {

using Trust = SigningKey::Trust;

constexpr std::string_view kCertificate = "maa.signer.certificate";
constexpr std::string_view kKeySetItem = "jwks";

/// A key that may have signed, and what that rests on.
struct Signer {
  crypto::PublicKey key;
  Trust trust;
  std::string anchor;
  std::vector<crypto::Certificate> certificates{};
  UnixTime valid_until = kNoEnd;
  std::vector<std::string> not_proved{};
  std::vector<std::string> assumed{};
};

void add_issuer_keys(const Token& token, const TrustAnchors& anchors, std::vector<Signer>& out) {
  for (const IssuerKeys& one : anchors.issuer_keys()) {
    const crypto::SetKey* key =
        one.issuer == token.issuer() ? one.keys->find(token.kid()) : nullptr;
    if (key != nullptr) {
      out.push_back(Signer{key->key,
                           Trust::issuer_keys,
                           one.issuer,
                           key->certificates,
                           kNoEnd,
                           {},
                           {"the caller's word that the given key set is that of " + one.issuer}});
    }
  }
}

Signer named_signer(const NamedDer& named, crypto::PublicKey key,
                    std::vector<crypto::Certificate> certificates) {
  std::string word = "the caller's word that " + named.name +
                     " signs tokens of the attestation service (SPKI SHA-256 " +
                     to_hex(key.spki_sha256()) + ")";
  return Signer{std::move(key),   Trust::named_key, named.name, std::move(certificates), kNoEnd, {},
                {std::move(word)}};
}

Result<Signer> certified_signer(const Token& token, const crypto::SetKey& entry,
                                const Endorsements& endorsements, const VerifyContext& context) {
  if (entry.certificates.empty()) {
    return Error{Code::untrusted_chain, "maa.header.kid", kNoOffset,
                 "the key has no certificate, and nobody named it or its set", "maa-06"};
  }
  CUPEL_TRY(std::vector<crypto::Certificate> helpers,
            crypto::parse_certificates(endorsements.certificates, "endorsements.certificates"));
  helpers.insert(helpers.begin(), entry.certificates.begin() + 1, entry.certificates.end());
  CUPEL_TRY(const std::vector<crypto::Crl> crls,
            crypto::parse_crls(endorsements.crls, "endorsements.crls"));
  crypto::ChainRules rules;
  rules.where = kCertificate;
  rules.leaf_key_types = {crypto::KeyType::rsa};
  rules.leaf_may_be_ca = true;  // the service's self-issued certificates say so
  // CHECK maa-07
  const crypto::Certificate& leaf = entry.certificates.front();
  auto chain = crypto::verify_chain(leaf, helpers, crls, context, rules);
  if (!chain) {
    return failed("maa-07", std::move(chain).error());
  }
  if (leaf.common_name() != token.issuer()) {
    return Error{Code::key_mismatch, std::string(kCertificate), kNoOffset,
                 "the certificate is of " + leaf.common_name() + ", not of the token's issuer",
                 "maa-07"};
  }
  return Signer{entry.key,          Trust::certificate, chain->anchor_name, entry.certificates,
                chain->valid_until, chain->not_proved,  chain->assumed};
}

// The named key that this is, or nullptr.
const NamedDer* find_named(const TrustAnchors& anchors, const crypto::PublicKey& key) {
  const auto found = std::find_if(anchors.keys().begin(), anchors.keys().end(),
                                  [&](const NamedDer& one) { return one.der == key.spki(); });
  return found == anchors.keys().end() ? nullptr : &*found;
}

// Keys that may have signed, in the order in which they are tried. At least one.
Result<std::vector<Signer>> candidates(const Token& token, const Endorsements& endorsements,
                                       const VerifyContext& context) {
  std::vector<Signer> out;
  add_issuer_keys(token, context.anchors, out);
  if (!out.empty()) {
    return out;
  }
  const auto item = endorsements.items.find(std::string(kKeySetItem));
  if (item != endorsements.items.end()) {
    CUPEL_TRY(const auto keys, crypto::KeySet::parse(as_text(item->second), "endorsements.jwks"));
    if (const crypto::SetKey* entry = keys.find(token.kid())) {
      if (const NamedDer* named = find_named(context.anchors, entry->key)) {
        out.push_back(named_signer(*named, entry->key, entry->certificates));
      } else {
        CUPEL_TRY(Signer signer, certified_signer(token, *entry, endorsements, context));
        out.push_back(std::move(signer));
      }
      return out;
    }
  }
  for (const NamedDer& named : context.anchors.keys()) {
    CUPEL_TRY(crypto::PublicKey key, crypto::PublicKey::from_spki(named.der, "anchors.key"));
    if (key.type() == crypto::KeyType::rsa) {
      out.push_back(named_signer(named, std::move(key), {}));
    }
  }
  // CHECK maa-06
  if (out.empty()) {
    return Error{Code::untrusted_chain, "maa.header.kid", kNoOffset,
                 "no trusted key of " + token.issuer() + " has this name", "maa-06"};
  }
  return out;
}

Result<Signer> who_signed(const Token& token, std::vector<Signer> signers) {
  const jws::Compact& compact = token.state().compact;
  Result<Unit> last = Unit{};
  for (Signer& signer : signers) {
    // CHECK maa-08
    last =
        crypto::verify_rsa_pkcs1(signer.key, crypto::Hash::sha256, as_bytes(compact.signing_input),
                                 compact.signature, "maa.signature");
    if (last) {
      return std::move(signer);
    }
  }
  return failed("maa-08", std::move(last).error());
}

Result<Unit> judge_time(const Token& token, UnixTime now) {
  // RFC 7519, 4.1.4: "on or after which the JWT MUST NOT be accepted". No skew is granted here.
  // CHECK maa-09
  if (now >= token.expires()) {
    return Error{Code::expired, "maa.payload.exp", kNoOffset,
                 "not valid any more since " + to_string(token.expires()), "maa-09"};
  }
  const auto ahead = [&](UnixTime time) { return time.seconds() > now.seconds() + kClockSkew_s; };
  for (const auto& [name, time] :
       {std::pair("nbf", token.not_before()), std::pair("iat", token.issued_at())}) {
    // CHECK maa-10
    if (ahead(time)) {
      return Error{Code::not_yet_valid, std::string("maa.payload.") + name, kNoOffset,
                   "not valid before " + to_string(time), "maa-10"};
    }
  }
  return Unit{};
}

Assurance assurance_of(const Token& token, Signer& signer,
                       const std::optional<SignerEvidence>& evidence) {
  Assurance out;
  out.valid_until = std::min(signer.valid_until, UnixTime(token.expires().seconds() - 1));
  out.proved.push_back(token.issuer() + " signed this token (" +
                       std::string(to_string(signer.trust)) + ": " + signer.anchor + ")");
  out.not_proved = std::move(signer.not_proved);
  out.not_proved.push_back(
      evidence ? "which machine holds the signing key: the " + evidence->kind +
                     " evidence in its certificate names this key, and was not verified itself"
               : "which machine holds the signing key: no evidence about it came along");
  out.assumed = std::move(signer.assumed);
  out.assumed.push_back("the word of " + token.issuer() +
                        ": the evidence that it speaks of was verified by it, not here");
  return out;
}

}  // namespace

std::string_view to_string(SigningKey::Trust trust) noexcept {
  switch (trust) {
    case Trust::issuer_keys:
      return "issuer_keys";
    case Trust::named_key:
      return "named_key";
    case Trust::certificate:
      return "certificate";
  }
  return "unknown";
}

/// Source:    RFC 7515, 5.2; RFC 7518, 3.3; RFC 7519, 4.1; Azure Attestation documentation.
/// Checks:    maa-06 to maa-11 (lib/maa/README.md); maa-01 to maa-05 are parse()'s.
/// Input:     token         from parse(); nothing else can have made it.
///            endorsements  item "jwks": a key set that is believed only as far as a named key or
///                          a certificate in it is trusted; helper certificates and CRLs.
///            context       whom to trust: issuer_keys, keys, certificates.
/// Returns:   the token, sealed, with the key that signed it.
/// Errors:    untrusted_chain, key_mismatch, bad_certificate, bad_key, bad_signature, expired,
///            not_yet_valid, revoked, revocation_unknown, digest_mismatch; those of a key set at
///            "endorsements.jwks…".
/// Not done:  which issuer is acceptable, and everything the token says: see appraise().
Result<Verified<Token>> verify(Token token, const Endorsements& endorsements,
                               const VerifyContext& context) {
  CUPEL_TRY(std::vector<Signer> signers, candidates(token, endorsements, context));
  CUPEL_TRY(Signer signer, who_signed(token, std::move(signers)));
  CUPEL_TRY([[maybe_unused]] auto in_time, judge_time(token, context.now));
  SigningKey key{signer.trust, signer.anchor, signer.key.spki_sha256(), std::nullopt,
                 {},           std::nullopt};
  std::optional<SignerEvidence> evidence;
  if (!signer.certificates.empty()) {
    const crypto::Certificate& own = signer.certificates.front();
    key.subject = own.subject();
    key.certificate = own.der();
    CUPEL_TRY(evidence, read_signer_evidence(own));
    if (evidence) {
      key.evidence = evidence->kind;
    }
  }
  token.key = std::move(key);
  Assurance assurance = assurance_of(token, signer, evidence);
  return detail::Sealer<Token>::seal(std::move(token), std::move(assurance));
}

std::optional<SignerEvidence> signer_evidence(const Verified<Token>& token) {
  if (!token->key || token->key->certificate.empty()) {
    return std::nullopt;
  }
  const auto certificate = crypto::Certificate::from_der(token->key->certificate, kCertificate);
  if (!certificate) {
    return std::nullopt;
  }
  auto evidence = read_signer_evidence(*certificate);
  return evidence ? std::move(evidence).value() : std::nullopt;
}

}  // namespace maa
}  // namespace cupel

// From a document to claims in one call, and who is trusted to have signed it.
#include "crypto/x509.hpp"
#include "tpm/claims.hpp"
#include "tpm/event_log.hpp"
#include "tpm/verify.hpp"

namespace cupel::tpm {
namespace {

/// The caller's key with this digest, or nullptr.
const NamedDer* find_named(const TrustAnchors& anchors, const crypto::PublicKey& key) {
  for (const NamedDer& named : anchors.keys()) {
    const auto parsed = crypto::PublicKey::from_spki(named.der, "anchors.key");
    if (parsed.ok() && parsed->spki_sha256() == key.spki_sha256()) {
      return &named;
    }
  }
  return nullptr;
}

Result<crypto::PublicKey> signing_key(const Evidence& evidence) {
  if (evidence.ak_certificates.empty()) {
    if (!evidence.ak_public) {
      return Error{Code::missing_field, "tpm.evidence.ak", kNoOffset,
                   "neither certificates nor a public key"};
    }
    return crypto::PublicKey::from_spki(*evidence.ak_public, "tpm.ak_public");
  }
  auto parsed = crypto::Certificate::from_der(evidence.ak_certificates.front(), kCertificate);
  if (!parsed) {
    return at(std::string(kCertificate), std::move(parsed).error());
  }
  const crypto::Certificate& leaf = *parsed;
  if (evidence.ak_public) {
    CUPEL_TRY(const auto bare, crypto::PublicKey::from_spki(*evidence.ak_public, "tpm.ak_public"));
    if (bare.spki_sha256() != leaf.public_key().spki_sha256()) {
      return Error{Code::key_mismatch, "tpm.ak_public", kNoOffset,
                   "the certificate beside it is of another key", "tpm-06"};
    }
  }
  return leaf.public_key();
}

/// A key that the caller named is trusted by name, certificate or not; any other key must have a
/// certificate.
Result<AkTrust> choose_trust(const Evidence& evidence, const TrustAnchors& anchors) {
  CUPEL_TRY(const crypto::PublicKey key, signing_key(evidence));
  if (const NamedDer* named = find_named(anchors, key)) {
    return AkTrust::from_public_key(named->name, key.spki());
  }
  if (!evidence.ak_certificates.empty()) {
    return AkTrust::from_chain(evidence.ak_certificates);
  }
  // CHECK tpm-06
  return Error{Code::untrusted_chain, "tpm.ak_public", kNoOffset,
               "a key without certificate, and not one that the caller named", "tpm-06"};
}

void add_supplied(ClaimsBuilder& builder, const Evidence& evidence) {
  if (evidence.webserver_rootca) {
    builder.supplied("tpm.supplied.webserver_rootca", *evidence.webserver_rootca);
  }
  if (evidence.application_disk_roothash) {
    builder.supplied("tpm.supplied.application_disk_roothash", *evidence.application_disk_roothash);
  }
}

}  // namespace

Result<Claims> evaluate(Bytes evidence, const Endorsements& endorsements,
                        const VerifyContext& context) {
  CUPEL_TRY(Evidence parsed, parse_evidence(evidence));
  CUPEL_TRY(const AkTrust trust, choose_trust(parsed, context.anchors));
  CUPEL_TRY(const Verified<Quote> quote,
            verify(std::move(parsed.quote), trust, endorsements, context));
  ClaimsBuilder builder("tpm", quote);
  add_quote_claims(builder, quote);
  if (parsed.event_log) {
    CUPEL_TRY(const Verified<EventLog> log, replay(std::move(*parsed.event_log), quote));
    add_event_claims(builder, log, quote);
  }
  add_supplied(builder, parsed);
  return std::move(builder).build();
}

}  // namespace cupel::tpm

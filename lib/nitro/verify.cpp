// Establishes that a document is authentic. The only place that makes a Verified<Document>.
#include <cupel/nitro.hpp>

#include "crypto/chain.hpp"
#include "crypto/cose_signature.hpp"
#include "nitro/document.hpp"

namespace cupel {
namespace detail {

template <>
struct Sealer<nitro::Document> {
  static Verified<nitro::Document> seal(nitro::Document document, Assurance assurance) {
    return {std::move(document), std::move(assurance)};
  }
};

}  // namespace detail

namespace nitro {
namespace {

constexpr std::string_view kCertificate = "nitro.certificate";

Result<crypto::VerifiedChain> verify_path(const Document& document,
                                          const Endorsements& endorsements,
                                          const VerifyContext& context) {
  CUPEL_TRY(const crypto::Certificate leaf,
            crypto::parse_certificate(document.certificate, kCertificate, context.cache));
  // The bundle's own root is a helper like any other, wherever it stands.
  CUPEL_TRY(std::vector<crypto::Certificate> helpers,
            crypto::parse_certificates(document.cabundle, "nitro.cabundle", context.cache));
  CUPEL_TRY(const std::vector<crypto::Certificate> more,
            crypto::parse_certificates(endorsements.certificates, "endorsements.certificates"));
  helpers.insert(helpers.end(), more.begin(), more.end());
  CUPEL_TRY(const std::vector<crypto::Crl> crls,
            crypto::parse_crls(endorsements.crls, "endorsements.crls"));
  crypto::ChainRules rules;
  rules.where = kCertificate;
  return crypto::verify_chain(leaf, helpers, crls, context, rules);
}

std::string_view speaker(Kind kind) {
  return kind == Kind::enclave ? "the Nitro hypervisor of this enclave"
                               : "the Nitro hypervisor of this instance";
}

Assurance assurance_of(const Document& document, const crypto::VerifiedChain& chain) {
  Assurance out;
  out.valid_until = chain.valid_until;
  out.not_proved = chain.not_proved;
  out.assumed = chain.assumed;
  out.proved.push_back(std::string(speaker(document.kind)) + ", certified by " + chain.anchor_name +
                       " (" + chain.path.front().common_name() + "), signed this document");
  if (document.kind == Kind::nitro_tpm) {
    out.not_proved.emplace_back(
        "that nobody can look into the running instance: measured boot says which software "
        "started, and its owner may have given himself a way in");
  }
  for (const auto& [index, value] : document.pcrs) {
    constexpr std::size_t kSha384 = 48;
    if (value.size() != kSha384) {
      out.not_proved.push_back("what register " + std::to_string(index) + " stands for: it has " +
                               std::to_string(value.size()) + " bytes, SHA-384 has 48");
    }
  }
  return out;
}

}  // namespace

/// Source:    AWS Nitro Enclaves, attestation_process.md, sections 3.1 and 3.2; RFC 9052, section
///            4.4; RFC 5280, section 6.
/// Checks:    nitro-01 to nitro-06 (lib/nitro/README.md), in that order.
/// Input:     document      read again from document.raw, so that nothing but the signed bytes
///                          speaks; its fields are not believed.
///            endorsements  helper certificates and CRLs (DER).
/// Returns:   the document, sealed: every field is part of the signed payload, `signer` apart,
///            which is of the path that held.
/// Errors:    those of parse; untrusted_chain, bad_certificate, bad_key, bad_signature, expired,
///            not_yet_valid, revoked, revocation_unknown.
/// Not done:  freshness (nonce, timestamp), debug mode, which values are acceptable: see
///            appraise().
Result<Verified<Document>> verify(Document document, const Endorsements& endorsements,
                                  const VerifyContext& context) {
  CUPEL_TRY(const cose::Sign1 message, parse_envelope(document.raw));
  CUPEL_TRY(document, parse_document(message, document.raw));
  // CHECK nitro-04
  auto path = verify_path(document, endorsements, context);
  if (!path) {
    return failed("nitro-04", std::move(path).error());
  }
  const crypto::Certificate& leaf = path->path.front();
  // CHECK nitro-05
  if (leaf.public_key().type() != crypto::KeyType::ec_p384) {
    return Error{Code::bad_key, std::string(kCertificate), kNoOffset,
                 "a key of type " + std::string(to_string(leaf.public_key().type())) +
                     ", documents are signed with P-384",
                 "nitro-05"};
  }
  // CHECK nitro-06
  if (auto valid = crypto::verify_sign1(message, leaf.public_key(), cose::Algorithm::es384, kCose);
      !valid) {
    return failed("nitro-06", std::move(valid).error());
  }
  document.signer = Signer{leaf.subject(), path->anchor_name, leaf.not_before(), leaf.not_after()};
  Assurance assurance = assurance_of(document, *path);
  return detail::Sealer<Document>::seal(std::move(document), std::move(assurance));
}

}  // namespace nitro
}  // namespace cupel

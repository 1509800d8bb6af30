// Establishes that an endorsement is authentic. The only place that makes a Verified<Endorsement>.
#include <cupel/uvm.hpp>

#include "crypto/chain.hpp"
#include "crypto/cose_signature.hpp"
#include "uvm/did_x509.hpp"
#include "uvm/endorsement.hpp"

namespace cupel {
namespace detail {

template <>
struct Sealer<uvm::Endorsement> {
  static Verified<uvm::Endorsement> seal(uvm::Endorsement endorsement, Assurance assurance) {
    return {std::move(endorsement), std::move(assurance)};
  }
};

}  // namespace detail

namespace uvm {
namespace {

// The authority that the issuer's name means is the anchor; the caller's other anchors have no say.
VerifyContext judged_at(UnixTime when, const crypto::Certificate& authority,
                        const VerifyContext& context) {
  return {.now = when,
          .anchors = TrustAnchors({Anchor{.name = authority.common_name(),
                                          .of = Anchor::Of::certificate,
                                          .sha256 = authority.sha256(),
                                          .not_after = authority.not_after(),
                                          .source = "the issuer's did:x509"}}),
          .revocation = context.revocation,
          .cache = context.cache};
}

}  // namespace

Trust container_platform() {
  // The fingerprint is of Microsoft Supply Chain RSA Root CA 2022:
  // 23ffe2b8bdb9a1711515d4cffda04bc7f793d513c76c243f1020507d8669b7db.
  return {.issuer =
              "did:x509:0:sha256:I__iuL25oXEVFdTP_aBLx_eT1RPHbCQ_ECBQfYZpt9s"
              "::eku:1.3.6.1.4.1.311.76.59.1.2",
          .feed = "ContainerPlat-AMD-UVM"};
}

/// Source:    did:x509 method specification, version 0; RFC 9052, section 4.4; RFC 8230, section 2;
///            RFC 5280, section 6.
/// Checks:    issuer and feed are the trusted ones; the issuer's name resolves to the certificates;
///            these hold at the time of signing; the first of them signed.
/// Input:     endorsement   read again from endorsement.raw; its fields are not believed.
///            context       `anchors` are not looked at: the trusted issuer names his authority.
/// Returns:   the endorsement, sealed: every field is part of what was signed.
/// Errors:    those of parse; untrusted_chain at "uvm.iss" and "uvm.feed"; untrusted_chain,
///            bad_certificate, expired, not_yet_valid, revocation_unknown at "uvm.x5chain";
///            bad_key, bad_signature at "uvm.cose.signature"; not_yet_valid at "uvm.signed_at".
/// Not done:  receipts of transparency ledgers and RFC 3161 timestamps are not looked at; CRLs
///            neither, so that Revocation::required refuses. Which version is new enough, and whose
///            measurement it is, is the caller's question.
Result<Verified<Endorsement>> verify(Endorsement endorsement, const Trust& trust,
                                     const VerifyContext& context) {
  CUPEL_TRY(const cose::Sign1 message, parse_envelope(endorsement.raw));
  CUPEL_TRY(endorsement, parse(endorsement.raw));
  if (endorsement.issuer != trust.issuer) {
    return Error{Code::untrusted_chain, "uvm.iss", kNoOffset, "is not the trusted issuer"};
  }
  if (endorsement.feed != trust.feed) {
    return Error{Code::untrusted_chain, "uvm.feed", kNoOffset, "is not the trusted feed"};
  }
  if (endorsement.signed_at > context.now) {
    return Error{Code::not_yet_valid, "uvm.signed_at", kNoOffset,
                 "signed at " + to_string(endorsement.signed_at)};
  }
  CUPEL_TRY(const DidX509 did, parse_did_x509(endorsement.issuer, "uvm.iss"));
  CUPEL_TRY(const std::vector<crypto::Certificate> chain,
            crypto::parse_certificates(endorsement.certificates, kChain, context.cache));
  CUPEL_TRY(const crypto::Certificate authority, resolve(did, chain, kChain));
  crypto::ChainRules rules;
  rules.where = kChain;
  rules.leaf_key_types = {crypto::KeyType::rsa};
  // A signer's certificate lives for a year, his endorsements are used for longer.
  CUPEL_TRY(const crypto::VerifiedChain path,
            crypto::verify_chain(chain.front(), std::span(chain).subspan(1), {},
                                 judged_at(endorsement.signed_at, authority, context), rules));
  CUPEL_TRY(
      [[maybe_unused]] auto valid,
      crypto::verify_sign1(message, path.path.front().public_key(), cose::Algorithm::ps384, kCose));
  Assurance assurance;
  assurance.proved.push_back(path.anchor_name + " (" + path.path.front().common_name() +
                             ") endorsed this launch measurement as " + endorsement.feed);
  assurance.not_proved = path.not_proved;
  assurance.not_proved.emplace_back(
      "that a transparency ledger lists the endorsement: receipts are not looked at");
  assurance.assumed = path.assumed;
  assurance.assumed.push_back("the endorsement's signer tells the truth about when he signed (" +
                              to_string(endorsement.signed_at) +
                              "): his certificates are judged at that time");
  return detail::Sealer<Endorsement>::seal(std::move(endorsement), std::move(assurance));
}

}  // namespace uvm
}  // namespace cupel

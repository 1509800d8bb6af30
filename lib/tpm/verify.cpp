// Establishes that a quote is authentic. The only place that makes a Verified<Quote>.
#include "tpm/verify.hpp"

#include "base/hex.hpp"
#include "crypto/chain.hpp"
#include "crypto/digest.hpp"
#include "tpm/anchors.hpp"
#include "tpm/names.hpp"

namespace cupel {
namespace detail {

template <>
struct Sealer<tpm::Quote> {
  static Verified<tpm::Quote> seal(tpm::Quote quote, Assurance assurance) {
    return {std::move(quote), std::move(assurance)};
  }
};

}  // namespace detail

namespace tpm {
namespace {

constexpr std::string_view kAttestationKeyUsage = "2.23.133.8.3";  // tcg-kp-AIKCertificate
constexpr std::string_view kEndorsementKeyUsage = "2.23.133.8.1";  // tcg-kp-EKCertificate
constexpr std::string_view kGoogleInstance = "1.3.6.1.4.1.11129.2.1.21";

/// A key that may sign quotes, and what that rests on.
struct Signer {
  crypto::PublicKey key;
  AttestationKey identity;
  Assurance assurance;
};

bool says_attestation_key(const crypto::Certificate& leaf, const crypto::Certificate& root) {
  const KnownRoot* known = known_root(root.sha256());
  switch (known != nullptr ? known->leaf_sign : LeafSign::attestation_key_usage) {
    case LeafSign::attestation_key_usage:
      return leaf.has_extended_key_usage(kAttestationKeyUsage);
    case LeafSign::google_instance:
      return leaf.extension(kGoogleInstance).has_value();
    case LeafSign::endorsement_key_usage:
      return leaf.has_extended_key_usage(kEndorsementKeyUsage);
  }
  return false;
}

Result<crypto::VerifiedChain> verify_path(const std::vector<crypto::Certificate>& certificates,
                                          const Endorsements& endorsements,
                                          const VerifyContext& context) {
  CUPEL_TRY(std::vector<crypto::Certificate> helpers,
            crypto::parse_certificates(endorsements.certificates, "endorsements.certificates"));
  helpers.insert(helpers.begin(), certificates.begin() + 1, certificates.end());
  CUPEL_TRY(const std::vector<crypto::Crl> crls,
            crypto::parse_crls(endorsements.crls, "endorsements.crls"));
  crypto::ChainRules rules;
  rules.where = kCertificate;
  return crypto::verify_chain(certificates.front(), helpers, crls, context, rules);
}

Result<Signer> certified_signer(const AkTrust::State& trust, const Endorsements& endorsements,
                                const VerifyContext& context) {
  // CHECK tpm-04
  auto verified = verify_path(trust.certificates, endorsements, context);
  if (!verified) {
    return failed("tpm-04", std::move(verified).error());
  }
  const crypto::VerifiedChain& chain = *verified;
  const crypto::Certificate& leaf = chain.path.front();
  // CHECK tpm-05
  if (!says_attestation_key(leaf, chain.path.back())) {
    return Error{Code::bad_certificate, std::string(kCertificate), kNoOffset,
                 "the certificate does not say that its key is an attestation key", "tpm-05"};
  }
  Assurance assurance;
  assurance.valid_until = chain.valid_until;
  assurance.not_proved = chain.not_proved;
  assurance.assumed = chain.assumed;
  assurance.proved.push_back("a TPM key certified by " + chain.anchor_name + " (" +
                             leaf.common_name() + ") signed this quote");
  AttestationKey identity{leaf.public_key().spki_sha256(),
                          AttestationKey::Certificate{leaf.subject(), chain.anchor_name,
                                                      leaf.not_before(), leaf.not_after()}};
  return Signer{leaf.public_key(), std::move(identity), std::move(assurance)};
}

Signer named_signer(const AkTrust::State& trust) {
  Assurance assurance;
  if (trust.vouched) {
    // What that evidence proved is said with its own claims; here only how long it holds.
    assurance.valid_until = trust.vouched->valid_until;
    assurance.proved.push_back("the key that " + trust.name + " signed this quote");
    return Signer{*trust.key, AttestationKey{trust.key->spki_sha256(), std::nullopt},
                  std::move(assurance)};
  }
  assurance.proved.push_back("the key named " + trust.name + " signed this quote");
  assurance.not_proved.push_back("that this key lives in a TPM: no certificate says so");
  assurance.assumed.push_back("the caller's word that " + trust.name +
                              " is a TPM's attestation key (SPKI SHA-256 " +
                              to_hex(trust.key->spki_sha256()) + ")");
  return Signer{*trust.key, AttestationKey{trust.key->spki_sha256(), std::nullopt},
                std::move(assurance)};
}

Result<Unit> verify_signature(const crypto::PublicKey& key, Bytes message,
                              const Signature& signature) {
  constexpr std::string_view kWhere = "tpm.signature";
  const crypto::Hash hash = crypto_hash(signature.hash);
  switch (signature.scheme) {
    case SignatureScheme::rsassa:
      return crypto::verify_rsa_pkcs1(key, hash, message, signature.rsa, kWhere);
    case SignatureScheme::rsapss:
      // Part 1, Annex B.7: TPMs used the longest salt before revision 1.38, the digest's length
      // since; both are sound.
      return crypto::verify_rsa_pss(key, hash, message, signature.rsa, crypto::kPssSaltAuto,
                                    kWhere);
    case SignatureScheme::ecdsa:
      return crypto::verify_ecdsa(key, hash, message, signature.ecdsa_r, signature.ecdsa_s, kWhere);
  }
  return Error{Code::unsupported_algorithm, "tpm.signature.sig_alg"};
}

/// tpm-08 to tpm-10: the values are the quoted ones, by the signed selection alone.
Result<Unit> bind_pcrs(const PcrValues& pcrs, const Attest& attest, HashAlg signature_hash) {
  std::size_t selected = 0;
  for (const PcrSelection& bank : attest.pcr_select) {
    selected += bank.indices.size();
  }
  if (pcrs.claimed && *pcrs.claimed != attest.pcr_select) {
    return Error{Code::digest_mismatch, "tpm.pcrs.selection", kNoOffset,
                 "the PCR file speaks of other registers than the quote", "tpm-08"};
  }
  if (pcrs.digests.size() != selected) {
    return Error{Code::bad_length, "tpm.pcrs", kNoOffset,
                 std::to_string(pcrs.digests.size()) + " values for " + std::to_string(selected) +
                     " quoted registers",
                 "tpm-08"};
  }
  crypto::Digester concatenated(crypto_hash(signature_hash));
  std::size_t next = 0;
  for (const PcrSelection& bank : attest.pcr_select) {
    for (const unsigned index : bank.indices) {
      const ByteVector& value = pcrs.digests[next++];
      // CHECK tpm-09
      if (value.size() != digest_size(bank.bank)) {
        return Error{Code::bad_length,
                     "tpm.pcrs." + std::string(to_string(bank.bank)) + "." + std::to_string(index),
                     kNoOffset, std::to_string(value.size()) + " bytes", "tpm-09"};
      }
      concatenated.update(value);
    }
  }
  // CHECK tpm-10
  if (!crypto::equal(concatenated.finish(), attest.pcr_digest)) {
    return Error{Code::digest_mismatch, "tpm.attest.pcr_digest", kNoOffset,
                 "the PCR values are not those that were quoted", "tpm-10"};
  }
  return Unit{};
}

Result<Unit> selects_something(const Attest& attest) {
  for (const PcrSelection& bank : attest.pcr_select) {
    if (!bank.indices.empty()) {
      return Unit{};
    }
  }
  // CHECK tpm-08
  return Error{Code::missing_field, "tpm.attest.pcr_select", kNoOffset,
               "the quote covers no register", "tpm-08"};
}

void describe_pcrs(const Quote& quote, Assurance& assurance) {
  if (!quote.pcrs) {
    assurance.not_proved.emplace_back(
        "what the PCRs hold: no values came with the quote, which signs their digest alone");
    return;
  }
  assurance.proved.emplace_back("the PCR values are those the TPM held when it signed");
  for (const PcrSelection& bank : quote.attest.pcr_select) {
    if (!strong(bank.bank) && !bank.indices.empty()) {
      assurance.not_proved.push_back("which software the " + std::string(to_string(bank.bank)) +
                                     " bank stands for: no policy may rest on that hash");
    }
  }
}

}  // namespace

Result<AkTrust> AkTrust::from_chain(std::span<const ByteVector> ders) {
  if (ders.empty()) {
    return Error{Code::missing_field, std::string(kCertificate), kNoOffset, "no certificate"};
  }
  auto certificates = crypto::parse_certificates(ders, kCertificate);
  if (!certificates) {
    return at(std::string(kCertificate), std::move(certificates).error());
  }
  return AkTrust(std::make_shared<const State>(
      State{std::move(certificates).value(), std::nullopt, std::string()}));
}

Result<AkTrust> AkTrust::from_public_key(std::string_view name, Bytes spki) {
  CUPEL_TRY(crypto::PublicKey key, crypto::PublicKey::from_spki(spki, "tpm.ak_public"));
  return AkTrust(std::make_shared<const State>(State{{}, std::move(key), std::string(name)}));
}

Result<AkTrust> AkTrust::from_assurance(const Assurance& vouched, std::string_view name,
                                        Bytes spki) {
  CUPEL_TRY(const crypto::PublicKey key, crypto::PublicKey::from_spki(spki, "tpm.ak_public"));
  return from_assurance(vouched, name, key);
}

AkTrust AkTrust::from_assurance(const Assurance& vouched, std::string_view name,
                                const crypto::PublicKey& key) {
  return AkTrust(std::make_shared<const State>(State{{}, key, std::string(name), vouched}));
}

/// Source:    TPM 2.0 Library Part 2, 10.12 and 11.3, Part 3, 18.4; TCG OID Registry for the key's
///            purpose; RFC 5280, section 6 for the path.
/// Checks:    tpm-01 to tpm-10 (lib/tpm/README.md), in that order; tpm-06 is the caller's act.
/// Input:     quote         the structure is read again from quote.message, so that nothing but the
///                          signed bytes speaks; quote.attest is not believed.
///            endorsements  helper certificates and CRLs (DER).
/// Returns:   the quote, sealed; every field but the signature is signed, or bound by a signed
///            digest, or (ak) from the trust that held. The PCR file's own selection is gone.
/// Errors:    those of parse_attest; unsupported_algorithm, untrusted_chain, bad_certificate,
///            bad_key, bad_signature, expired, not_yet_valid, revoked, revocation_unknown,
///            missing_field, bad_length, digest_mismatch.
/// Not done:  freshness (extra_data), which values are acceptable: see appraise().
Result<Verified<Quote>> verify(Quote quote, const AkTrust& trust, const Endorsements& endorsements,
                               const VerifyContext& context) {
  CUPEL_TRY(quote.attest, parse_attest(quote.message));
  // CHECK tpm-03
  if (!strong(quote.signature.hash)) {
    return Error{
        Code::unsupported_algorithm, "tpm.signature.hash", kNoOffset,
        "a signature over " + std::string(to_string(quote.signature.hash)) + " proves nothing",
        "tpm-03"};
  }
  const AkTrust::State& state = trust.state();
  CUPEL_TRY(Signer signer, state.key ? Result<Signer>(named_signer(state))
                                     : certified_signer(state, endorsements, context));
  // CHECK tpm-07
  if (auto valid = verify_signature(signer.key, quote.message, quote.signature); !valid) {
    return failed("tpm-07", std::move(valid).error());
  }
  CUPEL_TRY([[maybe_unused]] auto selects, selects_something(quote.attest));
  if (quote.attest.pcr_digest.size() != digest_size(quote.signature.hash)) {
    return Error{Code::bad_length, "tpm.attest.pcr_digest", kNoOffset,
                 "not as long as the signature's hash", "tpm-10"};
  }
  if (quote.pcrs) {
    CUPEL_TRY([[maybe_unused]] auto bound,
              bind_pcrs(*quote.pcrs, quote.attest, quote.signature.hash));
    quote.pcrs->claimed.reset();
  }
  quote.ak = std::move(signer.identity);
  describe_pcrs(quote, signer.assurance);
  if (!state.vouched) {
    signer.assurance.not_proved.emplace_back(
        "that memory is out of the host's sight: it is not encrypted; measured boot says which "
        "software started, its host can read it");
  }
  return detail::Sealer<Quote>::seal(std::move(quote), std::move(signer.assurance));
}

const ByteVector* pcr(const Verified<Quote>& quote, HashAlg bank, unsigned index) {
  if (!quote->pcrs) {
    return nullptr;
  }
  std::size_t position = 0;
  for (const PcrSelection& selection : quote->attest.pcr_select) {
    for (const unsigned selected : selection.indices) {
      if (selection.bank == bank && selected == index) {
        return &quote->pcrs->digests[position];
      }
      ++position;
    }
  }
  return nullptr;
}

}  // namespace tpm
}  // namespace cupel

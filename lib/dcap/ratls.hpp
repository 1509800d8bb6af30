// RA-TLS: a quote inside an X.509 certificate, bound to the certificate's key. Forms: README.md.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>

#include "crypto/x509.hpp"

namespace cupel::dcap {

inline constexpr std::string_view kRaTls = "dcap.ratls";

struct RaTls {
  enum class Form : std::uint8_t {
    tagged,        ///< 2.23.133.5.4.9: CBOR tag 60000 [quote, claims]; the claims name the key
    gramine,       ///< 0.6.9.42.840.113741.1337.6: the bare quote; report data is the key's hash
    open_enclave,  ///< 1.2.840.113556.10.1.1: header and quote; report data hashes the key's PEM
    dstack,        ///< 1.3.6.1.4.1.62397.1.1: the quote, padded; report data hashes the key's point
  };

  crypto::Certificate certificate;
  Form form;
  ByteVector quote;
  ByteVector claims;  ///< of the tagged form: as they arrived
};

/// Whether the bytes are a certificate by their first look: PEM, or a long DER SEQUENCE.
bool looks_like_certificate(Bytes evidence);

/// The certificate's evidence. With several forms beside each other the tagged one counts, then
/// Gramine's, Open Enclave's, dstack's: a form that is there and malformed is refused, never passed
/// over for another. Errors: bad_encoding, bad_certificate, missing_field (no form is there),
/// duplicate_field (more than one certificate), unsupported_version, trailing_bytes, … at
/// "dcap.ratls.…".
Result<RaTls> find_evidence(Bytes certificate);

/// Establishes that the report data of the (verified) quote binds the certificate's key.
/// Checks:  dcap-18.
/// Errors:  key_mismatch at "dcap.ratls.pubkey_hash"; digest_mismatch at "dcap.ratls.report_data".
Result<Unit> verify_binding(const RaTls& evidence, Bytes report_data);

}  // namespace cupel::dcap

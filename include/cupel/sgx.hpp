// Intel SGX: quotes of enclaves.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/claims.hpp>
#include <cupel/collateral.hpp>
#include <cupel/dcap.hpp>
#include <cupel/result.hpp>
#include <cupel/trust.hpp>
#include <cupel/verified.hpp>
#include <memory>
#include <optional>
#include <vector>

namespace cupel::sgx {

/// A quote of version 3, 4 or 5 with an SGX report: well formed, not authentic.
struct Quote {
  ByteVector raw;  ///< exactly as received
  dcap::Header header;
  dcap::SgxReport report;
  dcap::SignatureData signature;
  std::shared_ptr<const dcap::PckCertificates> certificates{};  ///< a memory of parse()
  std::optional<dcap::Platform> platform{};  ///< set by verify(), which ignores what was here
  std::optional<dcap::Judgement> tcb{};      ///< set by verify()
};

/// Every byte is consumed, reserved ones are zero; at most 32 KiB. Errors: truncated,
/// trailing_bytes, reserved_not_zero, bad_length, unsupported_version, unsupported_algorithm,
/// out_of_range, too_large at "dcap.header.…", "dcap.signature.…", "dcap.qe_report.…",
/// "sgx.report.…"; bad_magic at "dcap.header.tee_type" for a TDX quote.
Result<Quote> parse(Bytes in);

TrustAnchors vendor_anchors();

/// What Intel's PCS serves about this quote's platform. Errors: those of parse(), and of the PCK
/// certificate.
Result<std::vector<CollateralRequest>> needed(Bytes evidence);

/// Establishes that a genuine Intel processor runs the enclave, and judges its patch level.
Result<Verified<Quote>> verify(Quote quote, const dcap::Collateral& collateral,
                               const VerifyContext& context);

Claims claims(const Verified<Quote>& quote);

/// A quote, or an X.509 certificate with one inside (RA-TLS), to claims in one call.
Result<Claims> evaluate(Bytes evidence, const Endorsements& endorsements,
                        const VerifyContext& context);

}  // namespace cupel::sgx

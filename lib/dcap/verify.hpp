// What must hold for every quote, whatever its body says.
#pragma once

#include <cupel/dcap.hpp>
#include <cupel/verified.hpp>
#include <memory>
#include <optional>

#include "dcap/level.hpp"
#include "dcap/pck.hpp"
#include "dcap/quote.hpp"

namespace cupel::dcap {

struct Facts {
  Platform platform;
  Judgement tcb;
  Assurance assurance;
};

/// Establishes that Intel's quoting enclave on a genuine platform signed these parts, and judges
/// the platform by Intel's collateral.
///
/// Source:    Intel SGX ECDSA QuoteLibReference DCAP API, A.4; Intel TDX DCAP Quoting Library API,
///            A.3; Intel SGX PCK Certificate and CRL Profile; PCS API v4; RFC 5280.
/// Checks:    dcap-01 to dcap-17 (lib/dcap/README.md), in that order but for 14 to 17.
/// Input:     parts         read from the quote's own bytes.
///            certificates  read_certificates() of the same quote, or nullptr; it is used only if
///                          it was made from the very bytes in `parts`.
///            tdx           set exactly for a TD's quote.
/// Errors:    key_mismatch, digest_mismatch, bad_signature, bad_certificate, untrusted_chain,
///            expired, not_yet_valid, revoked, revocation_unknown, collateral_missing,
///            collateral_mismatch at "dcap.…".
/// Not done:  measurements, debug, which patch level is good enough: see appraise().
Result<Facts> establish(const Parts& parts,
                        const std::shared_ptr<const PckCertificates>& certificates,
                        const TdxSvns* tdx, const Collateral& collateral,
                        const VerifyContext& context);

}  // namespace cupel::dcap

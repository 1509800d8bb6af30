// The certificates of a quote, and what Intel writes into a PCK certificate about the platform.
#pragma once

#include <cupel/dcap.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "crypto/x509.hpp"

namespace cupel::dcap {

inline constexpr std::string_view kPckCertificate = "dcap.pck_certificate";
inline constexpr std::string_view kSgxExtension = "1.2.840.113741.1.13.1";

/// A certificate with the SGX extension, read.
struct PckLeaf {
  crypto::Certificate certificate;
  Platform platform;
};

/// Made by read_certificates() and by nothing else. verify() uses it only for the very bytes it was
/// made from.
struct PckCertificates {
  CertificationType type = CertificationType::pck_chain;
  ByteVector source;
  std::optional<PckLeaf> leaf;               ///< absent for types 1 to 3 and 7
  std::vector<crypto::Certificate> helpers;  ///< the others, in the order they came in
};

/// Errors: bad_encoding, bad_certificate, missing_field (no certificate has the SGX extension),
/// duplicate_field (two have) at "dcap.pck_certificate"; those of parse_platform.
Result<std::shared_ptr<const PckCertificates>> read_certificates(const CertificationData& data);

/// The SGX extension. Source: Intel SGX PCK Certificate and Certificate Revocation List Profile
/// Specification 1.5, 1.3.5 and 1.3.6. Every member is read; an unknown one is unknown_field.
/// Errors at "dcap.pck_certificate.…".
Result<Platform> parse_platform(const crypto::Certificate& certificate);

/// By the issuer's common name: "platform" or "processor", as the PCS calls it; empty for others.
std::string_view pck_ca(const crypto::Certificate& leaf) noexcept;

}  // namespace cupel::dcap

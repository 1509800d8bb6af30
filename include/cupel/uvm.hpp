// UVM endorsements: Microsoft's signed word on which launch measurement is which release of the
// utility VM that confidential containers on Azure run in.
#pragma once

#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <cupel/trust.hpp>
#include <cupel/verified.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cupel::uvm {

/// Larger endorsements are refused.
inline constexpr std::size_t kMaxEndorsementSize = 64U << 10U;

enum class Form : std::uint8_t {
  json,           ///< headers `iss`, `feed`, `signingtime`; the payload is JSON
  hash_envelope,  ///< CWT claims in header 15; the payload is the measurement itself
};

/// An endorsement: well formed, not authentic.
struct Endorsement {
  ByteVector raw;  ///< COSE_Sign1 exactly as received
  Form form = Form::json;
  std::string issuer;                    ///< did:x509:…
  std::string feed;                      ///< what the measurement is of: "ContainerPlat-AMD-UVM"
  std::optional<std::uint64_t> svn;      ///< security version of the release
  UnixTime signed_at{0};                 ///< the signer's own word
  ByteVector launch_measurement;         ///< 48 bytes
  std::vector<ByteVector> certificates;  ///< x5chain, DER, the signer's first
};

/// Whose word about what is taken.
struct Trust {
  std::string issuer;  ///< the did:x509, letter for letter; it names the authority by fingerprint
  std::string feed;
};

/// Microsoft, for the utility VM of confidential containers on AMD SEV-SNP.
Trust container_platform();

/// Whether this is a COSE_Sign1 whose protected header names an issuer and a feed. A hint, never
/// trusted: which algorithm signed, or whether anybody did, is not looked at.
bool looks_like(Bytes in);

/// Structure only. Errors: truncated, trailing_bytes, too_large, bad_encoding, bad_length,
/// duplicate_field, missing_field, unknown_field, out_of_range, unsupported_algorithm,
/// digest_mismatch (x5t is not of the first certificate) at "uvm.…".
Result<Endorsement> parse(Bytes in);

/// Establishes that the trusted issuer signed the endorsement.
Result<Verified<Endorsement>> verify(Endorsement endorsement, const Trust& trust,
                                     const VerifyContext& context);

}  // namespace cupel::uvm

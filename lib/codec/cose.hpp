// COSE_Sign1 (RFC 9052), structure only: nothing here checks a signature
// (crypto/cose_signature.hpp does).
#pragma once

#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "codec/cbor.hpp"

namespace cupel::cose {

/// Header labels: RFC 9052 table 2, RFC 9360, RFC 9597.
inline constexpr std::int64_t kAlg = 1;
inline constexpr std::int64_t kCrit = 2;
inline constexpr std::int64_t kContentType = 3;
inline constexpr std::int64_t kCwtClaims = 15;
inline constexpr std::int64_t kX5chain = 33;
inline constexpr std::int64_t kX5t = 34;

/// RFC 9053 tables 1 and 2, RFC 8230 table 1.
enum class Algorithm : std::int8_t {
  es256 = -7,
  es384 = -35,
  es512 = -36,
  ps256 = -37,
  ps384 = -38,
  ps512 = -39,
};

/// "ES384"
std::string_view to_string(Algorithm algorithm) noexcept;

struct Sign1 {
  bool tagged = false;               ///< came with tag 18
  ByteVector protected_bytes{};      ///< exactly as received: this is what was signed
  cbor::Value protected_header{};    ///< always a map
  cbor::Value unprotected_header{};  ///< always a map; nothing vouches for it
  ByteVector payload{};
  std::size_t payload_offset = 0;  ///< where the payload's bytes begin in the document
  ByteVector signature{};
};

struct Rules {
  std::size_t max_size = 1U << 20U;
  std::size_t max_items = 4096;
  /// Labels of critical headers that the caller acts upon. Any other is refused.
  std::span<const std::int64_t> understood{};
};

/// Source: RFC 9052 sections 3, 3.1 and 4.2. Tagged 18 or not tagged at all.
/// Labels are integers or texts, each at most once in both headers together; `crit` is not empty,
/// is protected, and names protected labels that the caller understands. The payload is attached.
/// Errors: as cbor::parse at `where`; bad_encoding, bad_length, missing_field, duplicate_field,
/// unknown_field at where + ".protected", ".unprotected", ".payload", ".signature".
Result<Sign1> parse_sign1(Bytes in, std::string_view where, const Rules& rules = {});

/// The protected `alg`. There is no other place it is read from.
/// Errors: missing_field, bad_encoding, unsupported_algorithm at where + ".alg".
Result<Algorithm> algorithm(const Sign1& message, std::string_view where);

/// The protected `x5chain`: DER certificates, the signer's first. One byte string, or an array of
/// two and more (RFC 9360 section 2). Errors: missing_field, bad_encoding at where + ".x5chain".
Result<std::vector<ByteVector>> x5chain(const Sign1& message, std::string_view where);

/// Sig_structure (RFC 9052 section 4.4): what the signature is over. No external data.
ByteVector to_be_signed(const Sign1& message);

}  // namespace cupel::cose

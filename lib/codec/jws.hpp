// JSON Web Signatures in compact form (RFC 7515), read strictly. No cryptography: the caller checks
// `signature` over `signing_input` with an algorithm and a key of its own choice.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "codec/json.hpp"

namespace cupel::jws {

inline constexpr std::size_t kMaxToken = 256U << 10U;
inline constexpr std::size_t kMaxHeader = 16U << 10U;
inline constexpr std::size_t kMaxKid = 512;

/// What a token's specification allows in its header.
struct Rules {
  std::span<const std::string_view> algorithms;  ///< the only values of `alg`, e.g. "RS256"
  std::span<const std::string_view> members;     ///< what may stand beside `alg`
};

/// A well-formed token. Nothing in it is authentic.
struct Compact {
  std::string signing_input;  ///< header and payload as received, with the dot between them
  json::Value header;         ///< an object
  std::string alg;
  std::optional<std::string> kid;  ///< opaque
  std::optional<std::string> typ;
  std::optional<std::string> jku;  ///< never a place to fetch keys from
  ByteVector payload;
  ByteVector signature;
};

/// Exactly three parts, each in canonical base64url without padding; the header a JSON object
/// without doubled or unknown members; a signature that is not empty. `typ`, where allowed, can
/// only be "JWT". `crit` is refused whatever the rules say: no extension is understood here.
/// Errors: bad_encoding, too_large, duplicate_field, truncated, trailing_bytes, missing_field,
/// unknown_field, unsupported_algorithm, out_of_range at where + ".header…", ".payload",
/// ".signature", ".token".
Result<Compact> parse(std::string_view text, const Rules& rules, std::string_view where);

}  // namespace cupel::jws

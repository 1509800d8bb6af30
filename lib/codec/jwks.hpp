// JSON Web Key Sets (RFC 7517), read strictly. The numbers are checked by whoever makes a key of
// them (crypto/key_set.hpp).
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.hpp"

namespace cupel::jwks {

inline constexpr std::size_t kMaxKeys = 128;
inline constexpr std::size_t kMaxCertificates = 10;

/// One public key. Which of the numbers are there depends on `kty`; a key may have only `x5c`.
struct Key {
  std::string kty;  ///< "RSA" or "EC"
  std::string kid;  ///< may be empty outside of a set
  std::optional<std::string> alg;
  ByteVector n;  ///< RSA modulus, big-endian
  ByteVector e;  ///< RSA exponent
  std::string crv;
  ByteVector x;  ///< EC coordinates, big-endian
  ByteVector y;
  std::vector<ByteVector> x5c;  ///< DER, the key's own certificate first
};

/// What happens to members that are no part of a public key.
enum class Others : std::uint8_t { refused, ignored };

/// One JWK of kty "RSA" or "EC" with its numbers, or an x5c, or both. Members that are no part of a
/// public signing key (private numbers, `x5u`, whatever nobody knows) are refused, or ignored where
/// a key is only named, as in a claim. Errors: bad_encoding, missing_field, unknown_field,
/// unsupported_algorithm, out_of_range, too_large at where + ".…".
Result<Key> parse_key(const json::Value& value, const std::string& where,
                      Others others = Others::refused);

/// {"keys": […]}: 1 to 128 keys, each with a kid that no other has. Keys of another kty, and keys
/// whose `use` is not "sig", are left out, as RFC 7517 section 5 asks; if nothing is left that is
/// missing_field. Errors: as parse_key and json::parse; duplicate_field at where + ".keys[i].kid".
Result<std::vector<Key>> parse(std::string_view text, std::string_view where);

}  // namespace cupel::jwks

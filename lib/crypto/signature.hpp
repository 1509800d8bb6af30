// Signature checks. The algorithm is always the caller's choice, from the
// specification, never the message's.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <string_view>

#include "crypto/digest.hpp"
#include "crypto/public_key.hpp"

namespace cupel::crypto {

// Each: success, or bad_signature; bad_key when the key is of another type. `hash` is one of
// sha256, sha384, sha512; others are unsupported_algorithm. `message` is hashed here.
Result<Unit> verify_rsa_pkcs1(const PublicKey& key, Hash hash, Bytes message, Bytes signature,
                              std::string_view where);
/// MGF1 with the same hash.
inline constexpr int kPssSaltDigest = -1;  ///< salt exactly as long as the digest
inline constexpr int kPssSaltAuto = -2;    ///< any salt length (TPMs before 1.38 use the longest)
Result<Unit> verify_rsa_pss(const PublicKey& key, Hash hash, Bytes message, Bytes signature,
                            int salt_length, std::string_view where);
/// r and s big-endian; leading zeros may be missing or present.
Result<Unit> verify_ecdsa(const PublicKey& key, Hash hash, Bytes message, Bytes r, Bytes s,
                          std::string_view where);

/// A key that is met once: its curve is ours to say, its coordinates are big-endian.
struct Point {
  KeyType curve;
  Bytes x;
  Bytes y;
  std::string_view where;  ///< of the key, in errors
};
/// The same as from_ec() and verify_ecdsa() one after the other, without what these prepare for a
/// second use of the key. Errors: bad_key at point.where, and those of verify_ecdsa().
Result<Unit> verify_ecdsa_by_point(const Point& point, Hash hash, Bytes message, Bytes r, Bytes s,
                                   std::string_view where);

}  // namespace cupel::crypto

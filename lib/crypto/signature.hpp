// Public keys and signature checks. The algorithm is always the caller's choice, from the
// specification, never the message's.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <memory>
#include <string_view>

#include "crypto/digest.hpp"

namespace cupel::crypto {

enum class KeyType : std::uint8_t { rsa, ec_p256, ec_p384, ec_p521 };
std::string_view to_string(KeyType type) noexcept;

/// An immutable public key; copies share it. RSA keys of 2048 to 8192 bits with an odd exponent
/// from 3 to 64 bits, and points on the named curves P-256, P-384, P-521; everything else is
/// refused when it is loaded.
class PublicKey {
 public:
  /// DER SubjectPublicKeyInfo, consumed exactly. Errors: bad_key at `where`.
  static Result<PublicKey> from_spki(Bytes der, std::string_view where);
  /// PEM ("PUBLIC KEY", one block) or DER. Errors: bad_key, bad_encoding at `where`.
  static Result<PublicKey> from_pem_or_der(Bytes text, std::string_view where);
  /// Big-endian modulus and exponent. Errors: bad_key at `where`.
  static Result<PublicKey> from_rsa(Bytes modulus, Bytes exponent, std::string_view where);
  /// Big-endian affine coordinates, shorter ones are padded. Errors: bad_key at `where`.
  static Result<PublicKey> from_ec(KeyType curve, Bytes x, Bytes y, std::string_view where);

  KeyType type() const noexcept;
  std::size_t bits() const noexcept;
  const ByteVector& spki() const noexcept;  ///< DER
  const Sha256Digest& spki_sha256() const noexcept;

  struct Handle;  ///< defined in ossl.hpp, for the files of this folder
  const Handle& handle() const noexcept { return *handle_; }
  explicit PublicKey(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}

 private:
  std::shared_ptr<const Handle> handle_;
};

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

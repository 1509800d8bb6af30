// Public keys: which are accepted, and how they are loaded.
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

}  // namespace cupel::crypto

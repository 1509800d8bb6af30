// The keys of a JWKS, made once and found by their kid.
#pragma once

#include <cupel/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "codec/jwks.hpp"
#include "crypto/signature.hpp"
#include "crypto/x509.hpp"

namespace cupel::crypto {

struct SetKey {
  std::string kid;
  PublicKey key;
  std::vector<Certificate> certificates{};  ///< x5c: the key's own first; may be empty
};

/// The key that a JWK names. When it has both numbers and certificates they must be of one key.
/// Errors: bad_key, bad_certificate, key_mismatch, missing_field,
/// unsupported_algorithm at where + ".…".
Result<SetKey> to_key(const jwks::Key& jwk, const std::string& where);

/// An immutable key set.
class KeySet {
 public:
  /// A key that is too weak to be used, as published sets have them, is left out: no signature of
  /// it will be believed. A set of nothing else is refused. Errors: as jwks::parse and to_key, at
  /// `where` + ".keys[i]…".
  static Result<KeySet> parse(std::string_view text, std::string_view where);

  const std::vector<SetKey>& keys() const noexcept { return keys_; }
  /// The key of exactly this kid, or nullptr.
  const SetKey* find(std::string_view kid) const noexcept;

 private:
  std::vector<SetKey> keys_;
};

}  // namespace cupel::crypto

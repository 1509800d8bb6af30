#include "crypto/key_set.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace cupel::crypto {
namespace {

struct NamedCurve {
  std::string_view name;  // RFC 7518 section 6.2.1.1
  KeyType type;
};
constexpr std::array kCurves = {NamedCurve{"P-256", KeyType::ec_p256},
                                NamedCurve{"P-384", KeyType::ec_p384},
                                NamedCurve{"P-521", KeyType::ec_p521}};

// The key that the numbers say, if there are any.
Result<std::optional<PublicKey>> by_numbers(const jwks::Key& jwk, const std::string& where) {
  if (jwk.kty == "RSA") {
    if (jwk.n.empty()) {
      return std::optional<PublicKey>{};
    }
    CUPEL_TRY(PublicKey key, PublicKey::from_rsa(jwk.n, jwk.e, where));
    return std::optional<PublicKey>(std::move(key));
  }
  if (jwk.x.empty()) {
    return std::optional<PublicKey>{};
  }
  const auto* curve = std::find_if(kCurves.begin(), kCurves.end(),
                                   [&](const NamedCurve& one) { return one.name == jwk.crv; });
  if (curve == kCurves.end()) {
    return Error{Code::unsupported_algorithm, where + ".crv", kNoOffset,
                 "not P-256, P-384 or P-521"};
  }
  CUPEL_TRY(PublicKey key, PublicKey::from_ec(curve->type, jwk.x, jwk.y, where));
  return std::optional<PublicKey>(std::move(key));
}

}  // namespace

Result<SetKey> to_key(const jwks::Key& jwk, const std::string& where) {
  CUPEL_TRY(std::optional<PublicKey> key, by_numbers(jwk, where));
  CUPEL_TRY(std::vector<Certificate> certificates, parse_certificates(jwk.x5c, where + ".x5c"));
  if (!certificates.empty()) {
    const PublicKey& certified = certificates.front().public_key();
    if (key && key->spki_sha256() != certified.spki_sha256()) {
      return Error{Code::key_mismatch, where + ".x5c", kNoOffset,
                   "the certificate is of another key than the numbers"};
    }
    if ((certified.type() == KeyType::rsa) != (jwk.kty == "RSA")) {
      return Error{Code::key_mismatch, where + ".kty", kNoOffset,
                   "the certificate is of another kind of key"};
    }
    key = certified;
  }
  if (!key) {
    return Error{Code::missing_field, where, kNoOffset, "neither numbers nor a certificate"};
  }
  return SetKey{jwk.kid, *key, std::move(certificates)};
}

Result<KeySet> KeySet::parse(std::string_view text, std::string_view where) {
  CUPEL_TRY(const std::vector<jwks::Key> read, jwks::parse(text, where));
  KeySet out;
  std::optional<Error> unusable;
  for (std::size_t i = 0; i < read.size(); ++i) {
    const std::string place = std::string(where) + ".keys[" + std::to_string(i) + "]";
    Result<SetKey> key = to_key(read[i], place);
    if (key) {
      out.keys_.push_back(std::move(key).value());
    } else if (key.error().code != Code::bad_key) {
      return std::move(key).error();
    } else if (!unusable) {
      unusable = std::move(key).error();
    }
  }
  if (out.keys_.empty() && unusable) {
    return std::move(*unusable);
  }
  return out;
}

const SetKey* KeySet::find(std::string_view kid) const noexcept {
  const auto found =
      std::find_if(keys_.begin(), keys_.end(), [&](const SetKey& key) { return key.kid == kid; });
  return found == keys_.end() ? nullptr : &*found;
}

}  // namespace cupel::crypto

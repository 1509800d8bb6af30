#include "crypto/signature.hpp"

#include <openssl/rsa.h>

#include "crypto/key_parts.hpp"

namespace cupel::crypto {
namespace {

Error unsupported_hash(Hash hash, std::string_view where) {
  return Error{Code::unsupported_algorithm, std::string(where), kNoOffset,
               std::string(to_string(hash)) + " signatures are not accepted"};
}

bool accepted_hash(Hash hash) {
  return hash == Hash::sha256 || hash == Hash::sha384 || hash == Hash::sha512;
}

// A copy of the key's prepared context, for an accepted hash.
PkeyCtxPtr verifier(const PublicKey::Handle& key, Hash hash) {
  PkeyCtxPtr copy(EVP_PKEY_CTX_dup(key.verifier.get()));
  if (copy != nullptr && hash != key.usual_hash &&
      EVP_PKEY_CTX_set_signature_md(copy.get(), message_digest(hash)) != 1) {
    return nullptr;
  }
  return copy;
}

Result<Unit> verify_with(EVP_PKEY_CTX* context, Hash hash, Bytes message, Bytes signature,
                         std::string_view where) {
  const ByteVector hashed = digest(hash, message);
  if (EVP_PKEY_verify(context, signature.data(), signature.size(), hashed.data(), hashed.size()) !=
      1) {
    const std::string hint = take_error_hint();
    return Error{Code::bad_signature, std::string(where), kNoOffset,
                 hint.empty() ? "the signature does not match" : hint};
  }
  return Unit{};
}

// `pss_salt_length` is absent for PKCS#1 v1.5.
Result<Unit> verify_rsa(const PublicKey& key, Hash hash, Bytes message, Bytes signature,
                        std::optional<int> pss_salt_length, std::string_view where) {
  if (!accepted_hash(hash)) {
    return unsupported_hash(hash, where);
  }
  if (key.type() != KeyType::rsa) {
    return bad_key(where,
                   "an RSA signature needs an RSA key, not " + std::string(to_string(key.type())));
  }
  // RFC 8017 sections 8.1.2 and 8.2.2, step 1: the length must be that of the modulus.
  if (signature.size() != key.handle().signature_size) {
    return Error{Code::bad_signature, std::string(where), kNoOffset,
                 std::to_string(signature.size()) + " bytes of signature for a modulus of " +
                     std::to_string(key.handle().signature_size)};
  }
  const PkeyCtxPtr context = verifier(key.handle(), hash);
  if (context == nullptr) {
    return library_error(where);
  }
  if (pss_salt_length && (EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) != 1 ||
                          EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), message_digest(hash)) != 1 ||
                          EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), *pss_salt_length) != 1)) {
    return library_error(where);
  }
  return verify_with(context.get(), hash, message, signature, where);
}

// Ecdsa-Sig-Value (RFC 3279, 2.2.3); `size` is that of the order.
Result<ByteVector> ecdsa_der(Bytes r, Bytes s, std::size_t size, std::string_view where) {
  const Bytes r_bytes = without_leading_zeros(r);
  const Bytes s_bytes = without_leading_zeros(s);
  if (r_bytes.empty() || s_bytes.empty() || r_bytes.size() > size || s_bytes.size() > size) {
    return Error{Code::bad_signature, std::string(where), kNoOffset,
                 "r or s is zero, or longer than the order of the curve"};
  }
  const EcdsaSigPtr numbers(ECDSA_SIG_new());
  BnPtr r_number = to_bignum(r_bytes);
  BnPtr s_number = to_bignum(s_bytes);
  if (numbers == nullptr || r_number == nullptr || s_number == nullptr ||
      ECDSA_SIG_set0(numbers.get(), r_number.get(), s_number.get()) != 1) {
    return library_error(where);
  }
  // The signature owns its numbers from here on.
  (void)r_number.release();
  (void)s_number.release();
  ByteVector der = encode<&i2d_ECDSA_SIG>(numbers.get());
  if (der.empty()) {
    return library_error(where);
  }
  return der;
}

}  // namespace

Result<Unit> verify_rsa_pkcs1(const PublicKey& key, Hash hash, Bytes message, Bytes signature,
                              std::string_view where) {
  return verify_rsa(key, hash, message, signature, std::nullopt, where);
}

Result<Unit> verify_rsa_pss(const PublicKey& key, Hash hash, Bytes message, Bytes signature,
                            int salt_length, std::string_view where) {
  static_assert(kPssSaltDigest == RSA_PSS_SALTLEN_DIGEST && kPssSaltAuto == RSA_PSS_SALTLEN_AUTO);
  if (salt_length < kPssSaltAuto) {
    return Error{Code::invalid_argument, std::string(where), kNoOffset, "no such salt length"};
  }
  return verify_rsa(key, hash, message, signature, salt_length, where);
}

Result<Unit> verify_ecdsa(const PublicKey& key, Hash hash, Bytes message, Bytes r, Bytes s,
                          std::string_view where) {
  if (!accepted_hash(hash)) {
    return unsupported_hash(hash, where);
  }
  if (key.type() == KeyType::rsa) {
    return bad_key(where, "an ECDSA signature needs an elliptic curve key, not rsa");
  }
  CUPEL_TRY(const ByteVector der, ecdsa_der(r, s, key.handle().signature_size, where));
  const PkeyCtxPtr context = verifier(key.handle(), hash);
  if (context == nullptr) {
    return library_error(where);
  }
  return verify_with(context.get(), hash, message, der, where);
}

Result<Unit> verify_ecdsa_by_point(const Point& point, Hash hash, Bytes message, Bytes r, Bytes s,
                                   std::string_view where) {
  if (!accepted_hash(hash)) {
    return unsupported_hash(hash, where);
  }
  const ParamBldPtr builder(OSSL_PARAM_BLD_new());
  CUPEL_TRY(const Curve* curve, curve_of(point.curve, point.where));
  CUPEL_TRY(const ByteVector octets,
            push_point(builder.get(), *curve, point.x, point.y, point.where));
  CUPEL_TRY(const PkeyPtr key, key_of_params("EC", builder.get(), point.where));
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  // Not the point at infinity, on the curve, coordinates reduced.
  if (context == nullptr || EVP_PKEY_public_check_quick(context.get()) != 1) {
    return refused_key(point.where, "not a point on the curve");
  }
  CUPEL_TRY(const ByteVector der, ecdsa_der(r, s, curve->bytes, where));
  if (EVP_PKEY_verify_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_signature_md(context.get(), message_digest(hash)) != 1) {
    return library_error(where);
  }
  return verify_with(context.get(), hash, message, der, where);
}

}  // namespace cupel::crypto

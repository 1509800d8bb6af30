#include "crypto/public_key.hpp"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <algorithm>

#include "codec/pem.hpp"
#include "crypto/key_parts.hpp"

namespace cupel::crypto {
namespace {

constexpr std::size_t kMaxSpkiSize = 4096;
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;
constexpr int kMaxRsaExponentBits = 64;  // a longer one only makes each check slow

constexpr std::array<Curve, 3> kCurves = {{
    {KeyType::ec_p256, NID_X9_62_prime256v1, SN_X9_62_prime256v1, 32, Hash::sha256},
    {KeyType::ec_p384, NID_secp384r1, SN_secp384r1, 48, Hash::sha384},
    {KeyType::ec_p521, NID_secp521r1, SN_secp521r1, 66, Hash::sha512},
}};

BnPtr bignum_param(const EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  const bool found = EVP_PKEY_get_bn_param(key, name, &raw) == 1;
  BnPtr out(raw);
  return found ? std::move(out) : nullptr;
}

// An empty string when the key is acceptable.
std::string rsa_refusal(const EVP_PKEY* key) {
  const BnPtr n = bignum_param(key, OSSL_PKEY_PARAM_RSA_N);
  const BnPtr e = bignum_param(key, OSSL_PKEY_PARAM_RSA_E);
  if (n == nullptr || e == nullptr) {
    return "an RSA key without modulus or exponent";
  }
  const int bits = BN_num_bits(n.get());
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return "an RSA key of " + std::to_string(bits) + " bits; 2048 to 8192 are accepted";
  }
  if (BN_is_negative(n.get()) != 0 || BN_is_odd(n.get()) == 0) {
    return "an RSA modulus that cannot be a product of two primes";
  }
  if (BN_is_negative(e.get()) != 0 || BN_is_odd(e.get()) == 0 || BN_is_one(e.get()) != 0 ||
      BN_num_bits(e.get()) > kMaxRsaExponentBits) {
    return "an RSA exponent that is even, one, or longer than 64 bits";
  }
  return {};
}

struct SpkiAlgorithm {
  int nid = NID_undef;
  int parameter_type = V_ASN1_UNDEF;
  int curve_nid = NID_undef;
};

SpkiAlgorithm algorithm_of(const X509_PUBKEY& spki) {
  SpkiAlgorithm out;
  X509_ALGOR* algorithm = nullptr;
  ASN1_OBJECT* oid = nullptr;
  if (X509_PUBKEY_get0_param(&oid, nullptr, nullptr, &algorithm, &spki) != 1) {
    return out;
  }
  const void* parameter = nullptr;
  X509_ALGOR_get0(nullptr, &out.parameter_type, &parameter, algorithm);
  out.nid = OBJ_obj2nid(oid);
  if (out.parameter_type == V_ASN1_OBJECT) {
    out.curve_nid = OBJ_obj2nid(static_cast<const ASN1_OBJECT*>(parameter));
  }
  return out;
}

// An empty pointer when libcrypto fails.
PkeyCtxPtr make_verifier(EVP_PKEY* key, bool rsa, Hash hash) {
  PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  if (context != nullptr && EVP_PKEY_verify_init(context.get()) == 1 &&
      (!rsa || EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1) &&
      EVP_PKEY_CTX_set_signature_md(context.get(), message_digest(hash)) == 1) {
    return context;
  }
  return nullptr;
}

// The rules for every key, however it came; `curve` is null for RSA, `spki` the key in DER.
Result<PublicKey> accepted(PkeyPtr key, const Curve* curve, ByteVector spki,
                           std::string_view where) {
  std::size_t size = 0;
  if (curve == nullptr) {
    if (std::string refusal = rsa_refusal(key.get()); !refusal.empty()) {
      return refused_key(where, std::move(refusal));
    }
    size = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
  } else {
    // Not the point at infinity, on the curve, coordinates reduced.
    const PkeyCtxPtr check(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    if (check == nullptr || EVP_PKEY_public_check_quick(check.get()) != 1) {
      return refused_key(where, "not a point on the curve");
    }
    size = curve->bytes;
  }
  const Hash usual_hash = curve == nullptr ? Hash::sha256 : curve->usual_hash;
  PkeyCtxPtr verifier = make_verifier(key.get(), curve == nullptr, usual_hash);
  if (spki.empty() || verifier == nullptr) {
    return library_error(where);
  }
  const Sha256Digest sha256_of_spki = sha256(spki);
  const auto bits = static_cast<std::size_t>(EVP_PKEY_get_bits(key.get()));
  return PublicKey(std::make_shared<const PublicKey::Handle>(PublicKey::Handle{
      std::move(key), std::move(verifier), usual_hash,
      curve == nullptr ? KeyType::rsa : curve->type, bits, size, std::move(spki), sha256_of_spki}));
}

// `curve` is null for RSA.
Result<PublicKey> from_params(const Curve* curve, OSSL_PARAM_BLD* builder, std::string_view where) {
  CUPEL_TRY(PkeyPtr key, key_of_params(curve == nullptr ? "RSA" : "EC", builder, where));
  ByteVector spki = encode<&i2d_PUBKEY>(key.get());
  return accepted(std::move(key), curve, std::move(spki), where);
}

}  // namespace

Error bad_key(std::string_view where, std::string detail) {
  return Error{Code::bad_key, std::string(where), kNoOffset, std::move(detail)};
}

Error refused_key(std::string_view where, std::string detail) {
  const std::string hint = take_error_hint();
  return bad_key(where, hint.empty() ? std::move(detail) : detail + ": " + hint);
}

Bytes without_leading_zeros(Bytes number) {
  const auto first = std::find_if(number.begin(), number.end(), [](auto b) { return b != 0; });
  return number.subspan(static_cast<std::size_t>(first - number.begin()));
}

BnPtr to_bignum(Bytes big_endian) {
  return BnPtr(BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), nullptr));
}

Result<const Curve*> curve_of(KeyType type, std::string_view where) {
  const auto* row =
      std::find_if(kCurves.begin(), kCurves.end(), [&](const Curve& c) { return c.type == type; });
  if (row == kCurves.end()) {
    return bad_key(where, "not an elliptic curve");
  }
  return &*row;
}

Result<ByteVector> push_point(OSSL_PARAM_BLD* builder, const Curve& curve, Bytes x, Bytes y,
                              std::string_view where) {
  const Bytes x_bytes = without_leading_zeros(x);
  const Bytes y_bytes = without_leading_zeros(y);
  if (x_bytes.size() > curve.bytes || y_bytes.size() > curve.bytes) {
    return bad_key(where, "coordinates longer than the field");
  }
  // SEC 1 section 2.3.3: 04 || X || Y, each as long as the field.
  ByteVector point(1 + 2 * curve.bytes);
  point.front() = POINT_CONVERSION_UNCOMPRESSED;
  std::copy_backward(x_bytes.begin(), x_bytes.end(),
                     point.end() - static_cast<std::ptrdiff_t>(curve.bytes));
  std::copy_backward(y_bytes.begin(), y_bytes.end(), point.end());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return library_error(where);
  }
  return point;
}

Result<PkeyPtr> key_of_params(const char* type, OSSL_PARAM_BLD* builder, std::string_view where) {
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder));
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1) {
    return library_error(where);
  }
  EVP_PKEY* raw = nullptr;
  const bool made = EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  PkeyPtr key(raw);
  if (!made) {
    return refused_key(where, "not a public key");
  }
  return key;
}

std::string_view to_string(KeyType type) noexcept {
  switch (type) {
    case KeyType::rsa:
      return "rsa";
    case KeyType::ec_p256:
      return "ec_p256";
    case KeyType::ec_p384:
      return "ec_p384";
    case KeyType::ec_p521:
      return "ec_p521";
  }
  return "unknown";
}

Result<PublicKey> public_key_of(X509_PUBKEY& spki, std::string_view where) {
  // The kind of key is read from the encoding: explicit curve parameters that happen to equal a
  // named curve, and RSA keys restricted to PSS, are other kinds.
  const SpkiAlgorithm algorithm = algorithm_of(spki);
  const auto* curve = std::find_if(kCurves.begin(), kCurves.end(), [&](const Curve& c) {
    return algorithm.nid == NID_X9_62_id_ecPublicKey && c.nid == algorithm.curve_nid;
  });
  const bool rsa = algorithm.nid == NID_rsaEncryption && algorithm.parameter_type == V_ASN1_NULL;
  if (!rsa && curve == kCurves.end()) {
    return bad_key(where, "neither an RSA key nor one on P-256, P-384 or P-521");
  }
  EVP_PKEY* borrowed = X509_PUBKEY_get0(&spki);
  if (borrowed == nullptr || EVP_PKEY_up_ref(borrowed) != 1) {
    return refused_key(where, "the key does not decode");
  }
  PkeyPtr key(borrowed);
  return accepted(std::move(key), rsa ? nullptr : &*curve, encode<&i2d_X509_PUBKEY>(&spki), where);
}

Result<PublicKey> PublicKey::from_spki(Bytes der, std::string_view where) {
  if (der.empty() || der.size() > kMaxSpkiSize) {
    return bad_key(where, std::to_string(der.size()) + " bytes are no public key");
  }
  const auto spki = decode_exactly<&d2i_X509_PUBKEY, &i2d_X509_PUBKEY, X509PubkeyPtr>(der);
  if (spki == nullptr) {
    return refused_key(where, "not a SubjectPublicKeyInfo in DER");
  }
  return public_key_of(*spki, where);
}

Result<PublicKey> PublicKey::from_pem_or_der(Bytes text, std::string_view where) {
  if (!pem::looks_like(text)) {
    return from_spki(text, where);
  }
  static constexpr std::array<std::string_view, 1> kLabels = {"PUBLIC KEY"};
  CUPEL_TRY(const std::vector<pem::Block> blocks, pem::parse(as_text(text), kLabels, where));
  if (blocks.size() != 1) {
    return Error{Code::bad_encoding, std::string(where), kNoOffset, "more than one public key"};
  }
  return from_spki(blocks.front().der, where);
}

Result<PublicKey> PublicKey::from_rsa(Bytes modulus, Bytes exponent, std::string_view where) {
  constexpr std::size_t kMaxBytes = kMaxRsaBits / 8;
  const Bytes n_bytes = without_leading_zeros(modulus);
  const Bytes e_bytes = without_leading_zeros(exponent);
  if (n_bytes.empty() || n_bytes.size() > kMaxBytes || e_bytes.empty() ||
      e_bytes.size() > kMaxBytes) {
    return bad_key(where, "an RSA modulus or exponent of impossible size");
  }
  const BnPtr n = to_bignum(n_bytes);
  const BnPtr e = to_bignum(e_bytes);
  const ParamBldPtr builder(OSSL_PARAM_BLD_new());
  if (n == nullptr || e == nullptr || builder == nullptr ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return library_error(where);
  }
  return from_params(nullptr, builder.get(), where);
}

Result<PublicKey> PublicKey::from_ec(KeyType curve, Bytes x, Bytes y, std::string_view where) {
  const ParamBldPtr builder(OSSL_PARAM_BLD_new());
  CUPEL_TRY(const Curve* row, curve_of(curve, where));
  CUPEL_TRY(const ByteVector point, push_point(builder.get(), *row, x, y, where));
  return from_params(row, builder.get(), where);
}

KeyType PublicKey::type() const noexcept {
  return handle_->type;
}
std::size_t PublicKey::bits() const noexcept {
  return handle_->bits;
}
const ByteVector& PublicKey::spki() const noexcept {
  return handle_->spki;
}
const Sha256Digest& PublicKey::spki_sha256() const noexcept {
  return handle_->spki_sha256;
}

}  // namespace cupel::crypto

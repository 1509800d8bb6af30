#include "crypto/cose_signature.hpp"

namespace cupel::crypto {
namespace {

struct Row {
  cose::Algorithm algorithm;
  Hash hash;
  KeyType key;
};

constexpr Row kRows[] = {
    {cose::Algorithm::es256, Hash::sha256, KeyType::ec_p256},
    {cose::Algorithm::es384, Hash::sha384, KeyType::ec_p384},
    {cose::Algorithm::es512, Hash::sha512, KeyType::ec_p521},
    {cose::Algorithm::ps256, Hash::sha256, KeyType::rsa},
    {cose::Algorithm::ps384, Hash::sha384, KeyType::rsa},
    {cose::Algorithm::ps512, Hash::sha512, KeyType::rsa},
};

}  // namespace

Result<Unit> verify_ecdsa_fixed(const PublicKey& key, Hash hash, Bytes message, Bytes signature,
                                std::string_view where) {
  constexpr std::size_t kBitsOfByte = 8;
  const std::size_t size = (key.bits() + kBitsOfByte - 1) / kBitsOfByte;
  if (key.type() != KeyType::rsa && signature.size() != 2 * size) {
    return Error{
        Code::bad_signature, std::string(where), kNoOffset,
        std::to_string(signature.size()) + " bytes, r and s have " + std::to_string(2 * size)};
  }
  // For an RSA key the halves mean nothing; verify_ecdsa refuses it as the key it is.
  const std::size_t half = signature.size() / 2;
  return verify_ecdsa(key, hash, message, signature.first(half), signature.subspan(half), where);
}

Result<Unit> verify_sign1(const cose::Sign1& message, const PublicKey& key,
                          cose::Algorithm required, std::string_view where) {
  CUPEL_TRY(const cose::Algorithm stated, cose::algorithm(message, where));
  if (stated != required) {
    return Error{
        Code::unsupported_algorithm, std::string(where) + ".alg", kNoOffset,
        std::string(to_string(stated)) + ", it must be " + std::string(to_string(required))};
  }
  const std::string here = std::string(where) + ".signature";
  for (const Row& row : kRows) {
    if (row.algorithm != required) {
      continue;
    }
    if (key.type() != row.key) {
      return Error{Code::bad_key, here, kNoOffset,
                   std::string(to_string(required)) + " with a key of type " +
                       std::string(to_string(key.type()))};
    }
    const ByteVector signed_bytes = cose::to_be_signed(message);
    return row.key == KeyType::rsa
               ? verify_rsa_pss(key, row.hash, signed_bytes, message.signature, kPssSaltDigest,
                                here)
               : verify_ecdsa_fixed(key, row.hash, signed_bytes, message.signature, here);
  }
  return Error{Code::internal, here, kNoOffset, "an algorithm without a row"};
}

}  // namespace cupel::crypto

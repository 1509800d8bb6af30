// What loading keys and checking signatures share. Not for use outside of this folder.
#pragma once

#include "crypto/ossl.hpp"
#include "crypto/public_key.hpp"

namespace cupel::crypto {

/// A row of the curves that are accepted.
struct Curve {
  KeyType type;
  int nid;
  const char* group;
  std::size_t bytes;  // of a coordinate, and of the order
  Hash usual_hash;
};
/// Errors: bad_key at `where`, for a type that is no curve.
Result<const Curve*> curve_of(KeyType type, std::string_view where);

Error bad_key(std::string_view where, std::string detail);
/// With libcrypto's own reason, if it has one.
Error refused_key(std::string_view where, std::string detail);

/// Big-endian numbers, as messages bring them.
Bytes without_leading_zeros(Bytes number);
BnPtr to_bignum(Bytes big_endian);

/// Gives the builder a curve of ours and a point. What is returned must outlive the builder, which
/// only refers to it. Errors: bad_key at `where`.
Result<ByteVector> push_point(OSSL_PARAM_BLD* builder, const Curve& curve, Bytes x, Bytes y,
                              std::string_view where);
/// `type` is "RSA" or "EC". Nothing about the key was judged yet. Errors: bad_key at `where`.
Result<PkeyPtr> key_of_params(const char* type, OSSL_PARAM_BLD* builder, std::string_view where);

}  // namespace cupel::crypto

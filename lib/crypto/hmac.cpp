#include "crypto/hmac.hpp"

#include <cupel/result.hpp>

#include "crypto/digest.hpp"
#include "crypto/ossl.hpp"

namespace cupel::crypto {

ByteVector hmac_sha256(Bytes key, Bytes message) {
  ByteVector out(digest_size(Hash::sha256));
  std::size_t size = 0;
  if (EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(), message.data(),
                message.size(), out.data(), out.size(), &size) == nullptr ||
      size != out.size()) {
    throw Exception(library_error("crypto.hmac"));
  }
  return out;
}

}  // namespace cupel::crypto

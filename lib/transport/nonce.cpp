#include <openssl/rand.h>

#include <cupel/session.hpp>

namespace cupel {

// A guessable nonce proves nothing, so there is no way to go on without randomness.
ByteVector random_nonce() {
  ByteVector nonce(32);
  if (RAND_bytes(nonce.data(), static_cast<int>(nonce.size())) != 1) {
    throw Exception(Error{Code::internal, "nonce", kNoOffset, "the system gave no randomness"});
  }
  return nonce;
}

}  // namespace cupel

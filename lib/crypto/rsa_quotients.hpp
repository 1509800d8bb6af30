// The two quotients that an SGX SIGSTRUCT carries beside its signature, so that the processor can
// check it without dividing.
#pragma once

#include <cupel/bytes.hpp>

namespace cupel::crypto {

/// An RSA signature with exponent 3 and its quotients; big-endian.
struct RsaQuotients {
  Bytes modulus;
  Bytes signature;
  Bytes q1;
  Bytes q2;
};

/// Whether q1 = floor(s^2 / n) and q2 = floor((s^3 - q1 s n) / n). Not done: says nothing about the
/// signature. A modulus of zero, or a signature that is not smaller than it, has no right
/// quotients.
bool quotients_are_right(const RsaQuotients& in) noexcept;

}  // namespace cupel::crypto

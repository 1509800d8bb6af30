// HMAC, where a format derives public values with it.
#pragma once

#include <cupel/bytes.hpp>

namespace cupel::crypto {

/// RFC 2104 with SHA-256.
ByteVector hmac_sha256(Bytes key, Bytes message);

}  // namespace cupel::crypto

// RFC 4648 base64 and base64url. Strict: no white space, canonical padding, zero spare bits.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <string>
#include <string_view>

namespace cupel {

/// Standard alphabet, padded.
std::string to_base64(Bytes bytes);
/// URL-safe alphabet, not padded.
std::string to_base64url(Bytes bytes);

/// Standard alphabet with padding. Errors: bad_encoding, with its offset, at `where`.
Result<ByteVector> from_base64(std::string_view text, std::string_view where);
/// URL-safe alphabet without padding. Errors: bad_encoding, with its offset, at `where`.
Result<ByteVector> from_base64url(std::string_view text, std::string_view where);

}  // namespace cupel

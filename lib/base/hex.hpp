// Hexadecimal text. Strict: an even number of digits, no prefix, no separators.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <string>
#include <string_view>

namespace cupel {

/// Lower-case hex.
std::string to_hex(Bytes bytes);

/// Upper and lower case digits are taken. Errors: bad_encoding (an odd number of digits, or a
/// character that is none, with its offset) at `where`.
Result<ByteVector> from_hex(std::string_view text, std::string_view where);

/// The same for an exact number of bytes. Errors: also bad_length.
Result<ByteVector> from_hex(std::string_view text, std::size_t size, std::string_view where);

}  // namespace cupel

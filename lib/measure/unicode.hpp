// UEFI's habits: GUIDs whose first three fields are little-endian, and text in UTF-16LE.
#pragma once

#include <cupel/measure/verity.hpp>
#include <string>
#include <string_view>

namespace cupel::measure {

/// From the order in memory to the order of the text, or back.
Uuid guid_from_memory(const Uuid& memory) noexcept;
inline Uuid guid_to_memory(const Uuid& text) noexcept {
  return guid_from_memory(text);
}

/// Up to the first NUL, or all of it. Errors: bad_encoding (an odd number of bytes, a lone
/// surrogate) at `where`.
Result<std::string> utf16le_to_utf8(Bytes in, std::string_view where);
/// Without a final NUL. Errors: bad_encoding at `where`.
Result<ByteVector> utf8_to_utf16le(std::string_view in, std::string_view where);

}  // namespace cupel::measure

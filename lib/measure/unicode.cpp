#include "measure/unicode.hpp"

namespace cupel::measure {
namespace {

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&](char32_t value) { out.push_back(static_cast<char>(value)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0U | (c >> 6U));
    put(0x80U | (c & 0x3fU));
  } else if (c < 0x10000) {
    put(0xe0U | (c >> 12U));
    put(0x80U | ((c >> 6U) & 0x3fU));
    put(0x80U | (c & 0x3fU));
  } else {
    put(0xf0U | (c >> 18U));
    put(0x80U | ((c >> 12U) & 0x3fU));
    put(0x80U | ((c >> 6U) & 0x3fU));
    put(0x80U | (c & 0x3fU));
  }
}

void append_utf16(ByteVector& out, char32_t unit) {
  out.push_back(static_cast<std::uint8_t>(unit));
  out.push_back(static_cast<std::uint8_t>(unit >> 8U));
}

Error bad(std::string_view where, std::size_t offset, std::string_view what) {
  return Error{Code::bad_encoding, std::string(where), offset, std::string(what)};
}

struct Decoded {
  char32_t value = 0;
  std::size_t size = 0;  // 0: not UTF-8
};

Decoded decode(std::string_view in) {
  const auto byte = [&](std::size_t i) -> char32_t {
    return i < in.size() ? static_cast<unsigned char>(in[i]) : 0U;
  };
  const char32_t first = byte(0);
  if (first < 0x80) {
    return {first, 1};
  }
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  char32_t value = first & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) {
      return {};
    }
    value = (value << 6U) | (byte(i) & 0x3fU);
  }
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  if (first < 0xc2 || first > 0xf4 || value < kSmallest.at(size) || value > 0x10ffff || surrogate) {
    return {};
  }
  return {value, size};
}

}  // namespace

Uuid guid_from_memory(const Uuid& m) noexcept {
  return {m[3], m[2], m[1],  m[0],  m[5],  m[4],  m[7],  m[6],
          m[8], m[9], m[10], m[11], m[12], m[13], m[14], m[15]};
}

Result<std::string> utf16le_to_utf8(Bytes in, std::string_view where) {
  if (in.size() % 2 != 0) {
    return bad(where, in.size(), "an odd number of bytes");
  }
  const auto unit = [&](std::size_t i) -> char32_t {
    return i + 1 < in.size() ? static_cast<char32_t>(in[i] | (in[i + 1] << 8)) : U'\0';
  };
  std::string out;
  for (std::size_t i = 0; i < in.size() && unit(i) != 0; i += 2) {
    char32_t c = unit(i);
    if (c >= 0xd800 && c < 0xe000) {
      const char32_t low = unit(i + 2);
      if (c >= 0xdc00 || low < 0xdc00 || low >= 0xe000) {
        return bad(where, i, "half of a surrogate pair");
      }
      c = 0x10000 + ((c - 0xd800) << 10U) + (low - 0xdc00);
      i += 2;
    }
    append_utf8(out, c);
  }
  return out;
}

Result<ByteVector> utf8_to_utf16le(std::string_view in, std::string_view where) {
  ByteVector out;
  for (std::size_t i = 0; i < in.size();) {
    const Decoded next = decode(in.substr(i));
    if (next.size == 0) {
      return bad(where, i, "not UTF-8");
    }
    if (next.value >= 0x10000) {
      append_utf16(out, 0xd800 + ((next.value - 0x10000) >> 10U));
      append_utf16(out, 0xdc00 + ((next.value - 0x10000) & 0x3ffU));
    } else {
      append_utf16(out, next.value);
    }
    i += next.size;
  }
  return out;
}

}  // namespace cupel::measure

#include "base/hex.hpp"

namespace cupel {
namespace {

int digit(char c) noexcept {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

}  // namespace

std::string to_hex(Bytes bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    out.push_back(kDigits[byte >> 4U]);
    out.push_back(kDigits[byte & 0xfU]);
  }
  return out;
}

Result<ByteVector> from_hex(std::string_view text, std::string_view where) {
  ByteVector out;
  out.reserve(text.size() / 2);
  int high = -1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int value = digit(text[i]);
    if (value < 0) {
      return Error{Code::bad_encoding, std::string(where), i, "not a hexadecimal digit"};
    }
    if (high < 0) {
      high = value;
    } else {
      out.push_back(static_cast<std::uint8_t>(high * 16 + value));
      high = -1;
    }
  }
  if (high >= 0) {
    return Error{Code::bad_encoding, std::string(where), text.size(),
                 "an odd number of hexadecimal digits"};
  }
  return out;
}

Result<ByteVector> from_hex(std::string_view text, std::size_t size, std::string_view where) {
  CUPEL_TRY(ByteVector out, from_hex(text, where));
  if (out.size() != size) {
    return Error{Code::bad_length, std::string(where), kNoOffset,
                 "needs " + std::to_string(size * 2) + " hexadecimal digits, has " +
                     std::to_string(text.size())};
  }
  return out;
}

}  // namespace cupel

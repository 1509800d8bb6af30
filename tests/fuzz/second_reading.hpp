// A second reading of the same bytes, for targets to compare with: fixed places, and as little code
// as that takes. Nothing of lib/ reads here, so that an offset which is wrong there cannot be wrong
// here as well. A place that is not there is a finding: the first reading accepted the bytes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cupel/bytes.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cupel::fuzz {

inline void must(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

class Places {
 public:
  explicit Places(Bytes in) : in_(in) {}

  Bytes at(std::size_t place, std::size_t size) const {
    must(place <= in_.size() && size <= in_.size() - place);
    return in_.subspan(place, size);
  }
  Bytes from(std::size_t place) const {
    must(place <= in_.size());
    return in_.subspan(place);
  }
  std::size_t size() const { return in_.size(); }

  std::uint64_t little(std::size_t place, std::size_t size) const {
    std::uint64_t out = 0;
    for (std::size_t i = size; i > 0; --i) {
      out = out << 8U | at(place, size)[i - 1];
    }
    return out;
  }
  std::uint64_t big(std::size_t place, std::size_t size) const {
    std::uint64_t out = 0;
    for (const std::uint8_t byte : at(place, size)) {
      out = out << 8U | byte;
    }
    return out;
  }
  /// Whether the field is exactly the bytes that stand there.
  bool same(std::size_t place, Bytes field) const {
    return std::ranges::equal(at(place, field.size()), field);
  }
  bool zeros(std::size_t place, std::size_t size) const {
    return std::ranges::all_of(at(place, size), [](std::uint8_t byte) { return byte == 0; });
  }

 private:
  Bytes in_;
};

/// The digits of base64, of either alphabet, as bytes (RFC 4648, 4 and 5); what is no digit, such
/// as padding, is skipped.
inline ByteVector base64_digits(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  ByteVector out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    std::size_t digit = kDigits.find(c);
    if (c == '+' || c == '-') {
      digit = 62;
    } else if (c == '/' || c == '_') {
      digit = 63;
    } else if (digit == std::string_view::npos) {
      continue;
    }
    bits = (bits << 6U | static_cast<std::uint32_t>(digit)) & 0xffffU;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<std::uint8_t>(bits >> count & 0xffU));
    }
  }
  return out;
}

/// Hex digits in pairs, either case; anything else is a finding.
inline ByteVector hex_digits(std::string_view text) {
  ByteVector out;
  must(text.size() % 2 == 0);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    for (const char c : text.substr(i, 2)) {
      const bool number = c >= '0' && c <= '9';
      const bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      must(number || letter);
      byte = byte << 4U | (number ? static_cast<unsigned>(c - '0')
                                  : (static_cast<unsigned>(c) | 0x20U) - 'a' + 10);
    }
    out.push_back(static_cast<std::uint8_t>(byte));
  }
  return out;
}

/// The DER of each PEM block of this label, by the digits between its lines (RFC 7468).
inline std::vector<ByteVector> pem_digits(std::string_view text, std::string_view label) {
  const std::string begin = "-----BEGIN " + std::string(label) + "-----";
  std::vector<ByteVector> out;
  for (std::size_t at = text.find(begin); at != std::string_view::npos; at = text.find(begin, at)) {
    at += begin.size();
    const std::size_t end = text.find("-----END", at);
    must(end != std::string_view::npos);
    out.push_back(base64_digits(text.substr(at, end - at)));
  }
  return out;
}

inline bool same(Bytes a, Bytes b) {
  return std::ranges::equal(a, b);
}

}  // namespace cupel::fuzz

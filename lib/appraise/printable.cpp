#include "appraise/printable.hpp"

#include <array>
#include <cstdint>

namespace cupel {
namespace {

constexpr std::size_t kHexKept = 40;
constexpr std::size_t kHexHead = 16;
constexpr std::size_t kHexTail = 8;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t size = 0;  ///< in bytes; 0: not well formed
};

// RFC 3629 section 4: the shortest form only, no surrogates, nothing above U+10FFFF.
CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U;
  };
  const std::uint32_t first = byte(0);
  std::size_t size = 0;
  std::uint32_t value = 0;
  if (first >= 0xc2 && first <= 0xdf) {
    size = 2;
    value = first & 0x1fU;
  } else if (first >= 0xe0 && first <= 0xef) {
    size = 3;
    value = first & 0x0fU;
  } else if (first >= 0xf0 && first <= 0xf4) {
    size = 4;
    value = first & 0x07U;
  } else {
    return {};
  }
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) {
      return {};
    }
    value = (value << 6U) | (byte(i) & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest.at(size) || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
    return {};
  }
  return {value, size};
}

// Characters that change how their neighbours look, or look like nothing at all.
bool deceptive(std::uint32_t c) {
  return (c >= 0x80 && c <= 0x9f) ||      // C1 controls
         c == 0xad ||                     // soft hyphen
         c == 0x061c ||                   // Arabic letter mark
         (c >= 0x180b && c <= 0x180f) ||  // Mongolian selectors
         (c >= 0x200b && c <= 0x200f) ||  // zero width, direction marks
         (c >= 0x2028 && c <= 0x202e) ||  // line separators, direction overrides
         (c >= 0x2060 && c <= 0x206f) ||  // invisible operators, direction isolates
         (c >= 0xfe00 && c <= 0xfe0f) ||  // variation selectors
         c == 0xfeff ||                   // byte order mark
         (c >= 0xfff0 && c <= 0xffff) ||  // specials
         c >= 0xe0000;                    // tags, supplementary selectors, private planes
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (c == '\n') {
    out += "\\n";
    return;
  }
  const auto byte = static_cast<std::uint8_t>(c);
  out += "\\x";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 0x0fU];
}

}  // namespace

std::string printable(std::string_view text, bool unicode) {
  std::string out;
  out.reserve(text.size());
  std::size_t i = 0;
  while (i < text.size()) {
    const char c = text[i];
    if (c >= 0x20 && c <= 0x7e) {
      out += c;
      ++i;
      continue;
    }
    const CodePoint point = unicode ? decode(text.substr(i)) : CodePoint{};
    if (point.size != 0 && !deceptive(point.value)) {
      out += text.substr(i, point.size);
      i += point.size;
      continue;
    }
    append_escaped(out, c);
    ++i;
  }
  return out;
}

std::string shorten(std::string_view text, std::string_view ellipsis, std::size_t limit) {
  std::string out;
  std::size_t i = 0;
  while (i < text.size()) {
    std::size_t end = i;
    bool hex = true;
    while (end < text.size() && is_letter_or_digit(text[end])) {
      hex = hex && is_hex(text[end]);
      ++end;
    }
    if (end == i) {
      out += text[i];
      ++i;
      continue;
    }
    const std::string_view word = text.substr(i, end - i);
    if (hex && word.size() > kHexKept) {
      out.append(word.substr(0, kHexHead)).append(ellipsis);
      out.append(word.substr(word.size() - kHexTail));
    } else {
      out += word;
    }
    i = end;
  }
  // Only ASCII is cut: a cut inside a UTF-8 sequence would make an unreadable character.
  const bool ascii = out.find_first_not_of(
                         "\t !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
                         "abcdefghijklmnopqrstuvwxyz{|}~") == std::string::npos;
  if (ascii && out.size() > limit && limit > 2 * kHexTail) {
    const std::size_t head = limit - kHexTail;
    out = out.substr(0, head) + std::string(ellipsis) + out.substr(out.size() - kHexTail);
  }
  return out;
}

}  // namespace cupel

#include "base/base64.hpp"

#include <algorithm>

namespace cupel {
namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::uint8_t kBad = 0xff;

constexpr std::array<std::uint8_t, 256> invert(std::string_view alphabet) {
  std::array<std::uint8_t, 256> table{};
  table.fill(kBad);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table.at(static_cast<std::uint8_t>(alphabet[i])) = static_cast<std::uint8_t>(i);
  }
  return table;
}

std::string encode(Bytes in, std::string_view alphabet, bool pad) {
  std::string out;
  out.reserve((in.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < in.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, in.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = (group << 8U) | (j < have ? in[i + j] : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      if (j <= have) {
        out.push_back(alphabet[(group >> (18U - 6U * j)) & 0x3fU]);
      } else if (pad) {
        out.push_back('=');
      }
    }
  }
  return out;
}

Result<ByteVector> decode(std::string_view text, const std::array<std::uint8_t, 256>& table,
                          std::size_t data_length, std::string_view where) {
  const auto bad = [&](std::size_t offset, std::string detail) {
    return Error{Code::bad_encoding, std::string(where), offset, std::move(detail)};
  };
  if (data_length % 4 == 1) {
    return bad(data_length, "base64 text has an impossible length");
  }
  ByteVector out;
  out.reserve(data_length / 4 * 3 + 2);
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (std::size_t i = 0; i < data_length; ++i) {
    const std::uint8_t value = table.at(static_cast<std::uint8_t>(text[i]));
    if (value == kBad) {
      return bad(i, "not a base64 character");
    }
    group = (group << 6U) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::uint8_t>((group >> bits) & 0xffU));
    }
  }
  // Spare bits that are not zero would let two texts mean the same bytes.
  if ((group & ((1U << bits) - 1U)) != 0) {
    return bad(data_length - 1, "unused bits of the last base64 character are not zero");
  }
  return out;
}

}  // namespace

std::string to_base64(Bytes bytes) {
  return encode(bytes, kStandard, true);
}
std::string to_base64url(Bytes bytes) {
  return encode(bytes, kUrl, false);
}

Result<ByteVector> from_base64(std::string_view text, std::string_view where) {
  static constexpr auto kTable = invert(kStandard);
  if (text.size() % 4 != 0) {
    return Error{Code::bad_encoding, std::string(where), text.size(),
                 "base64 text is not a multiple of four characters"};
  }
  std::size_t length = text.size();
  for (int i = 0; i < 2 && length > 0 && text[length - 1] == '='; ++i) {
    --length;
  }
  return decode(text, kTable, length, where);
}

Result<ByteVector> from_base64url(std::string_view text, std::string_view where) {
  static constexpr auto kTable = invert(kUrl);
  return decode(text, kTable, text.size(), where);
}

}  // namespace cupel

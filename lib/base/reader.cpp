#include "base/reader.hpp"

#include <algorithm>

namespace cupel {

void ByteReader::fail(Code code, std::string_view field, std::string detail) {
  if (!error_) {
    std::string where = where_;
    if (!field.empty()) {
      where.append(where.empty() ? "" : ".").append(field);
    }
    error_ = Error{code, std::move(where), offset(), std::move(detail)};
  }
}

Bytes ByteReader::view(std::size_t n, std::string_view field) {
  if (error_) {
    return {};
  }
  if (n > remaining()) {
    fail(Code::truncated, field,
         "needs " + std::to_string(n) + " bytes, " + std::to_string(remaining()) + " are left");
    return {};
  }
  const Bytes out = in_.subspan(position_, n);
  position_ += n;
  return out;
}

std::uint64_t ByteReader::integer(std::size_t size, bool big_endian, std::string_view field) {
  const Bytes taken = view(size, field);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    value = (value << 8U) | taken[big_endian ? i : taken.size() - 1 - i];
  }
  return value;
}

std::uint8_t ByteReader::u8(std::string_view field) {
  return static_cast<std::uint8_t>(integer(1, true, field));
}
std::uint16_t ByteReader::u16le(std::string_view field) {
  return static_cast<std::uint16_t>(integer(2, false, field));
}
std::uint32_t ByteReader::u32le(std::string_view field) {
  return static_cast<std::uint32_t>(integer(4, false, field));
}
std::uint64_t ByteReader::u64le(std::string_view field) {
  return integer(8, false, field);
}
std::uint16_t ByteReader::u16be(std::string_view field) {
  return static_cast<std::uint16_t>(integer(2, true, field));
}
std::uint32_t ByteReader::u32be(std::string_view field) {
  return static_cast<std::uint32_t>(integer(4, true, field));
}
std::uint64_t ByteReader::u64be(std::string_view field) {
  return integer(8, true, field);
}

void ByteReader::zeros(std::size_t n, std::string_view field) {
  const std::size_t start = position_;
  const Bytes taken = view(n, field);
  const auto bad = std::find_if(taken.begin(), taken.end(), [](auto b) { return b != 0; });
  if (bad != taken.end()) {
    position_ = start + static_cast<std::size_t>(bad - taken.begin());
    fail(Code::reserved_not_zero, field);
  }
}

std::size_t ByteReader::count(std::uint64_t value, std::string_view field, std::size_t max,
                              std::size_t min_item_size) {
  if (error_) {
    return 0;
  }
  if (value > max) {
    fail(Code::out_of_range, field,
         std::to_string(value) + " items, at most " + std::to_string(max) + " are allowed");
    return 0;
  }
  if (min_item_size > 0 && value > remaining() / min_item_size) {
    fail(Code::truncated, field, std::to_string(value) + " items do not fit in what is left");
    return 0;
  }
  return static_cast<std::size_t>(value);
}

Result<Unit> ByteReader::status() const {
  if (error_) {
    return *error_;
  }
  return Unit{};
}

Result<Unit> ByteReader::finish() const {
  if (error_) {
    return *error_;
  }
  if (remaining() != 0) {
    return Error{Code::trailing_bytes, where_, offset(),
                 std::to_string(remaining()) + " bytes after the end"};
  }
  return Unit{};
}

}  // namespace cupel

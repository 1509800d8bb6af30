// ByteReader: reads fields in order with a sticky error, so that a parser has one line per row of
// its specification's table and one check at the end.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace cupel {

/// The first failed read records code, field and offset; it and all later reads return zeros.
/// Nothing that was read may steer anything before ok() or finish() was asked.
class ByteReader {
 public:
  /// `where` prefixes every field name. `base` is the offset of `in` in the document whose offsets
  /// errors speak of.
  ByteReader(Bytes in, std::string_view where, std::size_t base = 0)
      : in_(in), where_(where), base_(base) {}

  std::uint8_t u8(std::string_view field);
  std::uint16_t u16le(std::string_view field);
  std::uint32_t u32le(std::string_view field);
  std::uint64_t u64le(std::string_view field);
  std::uint16_t u16be(std::string_view field);
  std::uint32_t u32be(std::string_view field);
  std::uint64_t u64be(std::string_view field);

  template <std::size_t N>
  std::array<std::uint8_t, N> bytes(std::string_view field) {
    std::array<std::uint8_t, N> out{};
    const Bytes taken = view(N, field);
    for (std::size_t i = 0; i < taken.size(); ++i) {
      out.at(i) = taken[i];
    }
    return out;
  }
  /// A view of n bytes of the input; empty after an error.
  Bytes view(std::size_t n, std::string_view field);
  /// Skips n bytes, all of which must be zero (else reserved_not_zero at the first that is not).
  void zeros(std::size_t n, std::string_view field);
  /// Bounds a count that was read: more than `max`, or more items than the remaining bytes can
  /// hold, is out_of_range. Returns 0 after an error.
  std::size_t count(std::uint64_t value, std::string_view field, std::size_t max,
                    std::size_t min_item_size);

  /// Records an error found by a value rule, at the current offset, unless there is one already.
  void fail(Code code, std::string_view field, std::string detail = {});

  bool ok() const noexcept { return !error_; }
  std::size_t offset() const noexcept { return base_ + position_; }
  std::size_t remaining() const noexcept { return in_.size() - position_; }
  /// The bytes not yet read.
  Bytes rest() const noexcept { return in_.subspan(position_); }

  /// The recorded error, or success. Does not ask whether bytes are left.
  Result<Unit> status() const;
  /// The recorded error, or trailing_bytes if any byte is left, or success.
  Result<Unit> finish() const;

 private:
  std::uint64_t integer(std::size_t size, bool big_endian, std::string_view field);

  Bytes in_;
  std::string where_;
  std::size_t base_;
  std::size_t position_ = 0;
  std::optional<Error> error_;
};

}  // namespace cupel

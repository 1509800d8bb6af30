// CRC-32 as in ISO-HDLC (the one of zlib, GPT and EIF). A checksum against accidents, no
// protection.
#pragma once

#include <cstdint>
#include <cupel/bytes.hpp>
#include <initializer_list>

namespace cupel::measure {

/// Of the parts, one after the other.
std::uint32_t crc32(std::initializer_list<Bytes> parts) noexcept;

/// The same, piece by piece.
class Crc32 {
 public:
  void update(Bytes data) noexcept;
  std::uint32_t value() const noexcept { return ~state_; }

 private:
  std::uint32_t state_ = 0xffffffff;
};

}  // namespace cupel::measure

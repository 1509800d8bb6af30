#include "measure/crc32.hpp"

#include <array>

namespace cupel::measure {
namespace {

// Sixteen bytes a step ("slicing"): table k advances a byte by k further bytes of zeros.
constexpr std::size_t kStep = 16;
using Tables = std::array<std::array<std::uint32_t, 256>, kStep>;

constexpr Tables tables() {
  Tables out{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1U) ^ ((value & 1U) != 0 ? 0xedb88320U : 0U);
    }
    out[0][i] = value;
  }
  for (std::uint32_t i = 0; i < 256; ++i) {
    for (std::size_t k = 1; k < kStep; ++k) {
      out[k][i] = (out[k - 1][i] >> 8U) ^ out[0][out[k - 1][i] & 0xffU];
    }
  }
  return out;
}

constexpr Tables kTables = tables();

}  // namespace

void Crc32::update(Bytes data) noexcept {
  std::uint32_t state = state_;
  std::size_t i = 0;
  for (; i + kStep <= data.size(); i += kStep) {
    const Bytes step = data.subspan(i, kStep);
    std::uint32_t next = 0;
    for (std::size_t k = 0; k < kStep; ++k) {
      const std::uint32_t byte = k < 4 ? step[k] ^ ((state >> (8 * k)) & 0xffU) : step[k];
      next ^= kTables[kStep - 1 - k][byte];
    }
    state = next;
  }
  for (; i < data.size(); ++i) {
    state = (state >> 8U) ^ kTables[0][(state ^ data[i]) & 0xffU];
  }
  state_ = state;
}

std::uint32_t crc32(std::initializer_list<Bytes> parts) noexcept {
  Crc32 out;
  for (const Bytes part : parts) {
    out.update(part);
  }
  return out.value();
}

}  // namespace cupel::measure

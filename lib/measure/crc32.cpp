#include "measure/crc32.hpp"

#include <array>

namespace cupel::measure {
namespace {

// Eight bytes a step ("slicing by eight"): table k advances a byte by k further bytes of zeros.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

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
    for (std::size_t k = 1; k < 8; ++k) {
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
  for (; i + 8 <= data.size(); i += 8) {
    const std::uint32_t low =
        state ^ (std::uint32_t{data[i]} | std::uint32_t{data[i + 1]} << 8U |
                 std::uint32_t{data[i + 2]} << 16U | std::uint32_t{data[i + 3]} << 24U);
    state = kTables[7][low & 0xffU] ^ kTables[6][(low >> 8U) & 0xffU] ^
            kTables[5][(low >> 16U) & 0xffU] ^ kTables[4][low >> 24U] ^ kTables[3][data[i + 4]] ^
            kTables[2][data[i + 5]] ^ kTables[1][data[i + 6]] ^ kTables[0][data[i + 7]];
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

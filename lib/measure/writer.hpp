// Writer: fields appended in order, the counterpart of ByteReader.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cupel/bytes.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace cupel::measure {

class Writer {
 public:
  Writer& bytes(Bytes in) {
    out_.insert(out_.end(), in.begin(), in.end());
    return *this;
  }
  Writer& text(std::string_view in) { return bytes(as_bytes(in)); }
  Writer& u8(std::uint8_t v) { return little(v, 1); }
  Writer& u16le(std::uint16_t v) { return little(v, 2); }
  Writer& u32le(std::uint32_t v) { return little(v, 4); }
  Writer& u64le(std::uint64_t v) { return little(v, 8); }
  Writer& zeros(std::size_t n) {
    out_.resize(out_.size() + n);
    return *this;
  }
  /// Zeros up to this many bytes in all; being beyond is a broken contract.
  Writer& pad_to(std::size_t size) {
    if (out_.size() > size) {
      throw std::logic_error("Writer: a field is longer than its place");
    }
    out_.resize(size);
    return *this;
  }
  std::size_t size() const noexcept { return out_.size(); }
  /// What was written; afterwards there is nothing.
  ByteVector take() { return std::move(out_); }

 private:
  Writer& little(std::uint64_t v, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      out_.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
    }
    return *this;
  }
  ByteVector out_;
};

/// Puts bytes into a larger array; not fitting is a broken contract.
inline void put(std::span<std::uint8_t> into, std::size_t offset, Bytes what) {
  if (offset > into.size() || what.size() > into.size() - offset) {
    throw std::logic_error("put: a field is outside its structure");
  }
  std::copy(what.begin(), what.end(), into.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace cupel::measure

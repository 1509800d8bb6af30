// Where artifacts are read from: something with a size, readable at any place.
#pragma once

#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <memory>
#include <span>
#include <string>

namespace cupel::measure {

/// Bytes that can be read at any offset. read() may be called from several threads at once.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::uint64_t size() const noexcept = 0;
  /// Fills `into` with the bytes from `offset` on; fewer than asked for is an error.
  virtual Result<Unit> read(std::uint64_t offset, std::span<std::uint8_t> into) const = 0;
  /// Asked once after the last read: whether what was read is still what is there. A value computed
  /// from a file that changed meanwhile belongs to no version of it.
  virtual Result<Unit> unchanged() const { return Unit{}; }
};

/// Bytes in memory, which the caller keeps alive.
class MemorySource : public Source {
 public:
  explicit MemorySource(Bytes content) : content_(content) {}
  std::uint64_t size() const noexcept override { return content_.size(); }
  Result<Unit> read(std::uint64_t offset, std::span<std::uint8_t> into) const override;

 private:
  Bytes content_;
};

/// Part of another source, which the caller keeps alive.
class SourceRange : public Source {
 public:
  /// Errors: out_of_range at "measure.range" when the part is not inside the whole.
  static Result<SourceRange> of(const Source& whole, std::uint64_t offset, std::uint64_t size);
  std::uint64_t size() const noexcept override { return size_; }
  Result<Unit> read(std::uint64_t offset, std::span<std::uint8_t> into) const override;
  Result<Unit> unchanged() const override { return whole_->unchanged(); }

 private:
  SourceRange(const Source& whole, std::uint64_t offset, std::uint64_t size)
      : whole_(&whole), offset_(offset), size_(size) {}
  const Source* whole_;
  std::uint64_t offset_;
  std::uint64_t size_;
};

/// A whole source, or a part of it, in memory. Errors: too_large at `where` beyond `limit`; the
/// source's.
Result<ByteVector> read_all(const Source& source, std::size_t limit, std::string_view where);
Result<ByteVector> read_part(const Source& source, std::uint64_t offset, std::uint64_t size,
                             std::size_t limit, std::string_view where);

}  // namespace cupel::measure

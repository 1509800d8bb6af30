#include <algorithm>
#include <cupel/measure/source.hpp>

namespace cupel::measure {
namespace {

Error beyond(std::string_view where, std::uint64_t offset, std::uint64_t size, std::uint64_t all) {
  return Error{Code::truncated, std::string(where), static_cast<std::size_t>(offset),
               std::to_string(size) + " bytes are needed here, there are " + std::to_string(all) +
                   " in all"};
}

}  // namespace

Result<Unit> MemorySource::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  if (offset > content_.size() || into.size() > content_.size() - offset) {
    return beyond("measure.source", offset, into.size(), content_.size());
  }
  const Bytes part = content_.subspan(static_cast<std::size_t>(offset), into.size());
  std::copy(part.begin(), part.end(), into.begin());
  return Unit{};
}

Result<SourceRange> SourceRange::of(const Source& whole, std::uint64_t offset, std::uint64_t size) {
  if (offset > whole.size() || size > whole.size() - offset) {
    return Error{
        Code::out_of_range, "measure.range", static_cast<std::size_t>(offset),
        std::to_string(size) + " bytes from there are not inside " + std::to_string(whole.size())};
  }
  return SourceRange(whole, offset, size);
}

Result<Unit> SourceRange::read(std::uint64_t offset, std::span<std::uint8_t> into) const {
  if (offset > size_ || into.size() > size_ - offset) {
    return beyond("measure.range", offset, into.size(), size_);
  }
  return whole_->read(offset_ + offset, into);
}

Result<ByteVector> read_part(const Source& source, std::uint64_t offset, std::uint64_t size,
                             std::size_t limit, std::string_view where) {
  if (size > limit) {
    return Error{Code::too_large, std::string(where), limit,
                 std::to_string(size) + " bytes, at most " + std::to_string(limit) + " are read"};
  }
  if (offset > source.size() || size > source.size() - offset) {
    return beyond(where, offset, size, source.size());
  }
  ByteVector out(static_cast<std::size_t>(size));
  CUPEL_TRY(std::ignore, source.read(offset, out));
  return out;
}

Result<ByteVector> read_all(const Source& source, std::size_t limit, std::string_view where) {
  CUPEL_TRY(ByteVector out, read_part(source, 0, source.size(), limit, where));
  CUPEL_TRY(std::ignore, source.unchanged());
  return out;
}

}  // namespace cupel::measure

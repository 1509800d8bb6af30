#include <algorithm>
#include <array>
#include <cupel/measure/sgx.hpp>
#include <memory>
#include <set>

#include "base/reader.hpp"
#include "crypto/digest.hpp"
#include "measure/read_size.hpp"

namespace cupel::measure {
namespace {

constexpr std::size_t kRecord = 64;
constexpr std::size_t kChunk = 256;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kMaxRanges = 1000;
constexpr std::uint64_t kMaxEnclave = std::uint64_t{1} << 40U;

Error error(Code code, std::string_view field, std::uint64_t offset, std::string detail = {}) {
  return Error{code, "measure.sgxs." + std::string(field), static_cast<std::size_t>(offset),
               std::move(detail)};
}

// Reads a stream in large pieces, gives it in small ones.
class Stream {
 public:
  explicit Stream(const Source& source) : source_(source) {}
  std::uint64_t offset() const { return offset_; }
  bool at_end() const { return offset_ == source_.size(); }

  Result<ByteVector> take(std::size_t size, std::string_view field) {
    if (size > source_.size() - offset_) {
      return error(Code::truncated, field, offset_,
                   std::to_string(source_.size() - offset_) + " bytes are left");
    }
    ByteVector out;
    while (out.size() < size) {
      if (used_ == buffer_.size()) {
        buffer_.resize(static_cast<std::size_t>(
            std::min<std::uint64_t>(kReadAtOnce, source_.size() - offset_)));
        CUPEL_TRY(std::ignore, source_.read(offset_, buffer_));
        used_ = 0;
      }
      const std::size_t now = std::min(size - out.size(), buffer_.size() - used_);
      const Bytes piece = Bytes(buffer_).subspan(used_, now);
      out.insert(out.end(), piece.begin(), piece.end());
      used_ += now;
      offset_ += now;
    }
    return out;
  }

 private:
  const Source& source_;
  std::uint64_t offset_ = 0;
  ByteVector buffer_;
  std::size_t used_ = 0;
};

class Replay {
 public:
  explicit Replay(const Source& source) : source_(source), stream_(source) {}

  Result<SgxsResult> run() {
    while (!stream_.at_end()) {
      const std::uint64_t at = stream_.offset();
      CUPEL_TRY(const ByteVector record, stream_.take(kRecord, "record"));
      CUPEL_TRY(std::ignore, one(record, at));
    }
    CUPEL_TRY(std::ignore, source_.unchanged());
    if (!created_) {
      return error(Code::missing_field, "ecreate", 0, "the stream is empty");
    }
    end_range();
    out_.mrenclave = digester_.finish();
    return std::move(out_);
  }

 private:
  Result<Unit> one(const ByteVector& record, std::uint64_t at) {
    const std::string_view tag = as_text(Bytes(record).first(8));
    if (tag == std::string_view("ECREATE\0", 8)) {
      CUPEL_TRY(std::ignore, ecreate(record, at));
    } else if (!created_) {
      return error(Code::missing_field, "ecreate", at,
                   tag == std::string_view("UNSIZED\0", 8)
                       ? "the stream has no size yet, hence no measurement"
                       : "the first record is another");
    } else if (tag == std::string_view("EADD\0\0\0\0", 8)) {
      CUPEL_TRY(std::ignore, eadd(record, at));
    } else if (tag == "EEXTEND" + std::string(1, '\0')) {
      return chunk(record, at, true);
    } else if (tag == "UNMEASRD") {
      return chunk(record, at, false);
    } else {
      return error(Code::bad_magic, "record.tag", at, "no record of this format");
    }
    update(record);
    return Unit{};
  }

  Result<Unit> ecreate(Bytes record, std::uint64_t at) {
    ByteReader r(record, "measure.sgxs.ecreate", static_cast<std::size_t>(at));
    r.view(8, "tag");
    r.u32le("ssaframesize");
    size_ = r.u64le("size");
    r.zeros(44, "reserved");
    CUPEL_TRY(std::ignore, r.finish());
    if (created_) {
      return error(Code::duplicate_field, "ecreate", at, "a second one");
    }
    if (size_ < kPage || size_ > kMaxEnclave || (size_ & (size_ - 1)) != 0) {
      return error(Code::out_of_range, "ecreate.size", at + 12, "a power of two of whole pages");
    }
    created_ = true;
    const Sha256Digest digest = crypto::sha256(record);
    out_.ecreate.assign(digest.begin(), digest.end());
    return Unit{};
  }

  Result<Unit> eadd(Bytes record, std::uint64_t at) {
    ByteReader r(record, "measure.sgxs.eadd", static_cast<std::size_t>(at));
    r.view(8, "tag");
    const std::uint64_t offset = r.u64le("offset");
    const std::uint64_t flags = r.u64le("secinfo_flags");
    r.zeros(40, "reserved");
    CUPEL_TRY(std::ignore, r.finish());
    if (offset % kPage != 0 || offset >= size_ || (page_ && offset <= *page_)) {
      return error(Code::out_of_range, "eadd.offset", at + 8,
                   "pages come once, in ascending order, inside the enclave");
    }
    begin_page(offset, flags);
    page_ = offset;
    chunks_.clear();
    ++out_.eadd;
    return Unit{};
  }

  Result<Unit> chunk(Bytes record, std::uint64_t at, bool measured) {
    ByteReader r(record, "measure.sgxs.eextend", static_cast<std::size_t>(at));
    r.view(8, "tag");
    const std::uint64_t offset = r.u64le("offset");
    r.zeros(48, "reserved");
    CUPEL_TRY(std::ignore, r.finish());
    if (!page_ || offset % kChunk != 0 || offset < *page_ || offset >= *page_ + kPage ||
        !chunks_.insert(offset).second) {
      return error(Code::out_of_range, "eextend.offset", at + 8,
                   "chunks come once, inside the page before them");
    }
    CUPEL_TRY(const ByteVector data, stream_.take(kChunk, "eextend.data"));
    if (measured) {
      update(record);
      update(data);
      ++out_.eextend;
      ++out_.ranges.back().measured;
    } else {
      ++out_.unmeasured;
    }
    return Unit{};
  }

  void update(Bytes data) {
    digester_.update(data);
    if (range_ != nullptr) {
      range_->update(data);
    }
  }

  // A page goes on with the last range, or starts one.
  void begin_page(std::uint64_t offset, std::uint64_t flags) {
    const bool first = out_.ranges.empty();
    const bool next =
        !first && page_ && offset == *page_ + kPage && out_.ranges.back().flags == flags;
    if (first || (!next && out_.ranges.size() < kMaxRanges)) {
      end_range();
      out_.ranges.push_back({.offset = offset, .flags = flags, .digest = {}});
      range_ = std::make_unique<crypto::Digester>(crypto::Hash::sha256);
    }
    ++out_.ranges.back().pages;
  }

  void end_range() {
    if (range_ != nullptr) {
      out_.ranges.back().digest = range_->finish();
      range_ = nullptr;
    }
  }

  const Source& source_;
  Stream stream_;
  std::unique_ptr<crypto::Digester> range_;  // of the last range
  crypto::Digester digester_{crypto::Hash::sha256};
  SgxsResult out_;
  bool created_ = false;
  std::uint64_t size_ = 0;
  std::optional<std::uint64_t> page_;
  std::set<std::uint64_t> chunks_;
};

}  // namespace

Result<SgxsResult> measure_sgxs(const Source& stream) {
  return Replay(stream).run();
}

}  // namespace cupel::measure

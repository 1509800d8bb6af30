#include <algorithm>
#include <cupel/measure/verity.hpp>

#include "crypto/digest.hpp"
#include "measure/verity_blocks.hpp"

namespace cupel::measure {
namespace {

// Walks the tree from its root to the data, so that a digest is believed only after the block that
// holds it was.
class Comparison {
 public:
  Comparison(const Source& data, const VerityFormat& format, const VerityLayout& layout,
             const Source& tree, std::uint64_t tree_offset, const Progress& progress)
      : data_(data),
        format_(format),
        layout_(layout),
        tree_(tree),
        tree_offset_(tree_offset),
        progress_(progress),
        hasher_(format),
        digest_size_(digest_size(format.algorithm)) {}

  Result<std::vector<VerityFault>> run(Bytes root_hash) {
    if (layout_.levels.empty()) {
      CUPEL_TRY(const ByteVector root, single_block_root(data_, format_));
      if (!crypto::equal(root, root_hash)) {
        fault(VerityFault::Kind::root, 0, 0, "the only data block has another hash");
      }
      return faults_;
    }
    const std::size_t top = layout_.levels.size() - 1;
    CUPEL_TRY(const ByteVector block, stored(top, 0));
    if (!crypto::equal(hasher_.digest(block), root_hash)) {
      fault(VerityFault::Kind::root, 0, tree_offset_,
            "the topmost hash block does not have the root hash");
      return faults_;
    }
    CUPEL_TRY(std::ignore, below(top, 0, block));
    CUPEL_TRY(std::ignore, data_.unchanged());
    CUPEL_TRY(std::ignore, tree_.unchanged());
    return faults_;
  }

 private:
  void fault(VerityFault::Kind kind, std::uint64_t block, std::uint64_t offset, std::string text) {
    faults_.push_back({kind, block, offset, std::move(text)});
  }

  std::uint64_t place(std::size_t level, std::uint64_t index) const {
    return layout_.levels.at(level).first_block + index;
  }

  Result<ByteVector> stored(std::size_t level, std::uint64_t index) const {
    ByteVector block(format_.hash_block_size);
    CUPEL_TRY(std::ignore,
              tree_.read(tree_offset_ + place(level, index) * format_.hash_block_size, block));
    return block;
  }

  Bytes slot(Bytes block, std::uint64_t i) const {
    return block.subspan(static_cast<std::size_t>(i) * layout_.slot_size, digest_size_);
  }

  // Bytes of a hash block that hold no digest must be zero (veritysetup verify demands it too).
  bool spare_is_zero(Bytes block, std::uint64_t used) const {
    Bytes rest = block;
    for (std::uint64_t i = 0; i < used; ++i) {
      const Bytes gap = rest.subspan(digest_size_, layout_.slot_size - digest_size_);
      if (std::ranges::any_of(gap, [](std::uint8_t b) { return b != 0; })) {
        return false;
      }
      rest = rest.subspan(layout_.slot_size);
    }
    return std::ranges::all_of(rest, [](std::uint8_t b) { return b == 0; });
  }

  // Everything below a hash block that is as it should be.
  Result<Unit> below(std::size_t level, std::uint64_t index, Bytes block) {
    const std::uint64_t all =
        level == 0 ? layout_.data_blocks : layout_.levels.at(level - 1).blocks;
    const std::uint64_t first = index * layout_.digests_per_block;
    const std::uint64_t used = std::min(layout_.digests_per_block, all - first);
    if (!spare_is_zero(block, used)) {
      fault(VerityFault::Kind::spare_area, place(level, index),
            tree_offset_ + place(level, index) * format_.hash_block_size,
            "bytes that hold no digest are not zero");
      return Unit{};
    }
    if (level == 0) {
      return data(first, used, block);
    }
    for (std::uint64_t i = 0; i < used && faults_.empty(); ++i) {
      CUPEL_TRY(const ByteVector child, stored(level - 1, first + i));
      if (!crypto::equal(hasher_.digest(child), slot(block, i))) {
        const std::uint64_t number = place(level - 1, first + i);
        fault(VerityFault::Kind::hash_block, number,
              tree_offset_ + number * format_.hash_block_size,
              "a hash block is not the one that the block above it names");
        return Unit{};
      }
      CUPEL_TRY(std::ignore, below(level - 1, first + i, child));
    }
    return Unit{};
  }

  Result<Unit> data(std::uint64_t first, std::uint64_t count, Bytes block) {
    const std::uint64_t at_once = blocks_at_once(format_.data_block_size);
    for (std::uint64_t i = 0; i < count; i += at_once) {
      const auto now = static_cast<std::size_t>(std::min(at_once, count - i));
      buffer_.resize(now * format_.data_block_size);
      digests_.resize(now * digest_size_);
      CUPEL_TRY(std::ignore, data_.read((first + i) * format_.data_block_size, buffer_));
      hasher_.digests(buffer_, format_.data_block_size, digests_);
      for (std::size_t j = 0; j < now; ++j) {
        const Bytes digest = Bytes(digests_).subspan(j * digest_size_, digest_size_);
        if (!crypto::equal(digest, slot(block, i + j))) {
          const std::uint64_t number = first + i + j;
          fault(VerityFault::Kind::data_block, number, number * format_.data_block_size,
                "a data block does not have the hash that the tree holds");
          return Unit{};
        }
      }
    }
    const std::uint64_t all = layout_.data_blocks * format_.data_block_size;
    if (progress_ && !progress_((first + count) * format_.data_block_size, all)) {
      return Error{Code::refused, "measure.verity", kNoOffset, "stopped by the caller"};
    }
    return Unit{};
  }

  const Source& data_;
  const VerityFormat& format_;
  const VerityLayout& layout_;
  const Source& tree_;
  std::uint64_t tree_offset_;
  const Progress& progress_;
  BlockHasher hasher_;
  std::size_t digest_size_;
  ByteVector buffer_;
  ByteVector digests_;
  std::vector<VerityFault> faults_;
};

}  // namespace

std::string_view to_string(VerityFault::Kind kind) noexcept {
  switch (kind) {
    case VerityFault::Kind::root:
      return "root";
    case VerityFault::Kind::hash_block:
      return "hash_block";
    case VerityFault::Kind::spare_area:
      return "spare_area";
    case VerityFault::Kind::data_block:
      break;
  }
  return "data_block";
}

Result<std::vector<VerityFault>> verity_compare(const Source& data, const VerityFormat& format,
                                                std::uint64_t data_blocks, const Source& tree,
                                                std::uint64_t tree_offset, Bytes root_hash,
                                                const Progress& progress) {
  CUPEL_TRY(const VerityLayout layout, layout_for(data, format, data_blocks));
  if (root_hash.size() != digest_size(format.algorithm)) {
    return Error{Code::bad_length, "measure.verity.root_hash", kNoOffset,
                 std::to_string(digest_size(format.algorithm)) + " bytes are a " +
                     std::string(to_string(format.algorithm)) + " digest"};
  }
  return Comparison(data, format, layout, tree, tree_offset, progress).run(root_hash);
}

}  // namespace cupel::measure

#include "measure/verity_blocks.hpp"

#include <algorithm>

#include "measure/read_size.hpp"
#include "measure/writer.hpp"

namespace cupel::measure {
namespace {

constexpr std::uint64_t kChunkData = 2U << 20U;
// Large blocks come in as many as there are lanes to hash them in, while that is bearable.
constexpr std::size_t kMaxPiece = 1U << 20U;

}  // namespace

std::size_t blocks_at_once(std::uint32_t block_size, Sha256Path path) noexcept {
  return std::max(
      {std::size_t{1}, kReadAtOnce / block_size, std::min(lanes(path), kMaxPiece / block_size)});
}

void BlockHasher::digests(Bytes blocks, std::size_t block_size, std::span<std::uint8_t> out) const {
  const Bytes salt = format_.salt;
  const Bytes before = format_.hash_type == 1 ? salt : Bytes();
  const Bytes after = format_.hash_type == 1 ? Bytes() : salt;
  if (hash_ == crypto::Hash::sha256) {
    sha256_blocks(path_, before, blocks, block_size, after, out);
    return;
  }
  const std::size_t size = crypto::digest_size(hash_);
  for (std::size_t i = 0; i * block_size < blocks.size(); ++i) {
    put(out, i * size,
        crypto::digest(hash_, {before, blocks.subspan(i * block_size, block_size), after}));
  }
}

ByteVector BlockHasher::digest(Bytes block) const {
  ByteVector out(crypto::digest_size(hash_));
  digests(block, block.size(), out);
  return out;
}

ByteVector hash_block(const VerityFormat& format, const VerityLayout& layout, Bytes digests) {
  ByteVector out(format.hash_block_size);
  const std::size_t size = digest_size(format.algorithm);
  for (std::size_t i = 0; i * size < digests.size(); ++i) {
    put(out, i * layout.slot_size, digests.subspan(i * size, size));
  }
  return out;
}

UpperLevels::UpperLevels(const VerityFormat& format, const VerityLayout& layout,
                         const VeritySink& sink)
    : format_(format),
      layout_(layout),
      sink_(sink),
      hasher_(format),
      open_(layout.levels.size()),
      closed_(layout.levels.size()) {
  for (std::size_t level = 0; level < layout.levels.size(); ++level) {
    digesters_.push_back(std::make_unique<crypto::Digester>(crypto_hash(format.algorithm)));
  }
}

Result<Unit> UpperLevels::add(Bytes digests) {
  const std::size_t size = digest_size(format_.algorithm);
  for (std::size_t i = 0; i < digests.size(); i += size) {
    CUPEL_TRY(std::ignore, add(1, digests.subspan(i, size)));
  }
  return Unit{};
}

Result<Unit> UpperLevels::add(std::size_t level, Bytes digest) {
  digesters_.at(level - 1)->update(digest);
  if (level >= layout_.levels.size()) {  // above the top there is only the root
    root_ = to_vector(digest);
    return Unit{};
  }
  ByteVector& open = open_.at(level);
  open.insert(open.end(), digest.begin(), digest.end());
  return open.size() == layout_.digests_per_block * digest.size() ? close(level) : Unit{};
}

Result<Unit> UpperLevels::close(std::size_t level) {
  const ByteVector block = hash_block(format_, layout_, open_.at(level));
  open_.at(level).clear();
  const std::uint64_t place = layout_.levels.at(level).first_block + closed_.at(level)++;
  if (sink_) {
    CUPEL_TRY(std::ignore, sink_(place, block));
  }
  return add(level + 1, hasher_.digest(block));
}

Result<ByteVector> UpperLevels::finish() {
  for (std::size_t level = 1; level < layout_.levels.size(); ++level) {
    if (!open_.at(level).empty()) {
      CUPEL_TRY(std::ignore, close(level));
    }
    if (closed_.at(level) != layout_.levels.at(level).blocks) {
      throw std::logic_error("UpperLevels: digests are missing or too many");
    }
  }
  return root_;
}

std::vector<ByteVector> UpperLevels::level_digests() {
  std::vector<ByteVector> out;
  for (const auto& digester : digesters_) {
    out.push_back(digester->finish());
  }
  return out;
}

std::uint64_t hash_blocks_per_chunk(const VerityFormat& format, const VerityLayout& layout) {
  const std::uint64_t covered = layout.digests_per_block * format.data_block_size;
  return std::max<std::uint64_t>(1, kChunkData / covered);
}

Result<ByteVector> hash_chunk(const Source& data, const VerityFormat& format,
                              const VerityLayout& layout, const VerityChunk& chunk,
                              const VeritySink& sink, ByteVector& buffer, Sha256Path path) {
  const BlockHasher hasher(format, path);
  const std::size_t size = digest_size(format.algorithm);
  const std::size_t piece = blocks_at_once(format.data_block_size, path);
  buffer.resize(piece * format.data_block_size);
  ByteVector blocks;
  for (std::uint64_t i = 0; i < chunk.hash_blocks; ++i) {
    const std::uint64_t number = chunk.first_hash_block + i;
    const std::uint64_t first = number * layout.digests_per_block;
    const std::uint64_t below = std::min(layout.digests_per_block, layout.data_blocks - first);
    ByteVector digests(static_cast<std::size_t>(below) * size);
    for (std::uint64_t done = 0; done < below;) {
      const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(piece, below - done));
      const std::span<std::uint8_t> here = std::span(buffer).first(now * format.data_block_size);
      CUPEL_TRY(std::ignore, data.read((first + done) * format.data_block_size, here));
      hasher.digests(here, format.data_block_size,
                     std::span(digests).subspan(static_cast<std::size_t>(done) * size, now * size));
      done += now;
    }
    const ByteVector block = hash_block(format, layout, digests);
    if (sink) {
      CUPEL_TRY(std::ignore, sink(layout.levels.front().first_block + number, block));
    }
    blocks.insert(blocks.end(), block.begin(), block.end());
  }
  ByteVector out(static_cast<std::size_t>(chunk.hash_blocks) * size);
  hasher.digests(blocks, format.hash_block_size, out);
  return out;
}

Result<ByteVector> single_block_root(const Source& data, const VerityFormat& format) {
  ByteVector block(format.data_block_size);
  CUPEL_TRY(std::ignore, data.read(0, block));
  CUPEL_TRY(std::ignore, data.unchanged());
  return BlockHasher(format).digest(block);
}

Result<VerityLayout> layout_for(const Source& data, const VerityFormat& format,
                                std::uint64_t data_blocks) {
  CUPEL_TRY(std::ignore, verity_layout(format, 1));  // the sizes, before dividing by one
  const std::uint64_t whole = data.size() / format.data_block_size;
  if (data_blocks > whole) {
    return Error{Code::out_of_range, "measure.verity.data_blocks", kNoOffset,
                 std::to_string(data_blocks) + " blocks, the data has " + std::to_string(whole)};
  }
  return verity_layout(format, data_blocks == 0 ? whole : data_blocks);
}

}  // namespace cupel::measure

// The pieces a hash tree is built from, for one thread or many: digests of equal blocks, hash
// blocks laid out from digests, and the levels above the lowest.
#pragma once

#include <cupel/measure/verity.hpp>

#include "crypto/digest.hpp"
#include "measure/sha256_many.hpp"

namespace cupel::measure {

crypto::Hash crypto_hash(Algorithm algorithm) noexcept;

/// Digests of equal blocks, one after the other without gaps.
class BlockHasher {
 public:
  explicit BlockHasher(const VerityFormat& format, Sha256Path path = best_sha256_path())
      : format_(format), hash_(crypto_hash(format.algorithm)), path_(path) {}
  /// out: digest_size bytes a block.
  void digests(Bytes blocks, std::size_t block_size, std::span<std::uint8_t> out) const;
  ByteVector digest(Bytes block) const;

 private:
  const VerityFormat& format_;
  crypto::Hash hash_;
  Sha256Path path_;
};

/// One hash block: each digest at the start of its slot, zeros elsewhere.
ByteVector hash_block(const VerityFormat& format, const VerityLayout& layout, Bytes digests);

/// Everything above level 0, from the digests of level 0's blocks in order. Memory: one hash block
/// a level, whatever the image.
class UpperLevels {
 public:
  UpperLevels(const VerityFormat& format, const VerityLayout& layout, const VeritySink& sink);
  /// Digests of the next blocks of level 0.
  Result<Unit> add(Bytes digests);
  /// The root hash, once all digests were added.
  Result<ByteVector> finish();
  /// See VerityRoot; once, after finish().
  std::vector<ByteVector> level_digests();

 private:
  Result<Unit> add(std::size_t level, Bytes digest);
  Result<Unit> close(std::size_t level);

  const VerityFormat& format_;
  const VerityLayout& layout_;
  const VeritySink& sink_;
  BlockHasher hasher_;
  std::vector<ByteVector> open_;       // digests of the unfinished block of each level
  std::vector<std::uint64_t> closed_;  // finished blocks of each level
  std::vector<std::unique_ptr<crypto::Digester>> digesters_;  // of each level's blocks' digests
  ByteVector root_;
};

/// A run of level 0's hash blocks together with the data blocks below them.
struct VerityChunk {
  std::uint64_t first_hash_block = 0;
  std::uint64_t hash_blocks = 0;
};

/// How many blocks of data are read and hashed in one go.
std::size_t blocks_at_once(std::uint32_t block_size, Sha256Path path = best_sha256_path()) noexcept;

/// How level 0 is cut into pieces of work of about two MiB of data; at least one hash block each.
std::uint64_t hash_blocks_per_chunk(const VerityFormat& format, const VerityLayout& layout);

/// Reads and hashes one chunk: gives its hash blocks to the sink and returns their digests.
/// `buffer` is scratch memory that is kept between calls.
Result<ByteVector> hash_chunk(const Source& data, const VerityFormat& format,
                              const VerityLayout& layout, const VerityChunk& chunk,
                              const VeritySink& sink, ByteVector& buffer,
                              Sha256Path path = best_sha256_path());

/// The root of a one-block image: there is no tree.
Result<ByteVector> single_block_root(const Source& data, const VerityFormat& format);

/// The number of data blocks asked for, or all whole ones; never more than there are.
Result<VerityLayout> layout_for(const Source& data, const VerityFormat& format,
                                std::uint64_t data_blocks);

}  // namespace cupel::measure

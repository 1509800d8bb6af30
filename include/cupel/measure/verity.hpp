// dm-verity: the root hash of an image, its hash tree, and which block of an image is not what a
// tree says. Layout: Linux Documentation/admin-guide/device-mapper/verity.rst; cryptsetup's on-disk
// superblock (version 1).
#pragma once

#include <cupel/measure/source.hpp>
#include <functional>
#include <string>
#include <vector>

namespace cupel::measure {

enum class Algorithm : std::uint8_t { sha1, sha256, sha384, sha512 };
std::string_view to_string(Algorithm algorithm) noexcept;  ///< "sha256"
std::size_t digest_size(Algorithm algorithm) noexcept;
/// Errors: unsupported_algorithm at `where`.
Result<Algorithm> algorithm_by_name(std::string_view name, std::string_view where);

struct VerityFormat {
  Algorithm algorithm = Algorithm::sha256;
  unsigned hash_type = 1;                ///< 1: H(salt || block); 0 (Chrome OS): H(block || salt)
  std::uint32_t data_block_size = 4096;  ///< a power of two, 512 to 524288
  std::uint32_t hash_block_size = 4096;  ///< the same
  ByteVector salt = {};                  ///< at most 256 bytes

  friend bool operator==(const VerityFormat&, const VerityFormat&) = default;
};

inline constexpr std::size_t kVeritySuperblockSize = 512;
using Uuid = std::array<std::uint8_t, 16>;  ///< bytes in text order

struct VeritySuperblock {
  VerityFormat format = {};
  std::uint64_t data_blocks = 0;
  Uuid uuid = {};
};

/// The first 512 bytes of a hash device; every reserved byte must be zero, every value in range.
/// Errors: bad_magic, unsupported_version, unsupported_algorithm, out_of_range, reserved_not_zero,
/// truncated at "measure.verity.superblock…".
Result<VeritySuperblock> parse_verity_superblock(Bytes in);
/// Errors: as verity_layout().
Result<ByteVector> marshal(const VeritySuperblock& superblock);

/// The salt that systemd-repart derives from its --seed: HMAC-SHA256(seed, "verity-salt").
ByteVector repart_salt(const Uuid& seed);
/// Errors: bad_encoding at `where`.
Result<Uuid> uuid_from_text(std::string_view text, std::string_view where);
std::string to_text(const Uuid& uuid);

struct VerityLevel {
  std::uint64_t first_block = 0;  ///< counted in hash blocks from the start of the tree
  std::uint64_t blocks = 0;
};

/// Where everything is. Levels are stored top first; `levels[0]` is the one next to the data.
struct VerityLayout {
  std::uint64_t data_blocks = 0;
  std::uint64_t hash_blocks = 0;
  std::uint64_t digests_per_block = 0;
  std::size_t slot_size = 0;  ///< bytes from one digest to the next in a hash block
  std::vector<VerityLevel> levels = {};
};

/// Errors: invalid_argument (block sizes, hash type, salt), out_of_range (no block, or more than
/// 2^50) at "measure.verity.…".
Result<VerityLayout> verity_layout(const VerityFormat& format, std::uint64_t data_blocks);

/// Receives hash blocks as they are finished, from several threads at once: its place in the tree
/// (in hash blocks) and its bytes.
using VeritySink = std::function<Result<Unit>(std::uint64_t block, Bytes content)>;
/// Receives the number of data bytes hashed so far; false stops the work (Code::refused). Never
/// called from two threads at once.
using Progress = std::function<bool(std::uint64_t done, std::uint64_t all)>;

struct VerityRoot {
  ByteVector root_hash;
  VerityLayout layout;
  /// For each level, from the data up: the hash, without salt, of its blocks' digests in order.
  std::vector<ByteVector> level_digests = {};
};

/// How much at once, and who reports. The pure function below uses one thread;
/// cupel/measure/files.hpp has the one for all cores.
struct VerityWork {
  VeritySink sink = {};
  Progress progress = {};
};

/// The root hash of `data_blocks` blocks of `data` (0: as many whole blocks as there are; a last
/// partial block is not covered, as veritysetup has it).
/// Errors: as verity_layout(); out_of_range when the source is smaller; the source's and the
/// sink's.
Result<VerityRoot> verity_root(const Source& data, const VerityFormat& format,
                               std::uint64_t data_blocks = 0, const VerityWork& work = {});

/// Where an image and its tree part ways.
struct VerityFault {
  enum class Kind : std::uint8_t { root, hash_block, spare_area, data_block };
  Kind kind = Kind::root;
  std::uint64_t block = 0;   ///< of the data or of the tree
  std::uint64_t offset = 0;  ///< in bytes, in the data or in the tree's file
  std::string text = {};     ///< one sentence
};

std::string_view to_string(VerityFault::Kind kind) noexcept;  ///< "data_block"

/// Compares an image with the tree at `tree_offset` of `tree`, top down: the root hash against the
/// topmost block, each hash block against the one above, each data block against its digest.
/// Nothing: all agree. Otherwise the first fault from the top, in block order.
/// Errors: as verity_root().
Result<std::vector<VerityFault>> verity_compare(const Source& data, const VerityFormat& format,
                                                std::uint64_t data_blocks, const Source& tree,
                                                std::uint64_t tree_offset, Bytes root_hash,
                                                const Progress& progress = {});

}  // namespace cupel::measure

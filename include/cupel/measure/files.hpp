// Artifacts in files, and hashing on all cores. What the rest of cupel/measure computes from
// memory, this reads from disk.
#pragma once

#include <cupel/measure/eif.hpp>
#include <cupel/measure/verity.hpp>
#include <memory>
#include <string>

namespace cupel::measure {

/// A regular file, read where it is; at most a piece of it is in memory. A file whose size or times
/// changed between opening and unchanged() is an error, never a value. Not seen: writes that leave
/// both as they were, as those through a shared mapping may.
class FileSource : public Source {
 public:
  /// Links are followed; directories, pipes and devices are refused. Block devices too: nothing
  /// says whether one was written to meanwhile, as a file's times do.
  /// Errors: invalid_argument at the path.
  static Result<FileSource> open(const std::string& path);
  std::uint64_t size() const noexcept override;
  /// Errors: truncated (the file has shrunk), invalid_argument (it cannot be read) at the path.
  Result<Unit> read(std::uint64_t offset, std::span<std::uint8_t> into) const override;
  /// Errors: bad_length (another size), digest_mismatch (other times) at the path.
  Result<Unit> unchanged() const override;

  struct Handle;

 private:
  explicit FileSource(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}
  std::shared_ptr<const Handle> handle_;
};

/// A whole file of at most `limit` bytes. Errors: those of FileSource, too_large at the path.
Result<ByteVector> read_artifact(const std::string& path, std::size_t limit);

/// As verity_root(), on up to `threads` threads (0: one for each processor this process may use).
/// Memory: under 64 MiB, whatever the image. The sink is called from several threads.
Result<VerityRoot> verity_root_on_threads(const Source& data, const VerityFormat& format,
                                          std::uint64_t data_blocks, const VerityWork& work,
                                          unsigned threads);

/// As measure_eif(), its chains of digests side by side.
Result<Eif> measure_eif_on_threads(const Source& image);

struct VerityTreeOptions {
  bool superblock = true;
  Uuid uuid = {};
  bool force = false;  ///< replace an existing file
  unsigned threads = 0;
  Progress progress = {};
  /// Asked before the file appears; an error ends the work, and nothing appears.
  std::function<Result<Unit>(const VerityRoot& root)> accept = {};
};

/// Writes the hash tree of `data` as `veritysetup format` would write the hash device: with a
/// superblock padded to one hash block, or the bare tree. The file appears only when it is
/// complete. Errors: as verity_root(), and those of writing at the path; that a file is there and
/// may not be replaced is known before anything is hashed.
Result<VerityRoot> write_verity_tree(const Source& data, const VerityFormat& format,
                                     std::uint64_t data_blocks, const std::string& path,
                                     const VerityTreeOptions& options);

}  // namespace cupel::measure

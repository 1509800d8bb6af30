#include <algorithm>
#include <cupel/measure/verity.hpp>

#include "base/hex.hpp"
#include "crypto/digest.hpp"
#include "measure/verity_blocks.hpp"

namespace cupel::measure {
namespace {

constexpr std::string_view kStopped = "stopped by the caller";

}  // namespace

Result<VerityRoot> verity_root(const Source& data, const VerityFormat& format,
                               std::uint64_t data_blocks, const VerityWork& work) {
  CUPEL_TRY(VerityLayout layout, layout_for(data, format, data_blocks));
  if (layout.levels.empty()) {
    CUPEL_TRY(ByteVector root, single_block_root(data, format));
    return VerityRoot{std::move(root), std::move(layout)};
  }
  UpperLevels upper(format, layout, work.sink);
  const std::uint64_t all = layout.data_blocks * format.data_block_size;
  const std::uint64_t step = hash_blocks_per_chunk(format, layout);
  ByteVector buffer;
  for (std::uint64_t next = 0; next < layout.levels.front().blocks; next += step) {
    const VerityChunk chunk{next, std::min(step, layout.levels.front().blocks - next)};
    CUPEL_TRY(const ByteVector digests, hash_chunk(data, format, layout, chunk, work.sink, buffer));
    CUPEL_TRY(std::ignore, upper.add(digests));
    const std::uint64_t done = std::min(
        all, (next + chunk.hash_blocks) * layout.digests_per_block * format.data_block_size);
    if (work.progress && !work.progress(done, all)) {
      return Error{Code::refused, "measure.verity", kNoOffset, std::string(kStopped)};
    }
  }
  CUPEL_TRY(std::ignore, data.unchanged());
  CUPEL_TRY(ByteVector root, upper.finish());
  return VerityRoot{std::move(root), std::move(layout), upper.level_digests()};
}

}  // namespace cupel::measure

#include <algorithm>
#include <cupel/measure/files.hpp>
#include <thread>

#include "measure/verity_blocks.hpp"
#include "measure_files/in_order.hpp"

namespace cupel::measure {
namespace {

// What a thread holds: a piece of data and a few hash blocks. Many small cores must not add up to
// more than was promised.
constexpr std::size_t kMemory = 40U << 20U;
constexpr unsigned kMaxThreads = 64;

unsigned threads_for(const VerityFormat& format, unsigned asked) {
  const std::size_t piece = blocks_at_once(format.data_block_size) * format.data_block_size;
  const std::size_t each = (1U << 19U) + 3 * std::size_t{format.hash_block_size} + piece;
  const auto bound = static_cast<unsigned>(std::max<std::size_t>(1, kMemory / each));
  const unsigned wanted = asked == 0 ? std::max(1U, std::thread::hardware_concurrency()) : asked;
  return std::clamp(wanted, 1U, std::min(bound, kMaxThreads));
}

}  // namespace

Result<VerityRoot> verity_root_on_threads(const Source& data, const VerityFormat& format,
                                          std::uint64_t data_blocks, const VerityWork& work,
                                          unsigned threads) {
  CUPEL_TRY(VerityLayout layout, layout_for(data, format, data_blocks));
  if (layout.levels.empty()) {
    CUPEL_TRY(ByteVector root, single_block_root(data, format));
    return VerityRoot{std::move(root), std::move(layout)};
  }
  const std::uint64_t step = hash_blocks_per_chunk(format, layout);
  const std::uint64_t lowest = layout.levels.front().blocks;
  const std::uint64_t chunks = (lowest + step - 1) / step;
  const std::uint64_t all = layout.data_blocks * format.data_block_size;
  const auto chunk_at = [&](std::uint64_t i) {
    return VerityChunk{i * step, std::min(step, lowest - i * step)};
  };
  UpperLevels upper(format, layout, work.sink);
  CUPEL_TRY(
      std::ignore,
      in_order<ByteVector>(
          chunks, threads_for(format, threads),
          [&](std::uint64_t i) {
            thread_local ByteVector buffer;
            return hash_chunk(data, format, layout, chunk_at(i), work.sink, buffer);
          },
          [&](std::uint64_t i, const ByteVector& digests) -> Result<Unit> {
            const VerityChunk chunk = chunk_at(i);
            const std::uint64_t done = (chunk.first_hash_block + chunk.hash_blocks) *
                                       layout.digests_per_block * format.data_block_size;
            if (work.progress && !work.progress(std::min(done, all), all)) {
              return Error{Code::refused, "measure.verity", kNoOffset, "stopped by the caller"};
            }
            return upper.add(digests);
          }));
  CUPEL_TRY(std::ignore, data.unchanged());
  CUPEL_TRY(ByteVector root, upper.finish());
  return VerityRoot{std::move(root), std::move(layout), upper.level_digests()};
}

}  // namespace cupel::measure

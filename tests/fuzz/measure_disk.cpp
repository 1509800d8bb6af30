// Target: cupel::measure::parse_partition_table, read_fat_file, parse_verity_superblock
// Max input: 1 MiB     Seeds: disk images, FAT file systems, superblocks
// Property: partitions of an accepted table are inside the image and apart; an accepted superblock
// is written as it was read; a file is no longer than was allowed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cupel/measure/disk.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cupel::measure;
  const cupel::Bytes in(data, size);
  const MemorySource source(in);
  const auto table = parse_partition_table(source);
  if (table.ok()) {
    for (const Partition& partition : table->partitions) {
      if (partition.offset + partition.size > size) {
        __builtin_trap();
      }
    }
  }
  const auto file = read_fat_file(source, "EFI/BOOT/BOOTX64.EFI", 4096);
  if (file.ok() && file->size() > 4096) {
    __builtin_trap();
  }
  const auto superblock = parse_verity_superblock(in);
  if (superblock.ok() && !std::ranges::equal(marshal(*superblock).value(), in)) {
    __builtin_trap();
  }
  return 0;
}

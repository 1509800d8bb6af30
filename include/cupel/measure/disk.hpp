// Raw disk images: partitions of a GPT, and files of a FAT file system, read without mounting.
#pragma once

#include <cupel/measure/verity.hpp>

namespace cupel::measure {

struct Partition {
  unsigned number = 0;       ///< from 1, as in a device's name
  Uuid type = {};            ///< bytes in text order
  Uuid uuid = {};            ///< PARTUUID, bytes in text order
  std::uint64_t offset = 0;  ///< bytes
  std::uint64_t size = 0;    ///< bytes
  std::string label = {};    ///< UTF-8
};

struct PartitionTable {
  std::uint32_t sector_size = 512;
  Uuid disk = {};
  std::vector<Partition> partitions = {};  ///< used entries, in table order
  ByteVector header = {};                  ///< its 92 bytes, as they are
  ByteVector entries = {};                 ///< all entries, as they are
};

/// The primary GPT of an image with sectors of 512 or 4096 bytes (UEFI 2.10, 5.3). Both checksums
/// must be right, and no partition may overlap another or end after the image.
/// Errors: bad_magic, unsupported_version, digest_mismatch (a checksum), out_of_range,
/// reserved_not_zero, bad_encoding, truncated at "measure.gpt…", with the offset in the image.
Result<PartitionTable> parse_partition_table(const Source& image);

/// The one partition with this label. Errors: missing_field, duplicate_field at
/// "measure.gpt.partition".
Result<Partition> partition_by_label(const PartitionTable& table, std::string_view label);

/// A data partition and its hash partition, found as systemd does: the root hash is the data's
/// PARTUUID followed by the hash's (UAPI Discoverable Partitions). The pair is only a candidate
/// until the root hash is recomputed.
struct VerityPair {
  Partition data;
  Partition hash;
  VeritySuperblock superblock;
  ByteVector root_hash;  ///< as the PARTUUIDs say
};
/// The data partition with this label and the hash partition labelled `label` + "-verity".
/// Errors: missing_field, duplicate_field, those of parse_verity_superblock().
Result<VerityPair> verity_pair(const Source& image, const PartitionTable& table,
                               std::string_view label);

/// The EFI system partition, by its type. Errors: missing_field, duplicate_field at
/// "measure.gpt.partition".
Result<Partition> system_partition(const PartitionTable& table);

/// A file of a FAT12, FAT16 or FAT32 file system, found by its path ("EFI/BOOT/BOOTX64.EFI"; ASCII
/// letters compare without case, as FAT has it).
/// Errors: bad_magic, out_of_range, truncated, too_large, missing_field at "measure.fat…".
Result<ByteVector> read_fat_file(const Source& file_system, std::string_view path,
                                 std::size_t limit);
/// 12, 16 or 32. Errors: the same.
Result<unsigned> fat_bits(const Source& file_system);

}  // namespace cupel::measure

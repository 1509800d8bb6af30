#include <algorithm>
#include <cupel/measure/disk.hpp>

#include "base/reader.hpp"
#include "measure/crc32.hpp"
#include "measure/unicode.hpp"

namespace cupel::measure {
namespace {

constexpr std::string_view kSignature = "EFI PART";
constexpr std::size_t kHeaderSize = 92;
constexpr std::size_t kEntrySize = 128;
constexpr std::uint32_t kMaxEntries = 1024;

Error error(Code code, std::string_view field, std::uint64_t offset, std::string detail) {
  return Error{code, "measure.gpt." + std::string(field), static_cast<std::size_t>(offset),
               std::move(detail)};
}

struct Header {
  std::uint32_t checksum = 0;
  std::uint64_t own_lba = 0;
  std::uint64_t first_usable = 0;
  std::uint64_t last_usable = 0;
  Uuid disk = {};
  std::uint64_t entries_lba = 0;
  std::uint32_t count = 0;
  std::uint32_t entry_size = 0;
  std::uint32_t entries_checksum = 0;
};

// UEFI 2.10, 5.3.2, Table 5-5.
Result<Header> parse_header(Bytes in, std::uint64_t offset) {
  ByteReader r(in, "measure.gpt.header", static_cast<std::size_t>(offset));
  Header out;
  r.view(8, "signature");
  const std::uint32_t revision = r.u32le("revision");
  const std::uint32_t size = r.u32le("header_size");
  out.checksum = r.u32le("header_crc32");
  r.zeros(4, "reserved");
  out.own_lba = r.u64le("my_lba");
  r.u64le("alternate_lba");
  out.first_usable = r.u64le("first_usable_lba");
  out.last_usable = r.u64le("last_usable_lba");
  out.disk = guid_from_memory(r.bytes<16>("disk_guid"));
  out.entries_lba = r.u64le("partition_entry_lba");
  out.count = r.u32le("number_of_partition_entries");
  out.entry_size = r.u32le("size_of_partition_entry");
  out.entries_checksum = r.u32le("partition_entry_array_crc32");
  CUPEL_TRY(std::ignore, r.finish());
  if (revision != 0x00010000) {
    return error(Code::unsupported_version, "header.revision", offset + 8, "");
  }
  if (size != kHeaderSize) {
    return error(Code::bad_length, "header.header_size", offset + 12, std::to_string(size));
  }
  ByteVector blank = to_vector(in);
  std::fill_n(blank.begin() + 16, 4, std::uint8_t{0});
  if (crc32({blank}) != out.checksum) {
    return error(Code::digest_mismatch, "header.header_crc32", offset + 16, "");
  }
  if (out.own_lba != 1 || out.entries_lba < 2 || out.count == 0 || out.count > kMaxEntries ||
      out.entry_size != kEntrySize || out.first_usable > out.last_usable) {
    return error(Code::out_of_range, "header", offset, "a field has no sensible value");
  }
  return out;
}

Result<Partition> parse_entry(Bytes in, unsigned number, std::uint64_t offset, const Header& header,
                              std::uint32_t sector) {
  ByteReader r(in, "measure.gpt.entry", static_cast<std::size_t>(offset));
  Partition out;
  out.number = number;
  out.type = guid_from_memory(r.bytes<16>("partition_type_guid"));
  out.uuid = guid_from_memory(r.bytes<16>("unique_partition_guid"));
  const std::uint64_t first = r.u64le("starting_lba");
  const std::uint64_t last = r.u64le("ending_lba");
  r.u64le("attributes");
  const Bytes name = r.view(72, "partition_name");
  CUPEL_TRY(std::ignore, r.finish());
  if (first < header.first_usable || last > header.last_usable || last < first) {
    return error(Code::out_of_range, "entry.starting_lba", offset + 32,
                 "partition " + std::to_string(number) + " is outside the usable area");
  }
  out.offset = first * sector;
  out.size = (last - first + 1) * sector;
  CUPEL_TRY(out.label, utf16le_to_utf8(name, "measure.gpt.entry.partition_name"));
  return out;
}

Result<Unit> no_overlap(std::vector<Partition> partitions) {
  std::ranges::sort(partitions, {}, &Partition::offset);
  for (std::size_t i = 1; i < partitions.size(); ++i) {
    const Partition& before = partitions.at(i - 1);
    if (before.offset + before.size > partitions.at(i).offset) {
      return error(Code::out_of_range, "entry.starting_lba", partitions.at(i).offset,
                   "partitions " + std::to_string(before.number) + " and " +
                       std::to_string(partitions.at(i).number) + " overlap");
    }
  }
  return Unit{};
}

}  // namespace

Result<PartitionTable> parse_partition_table(const Source& image) {
  PartitionTable out;
  std::optional<ByteVector> raw;
  for (const std::uint32_t sector : {512U, 4096U}) {
    if (image.size() < std::uint64_t{sector} * 2) {
      continue;
    }
    CUPEL_TRY(ByteVector header,
              read_part(image, sector, kHeaderSize, kHeaderSize, "measure.gpt.header"));
    if (as_text(header).substr(0, kSignature.size()) == kSignature) {
      out.sector_size = sector;
      raw = std::move(header);
      break;
    }
  }
  if (!raw) {
    return error(Code::bad_magic, "header.signature", 512, "no GPT in this image");
  }
  const std::uint64_t sector = out.sector_size;
  CUPEL_TRY(const Header header, parse_header(*raw, sector));
  if (header.last_usable >= image.size() / sector || header.entries_lba >= image.size() / sector) {
    return error(Code::out_of_range, "header.last_usable_lba", sector + 48,
                 "the image ends before the last usable sector");
  }
  out.disk = header.disk;
  const std::uint64_t entries_at = header.entries_lba * sector;
  CUPEL_TRY(out.entries, read_part(image, entries_at, std::uint64_t{header.count} * kEntrySize,
                                   std::size_t{kMaxEntries} * kEntrySize, "measure.gpt.entries"));
  if (crc32({out.entries}) != header.entries_checksum) {
    return error(Code::digest_mismatch, "header.partition_entry_array_crc32", sector + 88, "");
  }
  for (unsigned i = 0; i < header.count; ++i) {
    const Bytes entry = Bytes(out.entries).subspan(i * kEntrySize, kEntrySize);
    if (std::ranges::all_of(entry.first(16), [](std::uint8_t b) { return b == 0; })) {
      continue;  // unused
    }
    CUPEL_TRY(Partition partition,
              parse_entry(entry, i + 1, entries_at + i * kEntrySize, header, out.sector_size));
    out.partitions.push_back(std::move(partition));
  }
  CUPEL_TRY(std::ignore, no_overlap(out.partitions));
  out.header = std::move(*raw);
  return out;
}

Result<Partition> partition_by_label(const PartitionTable& table, std::string_view label) {
  const auto found = std::ranges::find(table.partitions, label, &Partition::label);
  if (found == table.partitions.end()) {
    return Error{Code::missing_field, "measure.gpt.partition", kNoOffset,
                 "no partition is labelled \"" + std::string(label) + "\""};
  }
  if (std::find_if(found + 1, table.partitions.end(), [&](const Partition& p) {
        return p.label == label;
      }) != table.partitions.end()) {
    return Error{Code::duplicate_field, "measure.gpt.partition", kNoOffset,
                 "several partitions are labelled \"" + std::string(label) + "\""};
  }
  return *found;
}

Result<VerityPair> verity_pair(const Source& image, const PartitionTable& table,
                               std::string_view label) {
  CUPEL_TRY(Partition data, partition_by_label(table, label));
  CUPEL_TRY(Partition hash, partition_by_label(table, std::string(label) + "-verity"));
  CUPEL_TRY(const ByteVector raw, read_part(image, hash.offset, kVeritySuperblockSize,
                                            kVeritySuperblockSize, "measure.verity.superblock"));
  CUPEL_TRY(VeritySuperblock superblock, parse_verity_superblock(raw));
  ByteVector root(data.uuid.begin(), data.uuid.end());
  root.insert(root.end(), hash.uuid.begin(), hash.uuid.end());
  return VerityPair{std::move(data), std::move(hash), std::move(superblock), std::move(root)};
}

}  // namespace cupel::measure

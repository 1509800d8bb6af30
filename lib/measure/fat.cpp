// FAT12, FAT16 and FAT32 (Microsoft FAT32 File System Specification 1.03), read only: a file by its
// path.
#include <algorithm>
#include <cupel/measure/disk.hpp>
#include <set>

#include "base/reader.hpp"
#include "measure/unicode.hpp"

namespace cupel::measure {
namespace {

constexpr std::size_t kMaxTable = 64U << 20U;
constexpr std::size_t kMaxDirectory = 4U << 20U;
constexpr std::size_t kEntry = 32;
constexpr std::uint8_t kLongName = 0x0f;
constexpr std::uint8_t kVolume = 0x08;
constexpr std::uint8_t kFolder = 0x10;

Error error(Code code, std::string_view field, std::uint64_t offset, std::string detail) {
  return Error{code, "measure.fat." + std::string(field), static_cast<std::size_t>(offset),
               std::move(detail)};
}

std::string folded(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  return out;
}

struct Entry {
  std::string long_name;
  std::string short_name;
  bool folder = false;
  std::uint32_t cluster = 0;
  std::uint32_t size = 0;
};

std::string short_name(Bytes raw) {
  const auto part = [](Bytes bytes) {
    const std::string_view text = as_text(bytes);
    const std::size_t last = text.find_last_not_of(' ');
    return std::string(text.substr(0, last == std::string_view::npos ? 0 : last + 1));
  };
  const std::string extension = part(raw.subspan(8, 3));
  return part(raw.first(8)) + (extension.empty() ? "" : "." + extension);
}

class FileSystem {
 public:
  static Result<FileSystem> open(const Source& source) {
    CUPEL_TRY(const ByteVector boot, read_part(source, 0, 512, 512, "measure.fat.boot_sector"));
    ByteReader r(boot, "measure.fat.boot_sector");
    r.view(11, "jump_and_oem_name");
    FileSystem out(source);
    const std::uint16_t sector = r.u16le("bytes_per_sector");
    const std::uint8_t per_cluster = r.u8("sectors_per_cluster");
    const std::uint16_t reserved = r.u16le("reserved_sectors");
    const std::uint8_t tables = r.u8("number_of_fats");
    const std::uint16_t root_entries = r.u16le("root_entries");
    const std::uint16_t total16 = r.u16le("total_sectors_16");
    r.u8("media");
    const std::uint16_t table16 = r.u16le("fat_size_16");
    r.view(8, "geometry");
    const std::uint32_t total32 = r.u32le("total_sectors_32");
    const std::uint32_t table32 = r.u32le("fat_size_32");
    r.view(4, "flags");
    const std::uint32_t root_cluster = r.u32le("root_cluster");
    CUPEL_TRY(std::ignore, r.status());
    if (boot[510] != 0x55 || boot[511] != 0xaa) {
      return error(Code::bad_magic, "boot_sector.signature", 510, "no FAT file system");
    }
    const bool power = sector >= 512 && sector <= 4096 && (sector & (sector - 1U)) == 0 &&
                       per_cluster != 0 && (per_cluster & (per_cluster - 1U)) == 0;
    const std::uint64_t total = total16 != 0 ? total16 : total32;
    const std::uint64_t table = table16 != 0 ? table16 : table32;
    const std::uint64_t root_sectors =
        (std::uint64_t{root_entries} * kEntry + sector - 1U) / (power ? sector : 512U);
    const std::uint64_t data = reserved + tables * table + root_sectors;
    if (!power || reserved == 0 || tables == 0 || table == 0 || data >= total ||
        total * sector > source.size()) {
      return error(Code::out_of_range, "boot_sector", 11, "a size has no sensible value");
    }
    out.cluster_size_ = std::uint64_t{sector} * per_cluster;
    out.clusters_ = (total - data) / per_cluster;
    out.data_ = data * sector;
    out.root_offset_ = (reserved + tables * table) * sector;
    out.root_size_ = std::uint64_t{root_entries} * kEntry;
    // As Linux decides: by the field, not by the number of clusters.
    out.bits_ = table16 == 0 ? 32U : out.clusters_ > 4084 ? 16U : 12U;
    if (out.bits_ == 32) {
      out.root_cluster_ = root_cluster;
    }
    CUPEL_TRY(out.table_, read_part(source, std::uint64_t{reserved} * sector, table * sector,
                                    kMaxTable, "measure.fat.table"));
    return out;
  }

  unsigned bits() const { return bits_; }

  Result<ByteVector> file(std::string_view path, std::size_t limit) const {
    CUPEL_TRY(ByteVector folder, root());
    while (path.starts_with('/')) {
      path.remove_prefix(1);
    }
    for (;;) {
      const std::size_t slash = path.find('/');
      const std::string_view name = path.substr(0, slash);
      CUPEL_TRY(const Entry entry, find(folder, name));
      if (slash == std::string_view::npos) {
        if (entry.folder) {
          return error(Code::missing_field, "path", kNoOffset, std::string(name) + " is a folder");
        }
        return contents(entry, limit);
      }
      if (!entry.folder) {
        return error(Code::missing_field, "path", kNoOffset, std::string(name) + " is no folder");
      }
      CUPEL_TRY(folder, chain(entry.cluster, kMaxDirectory));
      path.remove_prefix(slash + 1);
    }
  }

 private:
  explicit FileSystem(const Source& source) : source_(&source) {}

  Result<ByteVector> root() const {
    return bits_ == 32
               ? chain(root_cluster_, kMaxDirectory)
               : read_part(*source_, root_offset_, root_size_, kMaxDirectory, "measure.fat.root");
  }

  std::uint32_t table_entry(std::uint32_t cluster) const {
    const std::size_t at = std::size_t{cluster} * bits_ / 8;
    const auto byte = [&](std::size_t i) -> std::uint32_t {
      return at + i < table_.size() ? table_[at + i] : 0U;
    };
    if (bits_ == 12) {
      const std::uint32_t pair = byte(0) | byte(1) << 8U;
      return (cluster % 2 != 0 ? pair >> 4U : pair) & 0xfffU;
    }
    if (bits_ == 16) {
      return byte(0) | byte(1) << 8U;
    }
    return (byte(0) | byte(1) << 8U | byte(2) << 16U | byte(3) << 24U) & 0x0fffffffU;
  }

  bool is_end(std::uint32_t value) const {
    return value >= (bits_ == 12 ? 0xff8U : bits_ == 16 ? 0xfff8U : 0x0ffffff8U);
  }

  Result<ByteVector> chain(std::uint32_t cluster, std::size_t limit) const {
    ByteVector out;
    std::set<std::uint32_t> seen;
    while (!is_end(cluster)) {
      if (cluster < 2 || cluster - 2 >= clusters_ || !seen.insert(cluster).second) {
        return error(
            Code::out_of_range, "cluster", data_,
            "a chain leaves the file system or meets itself at cluster " + std::to_string(cluster));
      }
      if (out.size() + cluster_size_ > limit + cluster_size_) {
        return error(Code::too_large, "chain", data_, "more than " + std::to_string(limit));
      }
      CUPEL_TRY(const ByteVector part,
                read_part(*source_, data_ + (cluster - 2) * cluster_size_, cluster_size_,
                          static_cast<std::size_t>(cluster_size_), "measure.fat.cluster"));
      out.insert(out.end(), part.begin(), part.end());
      cluster = table_entry(cluster);
    }
    return out;
  }

  Result<ByteVector> contents(const Entry& entry, std::size_t limit) const {
    if (entry.size > limit) {
      return error(Code::too_large, "file", kNoOffset, std::to_string(entry.size) + " bytes");
    }
    if (entry.size == 0) {
      return ByteVector{};
    }
    CUPEL_TRY(ByteVector out, chain(entry.cluster, entry.size));
    if (out.size() < entry.size) {
      return error(Code::truncated, "file", kNoOffset, "its clusters end before its size");
    }
    out.resize(entry.size);
    return out;
  }

  // Long names stand before their short entry, last part first.
  Result<Entry> find(Bytes folder, std::string_view name) const {
    ByteVector wide;
    for (std::size_t at = 0; at + kEntry <= folder.size(); at += kEntry) {
      const Bytes raw = folder.subspan(at, kEntry);
      if (raw[0] == 0) {
        break;
      }
      if (raw[0] == 0xe5) {
        wide.clear();
        continue;
      }
      if (raw[11] == kLongName) {
        ByteVector part;
        for (const auto& [from, size] : {std::pair{1, 10}, std::pair{14, 12}, std::pair{28, 4}}) {
          const Bytes piece =
              raw.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(size));
          part.insert(part.end(), piece.begin(), piece.end());
        }
        wide.insert(wide.begin(), part.begin(), part.end());
        continue;
      }
      ByteReader r(raw, "measure.fat.entry", at);
      Entry entry;
      entry.short_name = short_name(r.view(11, "name"));
      const std::uint8_t attributes = r.u8("attributes");
      r.view(8, "times");
      const std::uint32_t high = r.u16le("first_cluster_high");
      r.view(4, "times");
      const std::uint32_t low = r.u16le("first_cluster_low");
      entry.size = r.u32le("size");
      entry.folder = (attributes & kFolder) != 0;
      entry.cluster = bits_ == 32 ? high << 16U | low : low;
      CUPEL_TRY(entry.long_name, utf16le_to_utf8(wide, "measure.fat.entry.long_name"));
      wide.clear();
      if ((attributes & kVolume) == 0 &&
          (folded(entry.short_name) == folded(name) || folded(entry.long_name) == folded(name))) {
        return entry;
      }
    }
    return error(Code::missing_field, "path", kNoOffset, "there is no " + std::string(name));
  }

  const Source* source_;
  ByteVector table_;
  std::uint64_t cluster_size_ = 0;
  std::uint64_t clusters_ = 0;
  std::uint64_t data_ = 0;
  std::uint64_t root_offset_ = 0;
  std::uint64_t root_size_ = 0;
  std::uint32_t root_cluster_ = 0;
  unsigned bits_ = 0;
};

}  // namespace

Result<ByteVector> read_fat_file(const Source& file_system, std::string_view path,
                                 std::size_t limit) {
  if (path.find_first_not_of("/\\") == std::string_view::npos) {
    return error(Code::invalid_argument, "path", kNoOffset, "names no file");
  }
  CUPEL_TRY(const FileSystem opened, FileSystem::open(file_system));
  return opened.file(path, limit);
}

Result<unsigned> fat_bits(const Source& file_system) {
  CUPEL_TRY(const FileSystem opened, FileSystem::open(file_system));
  return opened.bits();
}

Result<Partition> system_partition(const PartitionTable& table) {
  constexpr Uuid kType = {0xc1, 0x2a, 0x73, 0x28, 0xf8, 0x1f, 0x11, 0xd2,
                          0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};
  const auto found = std::ranges::find(table.partitions, kType, &Partition::type);
  if (found == table.partitions.end()) {
    return Error{Code::missing_field, "measure.gpt.partition", kNoOffset,
                 "no EFI system partition"};
  }
  if (std::ranges::count(table.partitions, kType, &Partition::type) > 1) {
    return Error{Code::duplicate_field, "measure.gpt.partition", kNoOffset,
                 "several EFI system partitions"};
  }
  return *found;
}

}  // namespace cupel::measure

// Root hashes, computed again with another salt, format or range. Each takes a pass over the image,
// which may be larger than memory.
#include <algorithm>
#include <cupel/measure/disk.hpp>

#include "base/hex.hpp"
#include "measure/explain_again.hpp"

namespace cupel::measure {
namespace {

// Salts that the image itself tells: of the hash partitions of a disk.
std::vector<std::pair<std::string, ByteVector>> own_salts(const Source& image) {
  std::vector<std::pair<std::string, ByteVector>> out;
  const auto table = parse_partition_table(image);
  if (!table) {
    return out;
  }
  for (const Partition& partition : table->partitions) {
    const auto raw = read_part(image, partition.offset, kVeritySuperblockSize,
                               kVeritySuperblockSize, "measure.verity.superblock");
    const auto superblock = raw ? parse_verity_superblock(*raw) : raw.error();
    if (superblock) {
      out.emplace_back("with the salt of partition " + partition.label, superblock->format.salt);
    }
  }
  return out;
}

struct Attempt {
  std::string change;
  VerityFormat format;
  std::uint64_t blocks = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

}  // namespace

void Again::verity() {
  const auto entry = std::ranges::find(recipe_.inputs, "image", &RecipeInput::role);
  const auto algorithm = algorithm_by_name(recipe_.parameter("hash"), "hash");
  const auto salt = from_hex(recipe_.parameter("salt"), "salt");
  const auto image =
      entry == recipe_.inputs.end() || !algorithm || !salt ? nullptr : source(*entry);
  if (image == nullptr) {
    return;
  }
  const Attempt base{{},
                     {*algorithm, static_cast<unsigned>(number("hash_type")),
                      static_cast<std::uint32_t>(number("data_block_size")),
                      static_cast<std::uint32_t>(number("hash_block_size")), *salt},
                     number("data_blocks"),
                     number("offset"),
                     number("size")};
  std::vector<Attempt> attempts;
  const auto with = [&](std::string change, const auto& edit) {
    Attempt other = base;
    other.change = std::move(change);
    edit(other);
    const bool same = other.format == base.format && other.blocks == base.blocks &&
                      other.offset == base.offset && other.size == base.size;
    if (!same) {
      attempts.push_back(std::move(other));
    }
  };
  with("without a salt", [](Attempt& one) { one.format.salt.clear(); });
  with("with a salt of 32 zero bytes", [](Attempt& one) { one.format.salt.assign(32, 0); });
  std::vector<std::pair<std::string, ByteVector>> salts = options_.salts;
  if (const auto seed = uuid_from_text(recipe_.parameter("repart_seed"), "repart_seed")) {
    salts.emplace_back("with systemd-repart's salt of the recipe's seed", repart_salt(*seed));
  }
  std::ranges::move(own_salts(*image), std::back_inserter(salts));
  for (const auto& [change, other] : salts) {
    with(change, [&salt = other](Attempt& one) { one.format.salt = salt; });
  }
  with("hash type " + std::string(base.format.hash_type == 0 ? "1" : "0"),
       [](Attempt& one) { one.format.hash_type = one.format.hash_type == 0 ? 1 : 0; });
  for (const std::uint32_t block : {512U, 1024U, 4096U, 65536U}) {
    with("data blocks of " + std::to_string(block), [&](Attempt& one) {
      one.format.data_block_size = block;
      one.blocks = block == base.format.data_block_size ? base.blocks : 0;
    });
    with("hash blocks of " + std::to_string(block),
         [&](Attempt& one) { one.format.hash_block_size = block; });
  }
  const std::uint64_t whole =
      base.format.data_block_size == 0 ? 0 : base.size / base.format.data_block_size;
  if (whole != base.blocks) {
    with("all whole blocks of the data", [](Attempt& one) { one.blocks = 0; });
  }
  if (base.size != image->size()) {
    with("the whole file", [&](Attempt& one) {
      one.blocks = 0;
      one.offset = 0;
      one.size = image->size();
    });
  }
  for (const Attempt& one : attempts) {
    const auto range = SourceRange::of(*image, one.offset, one.size);
    if (!range) {
      continue;
    }
    const auto root = options_.root ? options_.root(*range, one.format, one.blocks)
                                    : verity_root(*range, one.format, one.blocks);
    if (root) {
      offer("root_hash", root->root_hash, one.change);
    }
    if (!found_.empty()) {
      return;  // one is the answer, and each takes a pass over the image
    }
  }
}

}  // namespace cupel::measure

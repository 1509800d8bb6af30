// The collection's dm-verity cases: root hashes and trees as veritysetup and systemd-repart made
// them.
#include <gtest/gtest.h>

#include <cupel/measure/disk.hpp>
#include <map>

#include "crypto/digest.hpp"
#include "support/measure_case.hpp"

namespace cupel::measure {
namespace {

using testing::MeasureCase;

VerityFormat format_of(const MeasureCase& found) {
  VerityFormat out;
  out.algorithm = algorithm_by_name(found.text({"params", "hash"}, "sha256"), "case").value();
  out.hash_type = static_cast<unsigned>(found.number({"params", "hash_type"}, 1));
  out.data_block_size =
      static_cast<std::uint32_t>(found.number({"params", "data_block_size"}, 4096));
  out.hash_block_size =
      static_cast<std::uint32_t>(found.number({"params", "hash_block_size"}, 4096));
  out.salt = found.hex({"params", "salt"});
  return out;
}

std::string sha256_hex(Bytes bytes) {
  return to_hex(crypto::sha256(bytes));
}

void check_root(const MeasureCase& found) {
  const VerityFormat format = format_of(found);
  const ByteVector data = found.file(found.has_file("data.img") ? "data.img" : "disk.img");
  std::map<std::uint64_t, ByteVector> blocks;
  const VerityWork work{.sink = [&](std::uint64_t block, Bytes content) -> Result<Unit> {
    blocks[block] = to_vector(content);
    return Unit{};
  }};
  const auto root =
      verity_root(MemorySource(data), format, found.number({"params", "data_blocks"}, 0), work);
  if (found.has({"expected", "error"})) {
    EXPECT_FALSE(root.ok());
    return;
  }
  ASSERT_TRUE(root.ok()) << to_string(root.error());
  EXPECT_EQ(to_hex(root->root_hash), found.text({"expected", "root_hash"}));
  EXPECT_EQ(root->layout.data_blocks, found.number({"expected", "data_blocks"}, 0));
  EXPECT_EQ(root->layout.hash_blocks, found.number({"expected", "hash_blocks"}, ~0U));
  ByteVector tree;
  for (const auto& [block, content] : blocks) {
    tree.insert(tree.end(), content.begin(), content.end());
  }
  if (!found.has({"expected", "tree_sha256"})) {
    const auto faults =
        verity_compare(MemorySource(data), format, root->layout.data_blocks, MemorySource(data),
                       found.number({"expected", "tree_offset"}, 0), root->root_hash);
    ASSERT_TRUE(faults.ok());
    EXPECT_TRUE(faults->empty());
    return;
  }
  EXPECT_EQ(sha256_hex(tree), found.text({"expected", "tree_sha256"}));
  ByteVector device;
  if (found.flag({"params", "superblock"}, false)) {
    device = marshal({format, root->layout.data_blocks,
                      uuid_from_text(found.text({"params", "uuid"}), "uuid").value()})
                 .value();
    device.resize(format.hash_block_size);
  }
  device.insert(device.end(), tree.begin(), tree.end());
  EXPECT_EQ(device.size(), found.number({"expected", "hash_device_size"}, 0));
  EXPECT_EQ(sha256_hex(device), found.text({"expected", "hash_device_sha256"}));
}

void check_tampered(const MeasureCase& found) {
  const ByteVector data = found.file("data.img");
  const ByteVector hash = found.file("hash.img");
  const VeritySuperblock superblock =
      parse_verity_superblock(Bytes(hash).first(kVeritySuperblockSize)).value();
  const auto faults = verity_compare(MemorySource(data), superblock.format, superblock.data_blocks,
                                     MemorySource(hash), superblock.format.hash_block_size,
                                     found.hex({"params", "root_hash"}));
  ASSERT_TRUE(faults.ok()) << to_string(faults.error());
  ASSERT_EQ(faults->size(), 1U);
  const VerityFault& fault = faults->front();
  if (found.id() == "verity-tamper-data") {
    EXPECT_EQ(fault.kind, VerityFault::Kind::data_block);
    EXPECT_NE(
        found.text({"expected", "stderr"}).find("position " + std::to_string(fault.offset) + "."),
        std::string::npos)
        << fault.offset;
  } else {
    EXPECT_NE(fault.kind, VerityFault::Kind::data_block);
  }
}

void check_disk(const MeasureCase& found) {
  const ByteVector image = found.file("disk.raw");
  const MemorySource source(image);
  const PartitionTable table = parse_partition_table(source).value();
  for (const json::Value& expected : *found.find({"expected", "pairs"})->array()) {
    const VerityPair pair = verity_pair(source, table, *expected.find("label")->string()).value();
    EXPECT_EQ(to_hex(pair.root_hash), *expected.find("root_hash")->string());
    const json::Value& data = *expected.find("data_partition");
    EXPECT_EQ(to_text(pair.data.type), *data.find("type")->string());
    EXPECT_EQ(to_text(pair.data.uuid), *data.find("partuuid")->string());
    EXPECT_EQ(pair.data.offset, *data.find("offset")->unsigned_integer());
    EXPECT_EQ(pair.data.size, *data.find("size")->unsigned_integer());
    EXPECT_EQ(pair.data.number, *data.find("index")->unsigned_integer());
    EXPECT_EQ(pair.superblock.data_blocks, *expected.find("data_blocks")->unsigned_integer());
    EXPECT_EQ(to_hex(pair.superblock.format.salt), *expected.find("salt")->string());
    const SourceRange part = SourceRange::of(source, pair.data.offset, pair.data.size).value();
    const auto root = verity_root(part, pair.superblock.format, pair.superblock.data_blocks);
    ASSERT_TRUE(root.ok());
    EXPECT_EQ(to_hex(root->root_hash), *expected.find("root_hash")->string());
  }
}

TEST(MeasureVerityVectors, AllComeOutAsTheirOracleSays) {
  const auto cases = testing::measure_cases({"measure-verity"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  EXPECT_EQ(cases.size(), 31U);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    if (found.has({"expected", "pairs"})) {
      check_disk(found);
    } else if (found.has({"expected", "verify"})) {
      check_tampered(found);
    } else {
      check_root(found);
    }
  }
}

}  // namespace
}  // namespace cupel::measure

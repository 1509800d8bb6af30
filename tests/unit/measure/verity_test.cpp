#include <gtest/gtest.h>

#include <cupel/measure/verity.hpp>
#include <map>
#include <mutex>

#include "crypto/digest.hpp"
#include "measure/verity_blocks.hpp"
#include "support/measure_case.hpp"

namespace cupel::measure {
namespace {

using testing::test_bytes;

struct Made {
  ByteVector root;
  ByteVector tree;
  VerityLayout layout;
};

Made make(Bytes data, const VerityFormat& format, std::uint64_t blocks = 0) {
  std::map<std::uint64_t, ByteVector> pieces;
  const VerityWork work{.sink = [&](std::uint64_t block, Bytes content) -> Result<Unit> {
    EXPECT_TRUE(pieces.emplace(block, to_vector(content)).second) << "a block given twice";
    return Unit{};
  }};
  auto root = verity_root(MemorySource(data), format, blocks, work).value();
  Made out{std::move(root.root_hash), {}, std::move(root.layout)};
  for (const auto& [block, content] : pieces) {
    EXPECT_EQ(block * format.hash_block_size, out.tree.size()) << "a block is missing";
    out.tree.insert(out.tree.end(), content.begin(), content.end());
  }
  return out;
}

// The definition, without any cleverness: levels as whole arrays.
Made by_definition(Bytes data, const VerityFormat& format) {
  const std::size_t size = digest_size(format.algorithm);
  const auto hash = [&](Bytes block) {
    return format.hash_type == 1
               ? crypto::digest(crypto_hash(format.algorithm), {format.salt, block})
               : crypto::digest(crypto_hash(format.algorithm), {block, format.salt});
  };
  std::vector<ByteVector> digests;
  for (std::size_t i = 0; i + format.data_block_size <= data.size(); i += format.data_block_size) {
    digests.push_back(hash(data.subspan(i, format.data_block_size)));
  }
  std::size_t slot = size;
  std::size_t power = 1;
  while (power < size) {
    power *= 2;
  }
  if (format.hash_type == 1) {
    slot = power;
  }
  const std::size_t per_block = format.hash_block_size / power;
  Made out;
  while (digests.size() > 1) {
    ByteVector level;
    std::vector<ByteVector> above;
    for (std::size_t i = 0; i < digests.size(); i += per_block) {
      ByteVector block(format.hash_block_size);
      for (std::size_t j = i; j < std::min(i + per_block, digests.size()); ++j) {
        std::copy(digests[j].begin(), digests[j].end(),
                  block.begin() + static_cast<std::ptrdiff_t>((j - i) * slot));
      }
      above.push_back(hash(block));
      level.insert(level.end(), block.begin(), block.end());
    }
    out.tree.insert(out.tree.begin(), level.begin(), level.end());
    digests = std::move(above);
  }
  out.root = digests.at(0);
  return out;
}

TEST(MeasureVerity, IsTheDefinitionForAwkwardNumbersOfBlocks) {
  VerityFormat format;
  format.data_block_size = 512;
  format.hash_block_size = 512;
  format.salt = test_bytes(32, 9);
  const ByteVector data = test_bytes(std::size_t{4200} * 512);
  for (const std::size_t blocks :
       {1U, 2U, 15U, 16U, 17U, 255U, 256U, 257U, 4095U, 4096U, 4097U, 4200U}) {
    const Bytes used = Bytes(data).first(blocks * 512);
    const Made made = make(used, format);
    const Made expected = by_definition(used, format);
    EXPECT_EQ(made.root, expected.root) << blocks;
    EXPECT_EQ(made.tree, expected.tree) << blocks;
    EXPECT_EQ(made.layout.data_blocks, blocks);
    EXPECT_EQ(made.layout.hash_blocks * 512, made.tree.size());
  }
}

TEST(MeasureVerity, IsTheDefinitionForEveryFormat) {
  const ByteVector data = test_bytes(std::size_t{300} * 1024 + 77);
  for (const Algorithm algorithm :
       {Algorithm::sha1, Algorithm::sha256, Algorithm::sha384, Algorithm::sha512}) {
    for (const unsigned type : {0U, 1U}) {
      for (const std::uint32_t data_block : {512U, 4096U}) {
        for (const std::uint32_t hash_block : {512U, 1024U, 65536U}) {
          const VerityFormat format{algorithm, type, data_block, hash_block, test_bytes(13, 3)};
          const Made made = make(data, format);
          const Made expected = by_definition(data, format);
          EXPECT_EQ(made.root, expected.root) << to_string(algorithm) << type << data_block;
          EXPECT_EQ(made.tree, expected.tree) << to_string(algorithm) << type << hash_block;
        }
      }
    }
  }
}

TEST(MeasureVerity, RefusesParametersOutOfRange) {
  const ByteVector data(8192);
  const auto refusal = [&](VerityFormat format, std::uint64_t blocks = 0) {
    return verity_root(MemorySource(data), format, blocks).error();
  };
  for (const std::uint32_t size : {0U, 1U, 256U, 768U, 4095U, 1048576U, 0xffffffffU}) {
    EXPECT_EQ(refusal({.data_block_size = size}).where, "measure.verity.data_block_size") << size;
    EXPECT_EQ(refusal({.hash_block_size = size}).where, "measure.verity.hash_block_size") << size;
  }
  EXPECT_EQ(refusal({.hash_type = 2}).where, "measure.verity.hash_type");
  EXPECT_EQ(refusal({.salt = ByteVector(257)}).where, "measure.verity.salt");
  EXPECT_EQ(refusal({}, 3).code, Code::out_of_range);
  EXPECT_EQ(refusal({}, 3).where, "measure.verity.data_blocks");
}

TEST(MeasureVerity, RefusesDataSmallerThanOneBlock) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4095}}) {
    const ByteVector data(size);
    const auto result = verity_root(MemorySource(data), {});
    ASSERT_FALSE(result.ok()) << size;
    EXPECT_EQ(result.error().code, Code::out_of_range);
    EXPECT_EQ(result.error().where, "measure.verity.data_blocks");
  }
}

TEST(MeasureVerity, StopsWhenTheCallerSaysSo) {
  const ByteVector data = test_bytes(std::size_t{6} << 20U);
  const VerityWork work{.progress = [](std::uint64_t done, std::uint64_t all) {
    EXPECT_LE(done, all);
    return false;
  }};
  const auto result = verity_root(MemorySource(data), {}, 0, work);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Code::refused);
}

TEST(MeasureVerity, GivesNoValueWhenTheSinkFails) {
  const ByteVector data = test_bytes(std::size_t{300} * 4096);
  for (const std::uint64_t bad : {0U, 1U, 3U}) {
    const VerityWork work{.sink = [&](std::uint64_t block, Bytes) -> Result<Unit> {
      return block == bad ? Result<Unit>(Error{Code::invalid_argument, "sink"}) : Unit{};
    }};
    const auto result = verity_root(MemorySource(data), {}, 0, work);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().where, "sink");
  }
}

// A source that answers well and is found to have changed at the end.
class Changing : public MemorySource {
 public:
  using MemorySource::MemorySource;
  Result<Unit> unchanged() const override { return Error{Code::bad_length, "file"}; }
};

TEST(MeasureVerity, GivesNoValueForASourceThatChanged) {
  const ByteVector data = test_bytes(8192);
  for (const std::size_t size : {4096U, 8192U}) {
    const auto result = verity_root(Changing(Bytes(data).first(size)), {});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, Code::bad_length);
  }
}

TEST(MeasureVeritySuperblock, ComesBackAsItWasWritten) {
  VeritySuperblock in;
  in.format = {Algorithm::sha512, 0, 512, 65536, test_bytes(256)};
  in.data_blocks = 12345;
  in.uuid = uuid_from_text("71601f80-beac-47c3-80f8-97f8c2ff4fcf", "uuid").value();
  const ByteVector bytes = marshal(in).value();
  ASSERT_EQ(bytes.size(), kVeritySuperblockSize);
  const VeritySuperblock out = parse_verity_superblock(bytes).value();
  EXPECT_EQ(out.format, in.format);
  EXPECT_EQ(out.data_blocks, in.data_blocks);
  EXPECT_EQ(to_text(out.uuid), "71601f80-beac-47c3-80f8-97f8c2ff4fcf");
}

TEST(MeasureVeritySuperblock, RefusesEveryCut) {
  const ByteVector bytes = marshal({.data_blocks = 1}).value();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(parse_verity_superblock(Bytes(bytes).first(size)).ok()) << size;
  }
}

struct Change {
  std::size_t offset;
  std::uint8_t value;
  Code code;
  std::string_view where;
};

TEST(MeasureVeritySuperblock, RefusesEachFieldOutOfRange) {
  const ByteVector good = marshal({.data_blocks = 5}).value();
  for (const Change& change : {
           Change{0, 'V', Code::bad_magic, "measure.verity.superblock.magic"},
           Change{8, 2, Code::unsupported_version, "measure.verity.superblock.version"},
           Change{12, 2, Code::out_of_range, "measure.verity.hash_type"},
           Change{32, 'x', Code::unsupported_algorithm, "measure.verity.superblock.algorithm"},
           Change{50, 'x', Code::reserved_not_zero, "measure.verity.superblock.algorithm"},
           Change{64, 1, Code::out_of_range, "measure.verity.data_block_size"},
           Change{71, 1, Code::out_of_range, "measure.verity.hash_block_size"},
           Change{72, 0, Code::out_of_range, "measure.verity.data_blocks"},
           Change{79, 1, Code::out_of_range, "measure.verity.data_blocks"},
           Change{81, 2, Code::out_of_range, "measure.verity.superblock.salt_size"},
           Change{87, 1, Code::reserved_not_zero, "measure.verity.superblock.reserved_0x52"},
           Change{88, 1, Code::reserved_not_zero, "measure.verity.superblock.salt_padding"},
           Change{511, 1, Code::reserved_not_zero, "measure.verity.superblock.reserved_0x158"},
       }) {
    ByteVector bad = good;
    bad.at(change.offset) = change.value;
    const auto result = parse_verity_superblock(bad);
    ASSERT_FALSE(result.ok()) << change.offset;
    EXPECT_EQ(result.error().code, change.code) << change.offset;
    EXPECT_EQ(result.error().where, change.where) << change.offset;
  }
}

std::vector<VerityFault> compare(Bytes data, Bytes tree, Bytes root, const VerityFormat& format) {
  return verity_compare(MemorySource(data), format, 0, MemorySource(tree), 0, root).value();
}

TEST(MeasureVerityCompare, NamesTheFirstBadDataBlock) {
  const VerityFormat format{.data_block_size = 512, .hash_block_size = 512};
  ByteVector data = test_bytes(std::size_t{300} * 512);
  const Made made = make(data, format);
  EXPECT_TRUE(compare(data, made.tree, made.root, format).empty());
  for (const std::size_t block : {299U, 150U, 16U, 0U}) {
    data.at(block * 512 + 511) ^= 1U;
    const auto faults = compare(data, made.tree, made.root, format);
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults.front().kind, VerityFault::Kind::data_block);
    EXPECT_EQ(faults.front().block, block);
    EXPECT_EQ(faults.front().offset, block * 512);
  }
}

TEST(MeasureVerityCompare, NoticesEveryByteOfTheTree) {
  const VerityFormat format{Algorithm::sha1, 1, 512, 512, {}};  // 20 bytes in slots of 32
  const ByteVector data = test_bytes(std::size_t{20} * 512);
  const Made made = make(data, format);
  ASSERT_EQ(made.tree.size(), 3U * 512);
  for (std::size_t i = 0; i < made.tree.size(); ++i) {
    ByteVector tree = made.tree;
    tree[i] ^= 0x80U;
    const auto faults = compare(data, tree, made.root, format);
    ASSERT_EQ(faults.size(), 1U) << i;
    EXPECT_EQ(faults.front().kind,
              i < 512 ? VerityFault::Kind::root : VerityFault::Kind::hash_block);
    EXPECT_EQ(faults.front().block, i / 512);
  }
}

TEST(MeasureVerityCompare, RefusesSpareBytesEvenUnderARightRootHash) {
  const VerityFormat format{.data_block_size = 512, .hash_block_size = 512};
  const ByteVector data = test_bytes(std::size_t{3} * 512);
  Made made = make(data, format);
  made.tree.at(511) = 1;
  const ByteVector root = BlockHasher(format).digest(made.tree);
  const auto faults = compare(data, made.tree, root, format);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults.front().kind, VerityFault::Kind::spare_area);
}

TEST(MeasureVerityCompare, RefusesATreeThatIsTooShort) {
  const ByteVector data = test_bytes(std::size_t{200} * 4096);
  const Made made = make(data, {});
  const auto result =
      verity_compare(MemorySource(data), {}, 0,
                     MemorySource(Bytes(made.tree).first(made.tree.size() - 1)), 0, made.root);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Code::truncated);
}

TEST(MeasureVerityCompare, RefusesARootHashOfAnotherLength) {
  const ByteVector data(4096);
  const auto result =
      verity_compare(MemorySource(data), {}, 0, MemorySource(data), 0, ByteVector(31));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().where, "measure.verity.root_hash");
}

TEST(MeasureVeritySalt, OfSystemdRepartComesFromItsSeed) {
  const Uuid seed = uuid_from_text("71601f80-beac-47c3-80f8-97f8c2ff4fcf", "seed").value();
  const auto cases = testing::measure_cases({"measure-verity"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  for (const auto& found : cases) {
    if (found.id() == "verity-gpt-appdisk") {
      const json::Array& pairs = *found.find({"expected", "pairs"})->array();
      EXPECT_EQ(to_hex(repart_salt(seed)), *pairs.at(0).find("salt")->string());
    }
  }
}

TEST(MeasureUuid, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", "71601f80", "71601f80-beac-47c3-80f8-97f8c2ff4fc",
        "71601f80+beac-47c3-80f8-97f8c2ff4fcf", "71601f80-beac-47c3-80f8-97f8c2ff4fcg",
        "-1601f80-beac-47c3-80f8-97f8c2ff4fcf"}) {
    EXPECT_FALSE(uuid_from_text(text, "uuid").ok()) << text;
  }
}

}  // namespace
}  // namespace cupel::measure

// Every way of hashing many blocks against libcrypto, over every shape a hash tree can ask for.
#include "measure/sha256_many.hpp"

#include <gtest/gtest.h>

#include "crypto/digest.hpp"
#include "support/measure_case.hpp"

namespace cupel::measure {
namespace {

ByteVector reference(Bytes prefix, Bytes data, std::size_t block, Bytes suffix) {
  ByteVector out;
  for (std::size_t i = 0; i < data.size(); i += block) {
    const ByteVector digest =
        crypto::digest(crypto::Hash::sha256, {prefix, data.subspan(i, block), suffix});
    out.insert(out.end(), digest.begin(), digest.end());
  }
  return out;
}

class Sha256Many : public ::testing::TestWithParam<Sha256Path> {
 protected:
  void SetUp() override {
    if (!available(GetParam())) {
      GTEST_SKIP() << "this processor has no " << to_string(GetParam());
    }
  }
  static ByteVector run(Bytes prefix, Bytes data, std::size_t block, Bytes suffix) {
    ByteVector out(data.size() / block * 32);
    sha256_blocks(GetParam(), prefix, data, block, suffix, out);
    return out;
  }
};

TEST_P(Sha256Many, AgreesWithLibcryptoForEverySaltLengthOnEitherSide) {
  const ByteVector data = testing::test_bytes(std::size_t{17} * 512);
  const ByteVector salt = testing::test_bytes(256, 2);
  for (std::size_t size = 0; size <= 256; ++size) {
    const Bytes used = Bytes(salt).first(size);
    ASSERT_EQ(run(used, data, 512, {}), reference(used, data, 512, {})) << size;
    ASSERT_EQ(run({}, data, 512, used), reference({}, data, 512, used)) << size;
  }
}

TEST_P(Sha256Many, AgreesWithLibcryptoForEveryNumberOfBlocks) {
  const ByteVector data = testing::test_bytes(std::size_t{70} * 1024, 3);
  const ByteVector salt = testing::test_bytes(32, 4);
  for (std::size_t blocks = 0; blocks <= 70; ++blocks) {
    const Bytes used = Bytes(data).first(blocks * 1024);
    ASSERT_EQ(run({}, used, 1024, {}), reference({}, used, 1024, {})) << blocks;
    ASSERT_EQ(run(salt, used, 1024, {}), reference(salt, used, 1024, {})) << blocks;
  }
}

TEST_P(Sha256Many, AgreesWithLibcryptoForEveryBlockSize) {
  const ByteVector data = testing::test_bytes(std::size_t{1} << 20U, 5);
  const ByteVector salt = testing::test_bytes(33, 6);
  for (std::size_t block = 64; block <= data.size(); block *= 2) {
    ASSERT_EQ(run(salt, data, block, {}), reference(salt, data, block, {})) << block;
    ASSERT_EQ(run({}, data, block, salt), reference({}, data, block, salt)) << block;
  }
  for (std::size_t block = 64; block <= 64 * 40; block += 64) {
    const Bytes used = Bytes(data).first(block * 19);
    ASSERT_EQ(run(salt, used, block, {}), reference(salt, used, block, {})) << block;
  }
}

TEST_P(Sha256Many, AgreesWithLibcryptoOnDataAtAnyAddress) {
  const ByteVector data = testing::test_bytes(std::size_t{40} * 512 + 64, 7);
  for (std::size_t shift = 0; shift < 64; ++shift) {
    const Bytes used = Bytes(data).subspan(shift, std::size_t{40} * 512);
    ASSERT_EQ(run({}, used, 512, {}), reference({}, used, 512, {})) << shift;
  }
}

TEST_P(Sha256Many, ToleratesNoContractBrokenByItsCaller) {
  const ByteVector data(1024);
  const ByteVector salt(257);
  ByteVector out(64);
  const auto call = [&](Bytes prefix, Bytes in, std::size_t block, std::size_t size) {
    sha256_blocks(GetParam(), prefix, in, block, {}, std::span(out).first(size));
  };
  EXPECT_THROW(call({}, data, 0, 64), std::logic_error);
  EXPECT_THROW(call({}, data, 500, 64), std::logic_error);
  EXPECT_THROW(call({}, Bytes(data).first(1000), 512, 64), std::logic_error);
  EXPECT_THROW(call({}, data, 512, 63), std::logic_error);
  EXPECT_THROW(call(salt, data, 512, 64), std::logic_error);
}

INSTANTIATE_TEST_SUITE_P(Paths, Sha256Many,
                         ::testing::Values(Sha256Path::openssl, Sha256Path::avx2,
                                           Sha256Path::sha_ni, Sha256Path::avx512),
                         [](const auto& tested) { return std::string(to_string(tested.param)); });

TEST(Sha256ManyPaths, TheBestIsOneThatThisProcessorHas) {
  EXPECT_TRUE(available(best_sha256_path()));
  EXPECT_TRUE(available(Sha256Path::openssl));
}

}  // namespace
}  // namespace cupel::measure

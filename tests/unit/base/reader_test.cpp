#include "base/reader.hpp"

#include <gtest/gtest.h>

namespace cupel {
namespace {

constexpr std::array<std::uint8_t, 8> kInput = {1, 2, 3, 4, 0, 0, 5, 6};

TEST(ByteReader, ReadsBothByteOrders) {
  ByteReader r(kInput, "t");
  EXPECT_EQ(r.u16le("a"), 0x0201);
  EXPECT_EQ(r.u16be("b"), 0x0304);
  r.zeros(2, "c");
  EXPECT_EQ(r.u16be("d"), 0x0506);
  EXPECT_TRUE(r.finish().ok());
}

TEST(ByteReader, NamesFieldAndOffsetOfEveryCut) {
  for (std::size_t cut = 0; cut < kInput.size(); ++cut) {
    ByteReader r(Bytes(kInput).first(cut), "t", 100);
    r.u32be("first");
    r.zeros(2, "gap");
    r.u16le("last");
    const auto end = r.finish();
    ASSERT_FALSE(end.ok());
    EXPECT_EQ(end.error().code, Code::truncated);
    EXPECT_EQ(end.error().where, cut < 4 ? "t.first" : cut < 6 ? "t.gap" : "t.last");
    EXPECT_EQ(end.error().offset, cut < 4 ? 100U : cut < 6 ? 104U : 106U);
  }
}

TEST(ByteReader, KeepsTheFirstErrorAndReturnsZerosAfterIt) {
  ByteReader r(kInput, "t");
  r.view(9, "long");
  EXPECT_EQ(r.u8("x"), 0);
  r.fail(Code::bad_magic, "y");
  EXPECT_EQ(r.status().error().where, "t.long");
}

TEST(ByteReader, RefusesTrailingBytes) {
  ByteReader r(kInput, "t");
  r.u32le("a");
  EXPECT_EQ(r.finish().error().code, Code::trailing_bytes);
  EXPECT_EQ(r.finish().error().offset, 4U);
}

TEST(ByteReader, PointsAtTheReservedByteThatIsSet) {
  ByteReader r(kInput, "t");
  r.u32le("a");
  r.zeros(4, "reserved");
  EXPECT_EQ(r.status().error().code, Code::reserved_not_zero);
  EXPECT_EQ(r.status().error().offset, 6U);
}

TEST(ByteReader, BoundsCountsByLimitAndByWhatIsLeft) {
  ByteReader r(kInput, "t");
  EXPECT_EQ(r.count(2, "n", 4, 4), 2U);
  ByteReader over(kInput, "t");
  EXPECT_EQ(over.count(5, "n", 4, 1), 0U);
  EXPECT_EQ(over.status().error().code, Code::out_of_range);
  ByteReader big(kInput, "t");
  EXPECT_EQ(big.count(0xffffffffffffffffULL, "n", SIZE_MAX, 2), 0U);
  EXPECT_EQ(big.status().error().code, Code::truncated);
}

}  // namespace
}  // namespace cupel

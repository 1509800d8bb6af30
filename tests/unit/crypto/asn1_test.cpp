#include "crypto/asn1.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"

namespace cupel::crypto {
namespace {

ByteVector hex(std::string_view text) {
  return from_hex(text, "test").value();
}

TEST(DerInteger, ReadsOneAndTwoOctets) {
  EXPECT_EQ(der_integer(hex("020100"), 255, "x").value(), 0U);
  EXPECT_EQ(der_integer(hex("02017f"), 255, "x").value(), 127U);
  EXPECT_EQ(der_integer(hex("02020080"), 255, "x").value(), 128U);
  EXPECT_EQ(der_integer(hex("020200db"), 255, "x").value(), 219U);
  EXPECT_EQ(der_integer(hex("020200ff"), 255, "x").value(), 255U);
}

TEST(DerInteger, RefusesWhatIsAboveTheLimitOrNegative) {
  for (const auto* text : {"02020100", "0201db", "0201ff", "02090100000000000000ff"}) {
    const auto got = der_integer(hex(text), 255, "x");
    ASSERT_FALSE(got.ok()) << text;
    EXPECT_EQ(got.error().code, Code::out_of_range) << text;
    EXPECT_EQ(got.error().where, "x");
  }
}

TEST(DerInteger, RefusesOtherEncodingsOfTheSame) {
  for (const auto* text : {"", "02", "0200", "0202", "02020001", "0203000001", "02810101",
                           "02010101", "0a0101", "040101", "3003020101"}) {
    const auto got = der_integer(hex(text), 255, "x");
    ASSERT_FALSE(got.ok()) << text;
    EXPECT_EQ(got.error().code, Code::bad_encoding) << text;
  }
}

TEST(DerIa5String, ReadsPrintableTextOnly) {
  EXPECT_EQ(der_ia5_string(hex("16054d696c616e"), "x").value(), "Milan");
  for (const auto* text : {"", "1600", "160100", "16010a", "16017f", "160180", "0c054d696c616e",
                           "16054d696c61", "16044d696c616e", "1681054d696c616e"}) {
    const auto got = der_ia5_string(hex(text), "x");
    ASSERT_FALSE(got.ok()) << text;
    EXPECT_EQ(got.error().code, Code::bad_encoding) << text;
  }
}

TEST(DerOctetString, ReadsPrimitiveOnesOnly) {
  EXPECT_EQ(der_octet_string(hex("04020102"), "x").value(), hex("0102"));
  for (const auto* text : {"", "0402", "04020102ff", "03020102", "24020102", "2480040101040102"}) {
    const auto got = der_octet_string(hex(text), "x");
    ASSERT_FALSE(got.ok()) << text;
    EXPECT_EQ(got.error().code, Code::bad_encoding) << text;
  }
}

}  // namespace
}  // namespace cupel::crypto

#include <gtest/gtest.h>

#include <cupel/time.hpp>

#include "base/base64.hpp"
#include "base/claims.hpp"
#include "base/hex.hpp"

namespace cupel {
namespace {

TEST(Hex, RoundTripsAndRefuses) {
  EXPECT_EQ(to_hex(from_hex("00ffA5", "h").value()), "00ffa5");
  EXPECT_EQ(from_hex("0", "h").error().offset, 1U);
  EXPECT_EQ(from_hex("0x00", "h").error().offset, 1U);
  EXPECT_EQ(from_hex("00 0", "h").error().code, Code::bad_encoding);
  EXPECT_EQ(from_hex("0000", 1, "h").error().code, Code::bad_length);
}

TEST(Base64, RoundTripsEveryShortLength) {
  ByteVector in;
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(from_base64(to_base64(in), "b").value(), in);
    EXPECT_EQ(from_base64url(to_base64url(in), "b").value(), in);
    in.push_back(static_cast<std::uint8_t>(i * 37));
  }
}

TEST(Base64, RefusesWhatIsNotCanonical) {
  for (const char* text : {"A", "AA", "AAA", "AB==", "AAB=", "A===", "====", "AA=A",
                           "AA==AA==", "AAAA\n", " AAA", "AA-_"}) {
    EXPECT_EQ(from_base64(text, "b").error().code, Code::bad_encoding) << text;
  }
  for (const char* text : {"A", "AB", "AA==", "AA+/"}) {
    EXPECT_FALSE(from_base64url(text, "b").ok()) << text;
  }
}

TEST(Time, ParsesAndPrints) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z").value().seconds(), 0);
  EXPECT_EQ(parse_time("2024-02-29T23:59:59+01:00").value().seconds(), 1709247599);
  EXPECT_EQ(to_string(parse_time("2024-01-01").value()), "2024-01-01T00:00:00Z");
  EXPECT_EQ(to_string(parse_time("2024-01-01T10:00:00.123Z").value()), "2024-01-01T10:00:00Z");
  EXPECT_EQ(to_string(UnixTime(-1)), "1969-12-31T23:59:59Z");
  EXPECT_EQ(to_string(kNoEnd), "none");
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "now", "2024", "2024-13-01", "2023-02-29", "2024-01-01T00:00:00",
        "2024-01-01T24:00:00Z", "2024-01-01T00:00:60Z", "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00+0100", "2024-01-01T00:00:00Zx", "-001-01-01", "2024-01-01x"}) {
    EXPECT_FALSE(parse_time(text).ok()) << text;
  }
}

TEST(Result, ThrowsInsteadOfReadingAnError) {
  const Result<int> bad = Error{Code::truncated, "x"};
  EXPECT_THROW((void)bad.value(), Exception);
  EXPECT_THROW((void)*bad, Exception);
}

TEST(Claims, IndexedNamesAreCanonical) {
  const ClaimDef def{.name = "t.pcr", .type = ClaimType::bytes, .indices = 24};
  EXPECT_EQ(index_of(def, "t.pcr.0"), 0U);
  EXPECT_EQ(index_of(def, "t.pcr.23"), 23U);
  for (const char* name : {"t.pcr", "t.pcr.", "t.pcr.24", "t.pcr.00", "t.pcr.01", "t.pcr.-1",
                           "t.pcr.1 ", "t.pcrs1", "t.pcr.99999999999"}) {
    EXPECT_FALSE(index_of(def, name)) << name;
  }
}

}  // namespace
}  // namespace cupel

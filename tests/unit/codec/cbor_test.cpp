#include "codec/cbor.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "base/hex.hpp"

namespace cupel::cbor {
namespace {

ByteVector hex(std::string_view text) {
  return from_hex(text, "test").value();
}

constexpr Rules kOpen{.indefinite = true, .tags = true};

Value read(std::string_view text, Rules rules = {}) {
  return parse(hex(text), "doc", rules).value();
}

void expect_refused(std::string_view text, Code code, std::size_t offset, Rules rules = {}) {
  const auto parsed = parse(hex(text), "doc", rules);
  ASSERT_FALSE(parsed.ok()) << text;
  EXPECT_EQ(to_string(parsed.error().code), to_string(code)) << text << parsed.error().detail;
  EXPECT_EQ(parsed.error().where, "doc");
  EXPECT_EQ(parsed.error().offset, offset) << text << ": " << parsed.error().detail;
}

TEST(CborParse, ReadsTheExamplesOfTheStandard) {
  // RFC 8949 appendix A.
  EXPECT_EQ(*read("00").unsigned_integer(), 0U);
  EXPECT_EQ(*read("17").unsigned_integer(), 23U);
  EXPECT_EQ(*read("1818").unsigned_integer(), 24U);
  EXPECT_EQ(*read("1903e8").unsigned_integer(), 1000U);
  EXPECT_EQ(*read("1a000f4240").unsigned_integer(), 1000000U);
  EXPECT_EQ(*read("1bffffffffffffffff").unsigned_integer(),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(read("20").integer(), -1);
  EXPECT_EQ(read("3863").integer(), -100);
  EXPECT_EQ(read("3903e7").integer(), -1000);
  EXPECT_FALSE(*read("f4").boolean());
  EXPECT_TRUE(*read("f5").boolean());
  EXPECT_TRUE(read("f6").is_null());
  EXPECT_TRUE(read("40").bytes()->empty());
  EXPECT_EQ(*read("4401020304").bytes(), hex("01020304"));
  EXPECT_EQ(*read("60").text(), "");
  EXPECT_EQ(*read("62c3bc").text(), "\xc3\xbc");
  EXPECT_EQ(*read("64f0908591").text(), "\xf0\x90\x85\x91");
  EXPECT_TRUE(read("80").array()->empty());
  EXPECT_EQ(read("8301820203820405").array()->at(2).array()->at(1).integer(), 5);
  EXPECT_TRUE(read("a0").map()->empty());
  EXPECT_EQ(*read("a26161016162820203").find("a")->unsigned_integer(), 1U);
  EXPECT_EQ(*read("a201020304").find(3)->unsigned_integer(), 4U);
}

TEST(CborParse, ReadsIndefiniteLengthsAndTagsWhenAsked) {
  EXPECT_TRUE(read("9fff", kOpen).array()->empty());
  EXPECT_EQ(read("9f018202039f0405ffff", kOpen), read("8301820203820405"));
  EXPECT_EQ(read("bf61610161629f0203ffff", kOpen), read("a26161016162820203"));
  const Value tagged = read("c11a514b67b0", kOpen);
  ASSERT_NE(tagged.tagged(), nullptr);
  EXPECT_EQ(tagged.tagged()->number, 1U);
  EXPECT_EQ(tagged.tagged()->content->integer(), 1363896240);
}

TEST(CborParse, TellsIntegersThatFitFromThoseThatDoNot) {
  EXPECT_EQ(read("3b7fffffffffffffff").integer(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(read("1b8000000000000000").integer(), std::nullopt);
  EXPECT_EQ(read("f6").integer(), std::nullopt);
  expect_refused("3b8000000000000000", Code::out_of_range, 0);
  expect_refused("3bffffffffffffffff", Code::out_of_range, 0);
}

TEST(CborParse, KnowsWhereValuesStand) {
  const Value value = read("820041aa");
  EXPECT_EQ(value.array()->at(1).offset(), 2U);
  EXPECT_EQ(value.array()->at(1).content_offset(), 3U);
  std::string long_bytes = "8158ff";
  long_bytes.append(510, '0');
  EXPECT_EQ(read(long_bytes).array()->at(0).content_offset(), 3U);
  EXPECT_EQ(parse(hex("8120"), "doc", {}, 100).value().array()->at(0).offset(), 101U);
  EXPECT_EQ(parse(hex("81"), "doc", {}, 100).error().offset, 101U);
}

TEST(CborParse, FindsMembersByKeyOnlyInMaps) {
  const Value value = read("a2613101010a");
  EXPECT_EQ(value.find("1")->integer(), 1);
  EXPECT_EQ(value.find(1)->integer(), 10);
  EXPECT_EQ(value.find("2"), nullptr);
  EXPECT_EQ(value.find(2), nullptr);
  EXPECT_EQ(read("01").find("1"), nullptr);
  EXPECT_EQ(read("01").find(1), nullptr);
}

TEST(CborParse, RefusesBytesThatEndTooEarly) {
  expect_refused("", Code::truncated, 0);
  expect_refused("18", Code::truncated, 1);
  expect_refused("19ff", Code::truncated, 2);
  expect_refused("420a", Code::truncated, 2);
  expect_refused("5bffffffffffffffff", Code::truncated, 9);
  expect_refused("7b7fffffffffffffff", Code::truncated, 9);
  expect_refused("8201", Code::truncated, 2);
  expect_refused("a101", Code::truncated, 2);
  expect_refused("9f01", Code::truncated, 2, kOpen);
  expect_refused("bf01", Code::truncated, 2, kOpen);
  expect_refused("c1", Code::truncated, 1, kOpen);
}

TEST(CborParse, RefusesCountsThatTheBytesCannotHold) {
  expect_refused("9bffffffffffffffff", Code::truncated, 0);
  expect_refused("9a7fffffff00", Code::truncated, 0);
  expect_refused("bbffffffffffffffff", Code::truncated, 0);
  expect_refused("bb8000000000000000", Code::truncated, 0);
  expect_refused("8501020304", Code::truncated, 5);
  expect_refused("a3010203", Code::truncated, 0);
}

TEST(CborParse, RefusesTrailingBytes) {
  expect_refused("0000", Code::trailing_bytes, 1);
  expect_refused("a000", Code::trailing_bytes, 1);
  expect_refused("80ff", Code::trailing_bytes, 1, kOpen);
  expect_refused("f6f6", Code::trailing_bytes, 1);
}

TEST(CborParse, RefusesNumbersAndLengthsWrittenLongerThanTheyNeed) {
  for (const char* text :
       {"1800", "1817", "190017", "1900ff", "1a0000ffff", "1b00000000ffffffff", "3800", "3900ff",
        "5800", "590001aa", "7800", "9800", "b800", "5a00000001aa"}) {
    expect_refused(text, Code::bad_encoding, 0);
  }
  expect_refused("d80100", Code::bad_encoding, 0, kOpen);
}

TEST(CborParse, RefusesKeysThatAppearTwice) {
  expect_refused("a2010a010b", Code::duplicate_field, 3);
  expect_refused("a261610a61610b", Code::duplicate_field, 4);
  expect_refused("a220012002", Code::duplicate_field, 3);
  expect_refused("a2410a01410a02", Code::duplicate_field, 4);
  expect_refused("bf010a010bff", Code::duplicate_field, 3, kOpen);
  expect_refused("81a2010a010b", Code::duplicate_field, 4);
  // Of different types, or in different maps: not the same key.
  EXPECT_EQ(read("a30101613102413103").map()->size(), 3U);
  EXPECT_EQ(read("82a10101a10101").array()->size(), 2U);
}

TEST(CborParse, RefusesKeysOfOtherTypes) {
  for (const char* text : {"a18001", "a1a001", "a1f401", "a1f601"}) {
    expect_refused(text, Code::bad_encoding, 1);
  }
  expect_refused("a1c10101", Code::bad_encoding, 1, kOpen);
}

TEST(CborParse, RefusesIndefiniteLengthsAndTagsUnlessAsked) {
  expect_refused("9fff", Code::bad_encoding, 0);
  expect_refused("bfff", Code::bad_encoding, 0);
  expect_refused("81bfff", Code::bad_encoding, 1);
  expect_refused("c100", Code::bad_encoding, 0);
  expect_refused("d28440a04040", Code::bad_encoding, 0);
}

TEST(CborParse, RefusesStringsInChunksAlways) {
  expect_refused("5f42010243030405ff", Code::bad_encoding, 0, kOpen);
  expect_refused("7f657374726561646d696e67ff", Code::bad_encoding, 0, kOpen);
  expect_refused("a17f6161ff01", Code::bad_encoding, 1, kOpen);
  expect_refused("5fff", Code::bad_encoding, 0, kOpen);
}

TEST(CborParse, RefusesBreaksThatEndNothing) {
  expect_refused("ff", Code::bad_encoding, 0, kOpen);
  expect_refused("81ff", Code::bad_encoding, 1, kOpen);
  expect_refused("8201ff", Code::bad_encoding, 2, kOpen);
  expect_refused("a1ff", Code::bad_encoding, 1, kOpen);
  expect_refused("bf01ff", Code::bad_encoding, 2, kOpen);  // a key without a value
  expect_refused("c1ff", Code::bad_encoding, 1, kOpen);
  expect_refused("9f81ffff", Code::bad_encoding, 2, kOpen);
}

TEST(CborParse, RefusesFloatsAndOtherSimpleValues) {
  for (const char* text : {"f90000", "f97e00", "fa47c35000", "fb3ff199999999999a", "f7", "e0", "f0",
                           "f820", "f814", "f8ff", "fc", "fd", "fe"}) {
    expect_refused(text, Code::bad_encoding, 0, kOpen);
  }
}

TEST(CborParse, RefusesReservedHeads) {
  for (const char* text :
       {"1c", "1d", "1e", "1f", "3c", "3f", "5c", "7d", "9e", "bc", "dc", "df"}) {
    expect_refused(text, Code::bad_encoding, 0, kOpen);
  }
}

TEST(CborParse, RefusesTextThatIsNotUtf8) {
  for (const char* text : {"61ff", "6180", "61c3", "62c328", "62c080", "63e08080", "63eda080",
                           "63e2826e", "64f0808080", "64f4908080", "64f5808080", "64f09085c3"}) {
    expect_refused(text, Code::bad_encoding, 0);
  }
  expect_refused("a161ff00", Code::bad_encoding, 1);
  for (const char* text : {"63ed9fbf", "63ee8080", "64f48fbfbf", "63e0a080", "62c280", "6100"}) {
    EXPECT_TRUE(parse(hex(text), "doc").ok()) << text;
  }
}

TEST(CborParse, KeepsItsLimits) {
  Rules rules{.max_size = 4, .max_depth = 2, .max_items = 3};
  EXPECT_TRUE(parse(hex("81810a"), "doc", rules).ok());
  expect_refused("8181810a", Code::too_large, 2, rules);
  expect_refused("81818100ff", Code::too_large, kNoOffset, rules);
  expect_refused("83010203", Code::too_large, 3, rules);
  const ByteVector nested(10000, 0x81);
  EXPECT_EQ(parse(nested, "doc").error().code, Code::too_large);
  const ByteVector tags(10000, 0xc1);
  EXPECT_EQ(parse(tags, "doc", kOpen).error().code, Code::too_large);
  const ByteVector endless(10000, 0x9f);
  EXPECT_EQ(parse(endless, "doc", kOpen).error().code, Code::too_large);
  ByteVector wide(5001, 0x00);
  wide[0] = 0x9f;
  EXPECT_EQ(parse(wide, "doc", kOpen).error().code, Code::too_large);
}

TEST(CborWriter, WritesTheShortestForm) {
  Writer out;
  out.array(4).unsigned_integer(255).integer(-256).text("a").bytes(hex("00ff"));
  EXPECT_EQ(to_hex(out.written()), "8418ff38ff61614200ff");
  EXPECT_EQ(to_hex(Writer().map(1).integer(1).null().written()), "a101f6");
  EXPECT_EQ(to_hex(Writer().tag(18).boolean(true).boolean(false).written()), "d2f5f4");
  EXPECT_EQ(to_hex(Writer().integer(std::numeric_limits<std::int64_t>::min()).written()),
            "3b7fffffffffffffff");
  EXPECT_EQ(to_hex(Writer().tag(60000).array(300).map(70000).written()), "d9ea6099012cba00011170");
}

TEST(CborWriter, WritesWhatWasRead) {
  for (const char* text : {"a26161016162820203", "d28443a10126a0f6420000", "83f4f5f6", "3903e7",
                           "1bffffffffffffffff", "a301010a2041ff60"}) {
    EXPECT_EQ(to_hex(Writer().value(read(text, kOpen)).written()), text);
  }
}

TEST(CborMapReader, ReadsMembersOfEveryType) {
  const Value value = read("a5616101616261786163420102616481f66165a0");
  MapReader reader(value, "m");
  EXPECT_EQ(reader.unsigned_integer("a"), 1U);
  EXPECT_EQ(reader.text("b"), "x");
  EXPECT_EQ(reader.bytes("c"), hex("0102"));
  EXPECT_EQ(reader.array("d")->size(), 1U);
  EXPECT_TRUE(reader.map("e")->empty());
  EXPECT_EQ(reader.optional("f"), nullptr);
  EXPECT_TRUE(reader.finish().ok());
}

Error error_of(const MapReader& reader) {
  const auto result = reader.finish();
  return result ? Error{Code::internal, "accepted"} : result.error();
}

TEST(CborMapReader, RefusesWhatIsMissingUnknownOrOfAnotherType) {
  const Value value = read("a2616101616220");
  {
    MapReader reader(value, "m");
    (void)reader.unsigned_integer("a");
    EXPECT_EQ(error_of(reader).code, Code::unknown_field);
    EXPECT_EQ(error_of(reader).where, "m.b");
    EXPECT_EQ(error_of(reader).offset, 4U);
  }
  {
    MapReader reader(value, "m");
    (void)reader.text("c");
    (void)reader.text("a");  // the first error stays
    EXPECT_EQ(error_of(reader).code, Code::missing_field);
    EXPECT_EQ(error_of(reader).where, "m.c");
  }
  const auto mistyped = [&](auto member, auto read_it) {
    MapReader reader(value, "m");
    read_it(reader, member);
    EXPECT_EQ(error_of(reader).code, Code::bad_encoding);
    EXPECT_EQ(error_of(reader).where, std::string("m.") + member);
  };
  mistyped("a", [](MapReader& r, const char* k) { (void)r.text(k); });
  mistyped("a", [](MapReader& r, const char* k) { (void)r.bytes(k); });
  mistyped("a", [](MapReader& r, const char* k) { (void)r.array(k); });
  mistyped("a", [](MapReader& r, const char* k) { (void)r.map(k); });
  mistyped("b", [](MapReader& r, const char* k) { (void)r.unsigned_integer(k); });
}

TEST(CborMapReader, RefusesWhatIsNoMapWithTexts) {
  const Value array = read("8101");
  EXPECT_EQ(error_of(MapReader(array, "m")).code, Code::bad_encoding);
  const Value numbers = read("a10101");
  EXPECT_EQ(error_of(MapReader(numbers, "m")).code, Code::bad_encoding);
  EXPECT_EQ(error_of(MapReader(numbers, "m")).offset, 1U);
}

TEST(CborMapReader, MakesHostileKeysPlain) {
  const Value value = read("a1631b5b6d01");
  EXPECT_EQ(error_of(MapReader(value, "m")).where, "m.?[m");
}

}  // namespace
}  // namespace cupel::cbor

#include "codec/json.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace cupel::json {
namespace {

Error error_of(std::string_view text, Limits limits = {}) {
  auto parsed = parse(text, "doc", limits);
  EXPECT_FALSE(parsed.ok()) << text;
  return parsed.ok() ? Error{Code::internal, "accepted"} : parsed.error();
}

void expect_refused(std::string_view text, Code code, std::size_t offset) {
  const Error error = error_of(text);
  EXPECT_EQ(to_string(error.code), to_string(code)) << text << ": " << error.detail;
  EXPECT_EQ(error.where, "doc");
  EXPECT_EQ(error.offset, offset) << text << ": " << error.detail;
}

TEST(JsonParse, ReadsEveryKindOfValue) {
  const Value value =
      parse(R"( {"a":[1,-2,1.5,true,false,null,"x\u00e9\n"],"b":{}} )", "doc").value();
  const Array& a = *value.find("a")->array();
  ASSERT_EQ(a.size(), 7U);
  EXPECT_EQ(*a[0].unsigned_integer(), 1U);
  EXPECT_EQ(std::get<std::int64_t>(a[1].data()), -2);
  EXPECT_EQ(std::get<double>(a[2].data()), 1.5);
  EXPECT_TRUE(*a[3].boolean());
  EXPECT_FALSE(*a[4].boolean());
  EXPECT_TRUE(a[5].is_null());
  EXPECT_EQ(*a[6].string(), "x\xc3\xa9\n");
  EXPECT_TRUE(value.find("b")->object()->empty());
  EXPECT_EQ(value.find("c"), nullptr);
  EXPECT_EQ(a[0].find("c"), nullptr);
  EXPECT_EQ(*parse("7", "doc").value().unsigned_integer(), 7U);
}

TEST(JsonParse, KeepsTheOrderOfMembers) {
  const Value value = parse(R"({"z":1,"a":2,"m":3})", "doc").value();
  EXPECT_EQ(value.object()->at(0).first, "z");
  EXPECT_EQ(value.object()->at(2).first, "m");
}

TEST(JsonParse, TellsUnsignedFromSignedIntegers) {
  EXPECT_EQ(*parse("18446744073709551615", "doc").value().unsigned_integer(),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(std::get<std::int64_t>(parse("-9223372036854775808", "doc").value().data()),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(*parse("-0", "doc").value().unsigned_integer(), 0U);
  EXPECT_EQ(*Value(5).unsigned_integer(), 5U);
  EXPECT_EQ(Value(-5).unsigned_integer(), nullptr);
  EXPECT_EQ(Value(-5).type_name(), "number");
}

TEST(JsonParse, RefusesIntegersBeyond64Bits) {
  for (const char* text : {"18446744073709551616", "-9223372036854775809",
                           "100000000000000000000000000000000", "[1,99999999999999999999]"}) {
    EXPECT_EQ(error_of(text).code, Code::out_of_range) << text;
  }
  EXPECT_EQ(error_of("1e999").code, Code::out_of_range);
  EXPECT_EQ(error_of("[-1e999]").code, Code::out_of_range);
}

TEST(JsonParse, RefusesDuplicateKeysInAnyObject) {
  expect_refused(R"({"debug":false,"debug":true})", Code::duplicate_field, 22);
  EXPECT_EQ(error_of(R"([{"a":{"b":1,"c":2,"b":1}}])").code, Code::duplicate_field);
  EXPECT_EQ(error_of(R"({"a":1,"\u0061":1})").code, Code::duplicate_field);
  EXPECT_EQ(error_of(R"({"":1,"":1})").code, Code::duplicate_field);
  EXPECT_TRUE(parse(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})", "doc").ok());
}

TEST(JsonParse, RefusesTextAfterTheEnd) {
  expect_refused("{} x", Code::trailing_bytes, 3);
  expect_refused("{}{}", Code::trailing_bytes, 2);
  expect_refused("1 2", Code::trailing_bytes, 2);
  expect_refused("[],", Code::trailing_bytes, 2);
  EXPECT_TRUE(parse("{}\n \t\r", "doc").ok());
}

TEST(JsonParse, RefusesEveryPrefixOfADocument) {
  const std::string text = R"({"a":[1,-2.5e3,true,null,"x\u00e9"],"b":{"c":"d"}})";
  ASSERT_TRUE(parse(text, "doc").ok());
  for (std::size_t n = 0; n < text.size(); ++n) {
    expect_refused(text.substr(0, n), Code::truncated, n);
  }
}

TEST(JsonParse, RefusesNulBytesAndByteOrderMarks) {
  using namespace std::string_view_literals;
  expect_refused("{}\0"sv, Code::bad_encoding, 2);
  expect_refused("{}\0garbage"sv, Code::bad_encoding, 2);
  expect_refused("\0"sv, Code::bad_encoding, 0);
  expect_refused("\xef\xbb\xbf{}"sv, Code::bad_encoding, 0);
}

TEST(JsonParse, RefusesWhatIsNotJson) {
  for (const char* text :
       {"NaN",       "Infinity", "-Infinity",  "nul",       "True",        "'a'",
        "{a:1}",     "[1,]",     "{\"a\":1,}", "01",        "+1",          ".5",
        "1.",        "0x10",     "1e",         "// c\n1",   "/* c */ 1",   "[1 2]",
        "{\"a\" 1}", "{1:2}",    "\"\t\"",     "\"\\x41\"", "\"\\ud800\"", "\"\\udc00\\ud800\"",
        "}",         ",",        "{\"a\":}"}) {
    const Error error = error_of(text);
    EXPECT_TRUE(error.code == Code::bad_encoding || error.code == Code::truncated ||
                error.code == Code::trailing_bytes)
        << text << " " << to_string(error.code);
  }
}

TEST(JsonParse, RefusesInvalidUtf8) {
  for (const char* text : {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
                           "\"\xe2\x82\"", "{\"\xfe\":1}", "\xc3\xa9"}) {
    EXPECT_EQ(error_of(text).code, Code::bad_encoding);
  }
  EXPECT_EQ(error_of("[\"ok\",\"\xff\"]").offset, 7U);
}

TEST(JsonParse, BoundsDepthAndSize) {
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_TRUE(parse(nested(32), "doc").ok());
  EXPECT_EQ(error_of(nested(33)).code, Code::too_large);
  EXPECT_EQ(error_of(nested(33)).offset, 33U);
  EXPECT_EQ(error_of(std::string(10000, '[')).code, Code::too_large);
  std::string objects;
  for (int i = 0; i < 10000; ++i) {
    objects += "{\"a\":";
  }
  EXPECT_EQ(error_of(objects).code, Code::too_large);
  EXPECT_TRUE(parse("[1]", "doc", {.max_size = 3, .max_depth = 1}).ok());
  EXPECT_EQ(error_of("[1] ", {.max_size = 3, .max_depth = 1}).code, Code::too_large);
  EXPECT_EQ(error_of("[[]]", {.max_size = 9, .max_depth = 1}).code, Code::too_large);
}

TEST(JsonParse, TakesManyMembersWithoutSlowingToACrawl) {
  std::string text = "{";
  for (int i = 0; i < 50000; ++i) {
    text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  }
  EXPECT_EQ(parse(text + "}", "doc").value().object()->size(), 50000U);
  EXPECT_EQ(error_of(text + ",\"49999\":1}").code, Code::duplicate_field);
}

TEST(JsonDump, RoundTrips) {
  const std::string text =
      R"({"z":[1,-2,1.5,1.0,true,null,"é\u0001\"\\"],"a":{},"e":[],"big":18446744073709551615})";
  const Value value = parse(text, "doc").value();
  EXPECT_EQ(dump(value), text);
  EXPECT_EQ(parse(dump(value, 2), "doc").value(), value);
  EXPECT_EQ(dump(Value(Object{{"a", Array{1}}}), 2), "{\n  \"a\": [\n    1\n  ]\n}");
}

TEST(JsonDump, CannotFailOnInvalidUtf8) {
  EXPECT_EQ(dump(Value("a\xff")), "\"a\xef\xbf\xbd\"");
  EXPECT_EQ(dump(Value(Object{{"\xff", 1}})), "{\"\xef\xbf\xbd\":1}");
  EXPECT_EQ(dump(Value(std::numeric_limits<double>::quiet_NaN())), "null");
}

Value sample() {
  return parse(R"({"s":"text","n":5,"neg":-1,"f":1.5,"t":true,"a":[1],"o":{"k":1},
                   "b64":"AAEC","hex":"00ff","null":null})",
               "doc")
      .value();
}

TEST(JsonObjectReader, ReadsMembersAndFinishes) {
  const Value value = sample();
  ObjectReader r(value, "doc");
  EXPECT_EQ(r.string("s"), "text");
  EXPECT_EQ(r.unsigned_integer("n"), 5U);
  EXPECT_TRUE(r.boolean("t"));
  EXPECT_EQ(r.array("a")->size(), 1U);
  EXPECT_EQ(r.object("o")->size(), 1U);
  EXPECT_EQ(r.base64("b64"), (ByteVector{0, 1, 2}));
  EXPECT_EQ(r.hex("hex"), (ByteVector{0, 255}));
  EXPECT_TRUE(r.required("null")->is_null());
  EXPECT_EQ(r.optional_string("absent"), std::nullopt);
  EXPECT_EQ(r.optional_boolean("absent"), std::nullopt);
  EXPECT_EQ(r.optional("absent"), nullptr);
  EXPECT_TRUE(r.has("neg"));
  EXPECT_FALSE(r.has("absent"));
  EXPECT_NE(r.required("neg"), nullptr);
  EXPECT_NE(r.required("f"), nullptr);
  EXPECT_TRUE(r.finish().ok());
}

TEST(JsonObjectReader, RefusesMembersNobodyAskedFor) {
  const Value value = parse(R"({"a":1,"typo":2,"other":3})", "doc").value();
  ObjectReader r(value, "tpm.evidence");
  EXPECT_EQ(r.unsigned_integer("a"), 1U);
  EXPECT_TRUE(r.has("typo"));  // looking is not asking
  EXPECT_EQ(r.finish().error().code, Code::unknown_field);
  EXPECT_EQ(r.finish().error().where, "tpm.evidence.typo");
}

TEST(JsonObjectReader, NamesTheMemberThatIsMissing) {
  const Value value = parse(R"({"quote":{}})", "doc").value();
  ObjectReader r(*value.find("quote"), "tpm.evidence.quote");
  EXPECT_EQ(r.base64("message"), ByteVector());
  EXPECT_FALSE(r.ok());
  EXPECT_EQ(r.finish().error().code, Code::missing_field);
  EXPECT_EQ(r.finish().error().where, "tpm.evidence.quote.message");
}

TEST(JsonObjectReader, RefusesMembersOfAnotherType) {
  const Value value = sample();
  const auto first_error = [&](auto read) {
    ObjectReader r(value, "doc");
    read(r);
    return r.finish().error();
  };
  const auto expect = [&](Code code, std::string_view where, auto read) {
    const Error error = first_error(read);
    EXPECT_EQ(to_string(error.code), to_string(code)) << where;
    EXPECT_EQ(error.where, where);
  };
  expect(Code::bad_encoding, "doc.n", [](ObjectReader& r) { (void)r.string("n"); });
  expect(Code::bad_encoding, "doc.s", [](ObjectReader& r) { (void)r.unsigned_integer("s"); });
  expect(Code::out_of_range, "doc.neg", [](ObjectReader& r) { (void)r.unsigned_integer("neg"); });
  expect(Code::out_of_range, "doc.f", [](ObjectReader& r) { (void)r.unsigned_integer("f"); });
  expect(Code::bad_encoding, "doc.s", [](ObjectReader& r) { (void)r.boolean("s"); });
  expect(Code::bad_encoding, "doc.o", [](ObjectReader& r) { (void)r.array("o"); });
  expect(Code::bad_encoding, "doc.a", [](ObjectReader& r) { (void)r.object("a"); });
  expect(Code::bad_encoding, "doc.null", [](ObjectReader& r) { (void)r.optional_string("null"); });
  expect(Code::bad_encoding, "doc.s", [](ObjectReader& r) { (void)r.optional_boolean("s"); });
  expect(Code::bad_encoding, "doc.hex", [](ObjectReader& r) {
    (void)r.base64("b64");
    (void)r.hex("hex");
    r.fail(Code::bad_encoding, "hex");
  });
  expect(Code::bad_encoding, "doc.s", [](ObjectReader& r) { (void)r.hex("s"); });
  expect(Code::bad_encoding, "doc.o", [](ObjectReader& r) { (void)r.base64("o"); });
}

TEST(JsonObjectReader, KeepsTheFirstError) {
  const Value value = sample();
  ObjectReader r(value, "doc");
  (void)r.string("absent");
  EXPECT_EQ(r.string("s"), "");
  EXPECT_EQ(r.unsigned_integer("n"), 0U);
  EXPECT_EQ(r.required("t"), nullptr);
  EXPECT_EQ(r.hex("hex"), ByteVector());
  r.fail(Code::internal, "later");
  EXPECT_EQ(r.finish().error().where, "doc.absent");
}

TEST(JsonObjectReader, RefusesWhatIsNoObject) {
  const Value value = parse("[1]", "doc").value();
  ObjectReader r(value, "doc");
  EXPECT_FALSE(r.ok());
  EXPECT_FALSE(r.has("a"));
  EXPECT_EQ(r.optional("a"), nullptr);
  EXPECT_EQ(r.finish().error().code, Code::bad_encoding);
  EXPECT_EQ(r.finish().error().where, "doc");
}

TEST(JsonObjectReader, KeepsHostileKeysShortInPlaces) {
  const Value value = Object{{std::string(63, 'k') + "\xc3\xa9" + std::string(1000, 'k'), 1}};
  const ObjectReader r(value, "doc");
  EXPECT_EQ(r.finish().error().where, "doc." + std::string(63, 'k'));
}

}  // namespace
}  // namespace cupel::json

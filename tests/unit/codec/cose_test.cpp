#include "codec/cose.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"

namespace cupel::cose {
namespace {

ByteVector hex(std::string_view text) {
  return from_hex(text, "test").value();
}

// [ protected, unprotected, payload "p", signature "s" ], the first two as hex of their CBOR.
std::string message(std::string_view protected_part, std::string_view unprotected_part) {
  return "84" + std::string(protected_part) + std::string(unprotected_part) + "41704173";
}

void expect_refused(std::string_view text, Code code, std::string_view where, std::size_t offset,
                    const Rules& rules = {}) {
  const auto parsed = parse_sign1(hex(text), "doc", rules);
  ASSERT_FALSE(parsed.ok()) << text;
  EXPECT_EQ(to_string(parsed.error().code), to_string(code)) << text << parsed.error().detail;
  EXPECT_EQ(parsed.error().where, where) << text;
  EXPECT_EQ(parsed.error().offset, offset) << text << ": " << parsed.error().detail;
}

TEST(CoseSign1, ReadsTaggedAndUntaggedMessages) {
  const std::string body = message("44a1013822", "a0");
  for (const std::string& text : {body, "d2" + body}) {
    const Sign1 sign1 = parse_sign1(hex(text), "doc").value();
    EXPECT_EQ(sign1.tagged, text.size() != body.size());
    EXPECT_EQ(to_hex(sign1.protected_bytes), "a1013822");
    EXPECT_EQ(to_hex(sign1.payload), "70");
    EXPECT_EQ(to_hex(sign1.signature), "73");
    EXPECT_EQ(hex(text)[sign1.payload_offset], 0x70);
    EXPECT_TRUE(sign1.unprotected_header.map()->empty());
    EXPECT_EQ(algorithm(sign1, "doc").value(), Algorithm::es384);
  }
}

TEST(CoseSign1, SignsTheProtectedBytesAsReceived) {
  // RFC 9052 section 4.4: ["Signature1", protected, external, payload].
  const Sign1 sign1 = parse_sign1(hex(message("44a1013822", "a0")), "doc").value();
  EXPECT_EQ(to_hex(to_be_signed(sign1)), "846a5369676e61747572653144a1013822404170");
  const Sign1 nothing = parse_sign1(hex(message("40", "a0")), "doc").value();
  EXPECT_EQ(to_hex(to_be_signed(nothing)),
            "846a5369676e617475726531404041"
            "70");
  const Sign1 empty = parse_sign1(hex(message("41a0", "a0")), "doc").value();
  EXPECT_EQ(to_hex(to_be_signed(empty)),
            "846a5369676e61747572653141a04041"
            "70");
}

TEST(CoseSign1, RefusesOtherShapes) {
  expect_refused("", Code::truncated, "doc", 0);
  expect_refused("a0", Code::bad_encoding, "doc", 0);
  expect_refused("8344a1013822a04170", Code::bad_length, "doc", 0);
  expect_refused("8544a1013822a041704173f6", Code::bad_length, "doc", 0);
  expect_refused("d1" + message("44a1013822", "a0"), Code::bad_encoding, "doc", 0);  // COSE_Mac0
  expect_refused("d862" + message("44a1013822", "a0"), Code::bad_encoding, "doc", 0);
  expect_refused("d2d2" + message("44a1013822", "a0"), Code::bad_encoding, "doc", 1);
  expect_refused("d281" + message("44a1013822", "a0"), Code::bad_length, "doc", 1);
  expect_refused("9f44a1013822a041704173ff", Code::bad_encoding, "doc", 0);
  expect_refused(message("44a1013822", "a0") + "00", Code::trailing_bytes, "doc", 11);
}

TEST(CoseSign1, RefusesPartsOfOtherTypes) {
  expect_refused(message("a1013822", "a0"), Code::bad_encoding, "doc.protected", 1);
  expect_refused(message("64a1013822", "a0"), Code::bad_encoding, "doc", 1);  // not UTF-8
  expect_refused(message("6161", "a0"), Code::bad_encoding, "doc.protected", 1);
  expect_refused(message("f6", "a0"), Code::bad_encoding, "doc.protected", 1);
  expect_refused(message("44a1013822", "80"), Code::bad_encoding, "doc.unprotected", 6);
  expect_refused(message("44a1013822", "41a0"), Code::bad_encoding, "doc.unprotected", 6);
  expect_refused(message("44a1013822", "f6"), Code::bad_encoding, "doc.unprotected", 6);
  expect_refused("8444a1013822a0f64173", Code::missing_field, "doc.payload", 7);
  expect_refused("8444a1013822a061704173", Code::bad_encoding, "doc.payload", 7);
  expect_refused(
      "8444a1013822a0417061"
      "73",
      Code::bad_encoding, "doc.signature", 9);
  expect_refused("8444a1013822a04170f6", Code::bad_encoding, "doc.signature", 9);
}

TEST(CoseSign1, RefusesProtectedBytesThatAreNoSingleMap) {
  expect_refused(message("4101", "a0"), Code::bad_encoding, "doc.protected", 2);
  expect_refused(message("4180", "a0"), Code::bad_encoding, "doc.protected", 2);
  expect_refused(message("45a101382200", "a0"), Code::trailing_bytes, "doc.protected", 6);
  expect_refused(message("43a10138", "a0"), Code::truncated, "doc.protected", 5);
  expect_refused(message("45bf013822ff", "a0"), Code::bad_encoding, "doc.protected", 2);
  expect_refused(message("47a2013822013822", "a0"), Code::duplicate_field, "doc.protected", 6);
  expect_refused(message("45a101390022", "a0"), Code::bad_encoding, "doc.protected", 4);
}

TEST(CoseSign1, RefusesLabelsOfOtherTypes) {
  expect_refused(message("44a1410101", "a0"), Code::bad_encoding, "doc.protected", 3);
  expect_refused(message("44a1013822", "a1410101"), Code::bad_encoding, "doc.unprotected", 7);
}

TEST(CoseSign1, RefusesLabelsInBothHeaders) {
  expect_refused(message("46a20138220a01", "a10a01"), Code::duplicate_field, "doc.unprotected", 9);
  expect_refused(message("44a1013822", "a1013822"), Code::duplicate_field, "doc.unprotected", 7);
  expect_refused(message("47a201382261"
                         "7801",
                         "a1617801"),
                 Code::duplicate_field, "doc.unprotected", 10);
}

TEST(CoseSign1, RefusesAlgorithmAndCritOutsideOfTheProtectedHeader) {
  expect_refused(message("40", "a1013822"), Code::unknown_field, "doc.unprotected", 3);
  expect_refused(message("44a1013822", "a1028101"), Code::unknown_field, "doc.unprotected", 7);
}

TEST(CoseSign1, RefusesCriticalHeadersThatAreNotUnderstood) {
  const std::int64_t known[] = {15};
  const Rules rules{.understood = known};
  // {1: -35, 2: [15], 15: {}}
  const std::string fine = message("49a301382202810f0fa0", "a0");
  EXPECT_TRUE(parse_sign1(hex(fine), "doc", rules).ok());
  expect_refused(fine, Code::unknown_field, "doc.protected.crit", 8);
  expect_refused(message("46a20138220280", "a0"), Code::bad_length, "doc.protected.crit", 7, rules);
  expect_refused(message("46a2013822020f", "a0"), Code::bad_encoding, "doc.protected.crit", 7,
                 rules);
  expect_refused(message("47a201382202810f", "a0"), Code::missing_field, "doc.protected.crit", 8,
                 rules);
  expect_refused(message("47a2013822028140", "a0"), Code::bad_encoding, "doc.protected.crit", 8,
                 rules);
  // A label by name is never one of the known.
  expect_refused(message("4ba3013822028161786178"
                         "00",
                         "a0"),
                 Code::unknown_field, "doc.protected.crit", 8, rules);
}

TEST(CoseSign1, KeepsItsLimits) {
  const std::string text = message("44a1013822", "a0");
  EXPECT_TRUE(parse_sign1(hex(text), "doc", {.max_size = 11}).ok());
  expect_refused(text, Code::too_large, "doc", kNoOffset, {.max_size = 10});
  expect_refused(text, Code::too_large, "doc", 9, {.max_size = 11, .max_items = 4});
}

Result<Algorithm> algorithm_of(std::string_view protected_part) {
  return algorithm(parse_sign1(hex(message(protected_part, "a0")), "doc").value(), "doc");
}

TEST(CoseAlgorithm, IsOneOfThoseThatAreKnown) {
  EXPECT_EQ(algorithm_of("43a10126").value(), Algorithm::es256);
  EXPECT_EQ(algorithm_of("44a1013823").value(), Algorithm::es512);
  EXPECT_EQ(algorithm_of("44a1013824").value(), Algorithm::ps256);
  EXPECT_EQ(algorithm_of("44a1013825").value(), Algorithm::ps384);
  EXPECT_EQ(algorithm_of("44a1013826").value(), Algorithm::ps512);
  // EdDSA, ES256K, RS256, HMAC 256, 0, unassigned, by name
  for (const char* other : {"43a10127", "44a101382e", "45a101390100", "43a10105", "43a10100",
                            "43a10121", "48a101654553333834"}) {
    const auto refused = algorithm_of(other);
    ASSERT_FALSE(refused.ok()) << other;
    EXPECT_EQ(to_string(refused.error().code), "unsupported_algorithm") << other;
    EXPECT_EQ(refused.error().where, "doc.alg");
  }
  EXPECT_EQ(algorithm_of("40").error().code, Code::missing_field);
  EXPECT_EQ(algorithm_of("41a0").error().code, Code::missing_field);
  EXPECT_EQ(algorithm_of("43a10140").error().code, Code::bad_encoding);
  EXPECT_EQ(algorithm_of("43a101f6").error().code, Code::bad_encoding);
  EXPECT_EQ(to_string(Algorithm::ps384), "PS384");
}

Result<std::vector<ByteVector>> chain_of(std::string_view protected_part) {
  return x5chain(parse_sign1(hex(message(protected_part, "a0")), "doc").value(), "doc");
}

TEST(CoseX5chain, IsOneStringOrAnArrayOfSeveral) {
  EXPECT_EQ(chain_of("45a1182141aa").value(), std::vector<ByteVector>{hex("aa")});
  EXPECT_EQ(chain_of("48a118218241aa41bb").value(),
            (std::vector<ByteVector>{hex("aa"), hex("bb")}));
  for (const char* wrong : {"44a1182180", "46a118218141aa"}) {
    EXPECT_EQ(chain_of(wrong).error().code, Code::bad_length) << wrong;
  }
  for (const char* wrong : {"44a1182101", "47a118218241aa01", "44a11821a0"}) {
    EXPECT_EQ(chain_of(wrong).error().code, Code::bad_encoding) << wrong;
    EXPECT_EQ(chain_of(wrong).error().where, "doc.x5chain");
  }
  EXPECT_EQ(chain_of("40").error().code, Code::missing_field);
}

TEST(CoseX5chain, IsNotReadFromTheUnprotectedHeader) {
  const Sign1 outside = parse_sign1(hex(message("44a1013822", "a1182141aa")), "doc").value();
  EXPECT_EQ(x5chain(outside, "doc").error().code, Code::missing_field);
}

}  // namespace
}  // namespace cupel::cose

#include "codec/jwks.hpp"

#include <gtest/gtest.h>

namespace cupel::jwks {
namespace {

const std::string kKey = R"({"kty":"RSA","kid":"one","n":"8Q","e":"AQAB"})";

std::string set(const std::string& keys) {
  return R"({"keys":[)" + keys + "]}";
}

std::string rsa(const std::string& kid, const std::string& more = "") {
  return R"({"kty":"RSA","kid":")" + kid + R"(","n":"8Q","e":"AQAB")" + more + "}";
}

void expect_refused(const std::string& text, Code code, std::string_view where) {
  const auto parsed = parse(text, "f");
  ASSERT_FALSE(parsed.ok()) << text;
  EXPECT_EQ(to_string(parsed.error().code), to_string(code)) << text;
  EXPECT_EQ(parsed.error().where, where) << text;
}

TEST(JwksParse, ReadsNumbersAndCertificates) {
  const auto keys = parse(set(rsa("one", R"(,"use":"sig","alg":"RS256")") +
                              R"(,{"x5c":["AQID","BA=="],"kid":"a/+=","kty":"RSA"},)"
                              R"({"kty":"EC","kid":"c","crv":"P-256","x":"AAE","y":"AQ"})"),
                          "f")
                        .value();
  ASSERT_EQ(keys.size(), 3U);
  EXPECT_EQ(keys[0].n, (ByteVector{0xf1}));
  EXPECT_EQ(keys[0].e, (ByteVector{1, 0, 1}));
  EXPECT_EQ(keys[0].alg, "RS256");
  EXPECT_EQ(keys[1].kid, "a/+=");
  EXPECT_EQ(keys[1].x5c, (std::vector<ByteVector>{{1, 2, 3}, {4}}));
  EXPECT_EQ(keys[2].x, (ByteVector{0, 1}));
}

TEST(JwksParse, LeavesOutKeysThatCannotSign) {
  const auto keys = parse(set(R"({"kty":"oct","kid":"s","k":"AQ"},)" + rsa("one") +
                              R"(,{"kty":"RSA","kid":"e","use":"enc","n":"8Q","e":"AQAB"},)"
                              R"({"kty":"OKP","kid":"o","crv":"Ed25519","x":"AQ"})"),
                          "f")
                        .value();
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].kid, "one");
  expect_refused(set(R"({"kty":"oct","kid":"s","k":"AQ"})"), Code::missing_field, "f.keys");
}

TEST(JwksParse, RefusesWhatIsNoKeySet) {
  expect_refused("", Code::truncated, "f");
  expect_refused("[]", Code::bad_encoding, "f");
  expect_refused("{}", Code::missing_field, "f.keys");
  expect_refused(R"({"keys":{}})", Code::bad_encoding, "f.keys");
  expect_refused(set(""), Code::missing_field, "f.keys");
  expect_refused(R"({"keys":[)" + kKey + R"(],"more":1})", Code::unknown_field, "f.more");
  expect_refused(R"({"keys":[)" + kKey + R"(],"keys":[]})", Code::duplicate_field, "f");
  expect_refused(kKey, Code::missing_field, "f.keys");
  expect_refused(set("7"), Code::bad_encoding, "f.keys[0]");
}

TEST(JwksParse, RefusesTwoKeysOfOneName) {
  expect_refused(set(rsa("one") + "," + rsa("one")), Code::duplicate_field, "f.keys[1].kid");
  // Also when one of them could not sign: which is meant would be a guess.
  expect_refused(set(R"({"kty":"oct","kid":"one","k":"AQ"},)" + rsa("one")), Code::duplicate_field,
                 "f.keys[1].kid");
  expect_refused(set(rsa("")), Code::out_of_range, "f.keys[0].kid");
  expect_refused(set(R"({"kty":"RSA","n":"8Q","e":"AQAB"})"), Code::missing_field, "f.keys[0].kid");
}

TEST(JwksParse, RefusesPrivateAndUnknownMembers) {
  for (const std::string name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "x5u", "exp", "N"}) {
    expect_refused(set(rsa("one", ",\"" + name + "\":\"AQ\"")), Code::unknown_field,
                   "f.keys[0]." + name);
  }
}

TEST(JwksParse, RefusesNumbersWithMoreThanOneText) {
  const auto with_n = [](const std::string& n) {
    return set(R"({"kty":"RSA","kid":"one","n":)" + n + R"(,"e":"AQAB"})");
  };
  expect_refused(with_n(R"("APE")"), Code::bad_encoding, "f.keys[0].n");  // 00 f1
  expect_refused(with_n(R"("8Q==")"), Code::bad_encoding, "f.keys[0].n");
  expect_refused(with_n(R"("8R")"), Code::bad_encoding, "f.keys[0].n");  // spare bits
  expect_refused(with_n(R"("+/")"), Code::bad_encoding, "f.keys[0].n");
  expect_refused(with_n(R"("")"), Code::out_of_range, "f.keys[0].n");
  expect_refused(with_n("241"), Code::bad_encoding, "f.keys[0].n");
  expect_refused(set(R"({"kty":"RSA","kid":"one","e":"AQAB"})"), Code::missing_field,
                 "f.keys[0].n");
  expect_refused(set(R"({"kty":"RSA","kid":"one","n":"8Q"})"), Code::missing_field, "f.keys[0].e");
}

TEST(JwksParse, RefusesBadCertificateLists) {
  const auto with = [](const std::string& x5c) {
    return set(R"({"kty":"RSA","kid":"one","x5c":)" + x5c + "}");
  };
  expect_refused(with("[]"), Code::out_of_range, "f.keys[0].x5c");
  expect_refused(with("\"AQID\""), Code::bad_encoding, "f.keys[0].x5c");
  expect_refused(with("[7]"), Code::bad_encoding, "f.keys[0].x5c[0]");
  expect_refused(with(R"(["AQI"])"), Code::bad_encoding, "f.keys[0].x5c[0]");
  expect_refused(with(R"(["AQ_-"])"), Code::bad_encoding, "f.keys[0].x5c[0]");
  std::string many = "[\"AQID\"";
  for (int i = 0; i < 10; ++i) {
    many += ",\"AQID\"";
  }
  expect_refused(with(many + "]"), Code::out_of_range, "f.keys[0].x5c");
}

TEST(JwksParse, RefusesMoreThan128Keys) {
  std::string keys = rsa("k");
  for (int i = 0; i < 128; ++i) {
    keys += "," + rsa("k" + std::to_string(i));
  }
  expect_refused(set(keys), Code::too_large, "f.keys");
}

TEST(JwksParseKey, ReadsASingleKeyWithoutAName) {
  const auto value = json::parse(R"({"kty":"RSA","n":"8Q","e":"AQAB","key_ops":["verify"]})", "v");
  EXPECT_EQ(parse_key(value.value(), "k").value().kid, "");
  const auto other = json::parse(R"({"kty":"oct","k":"8Q"})", "v");
  EXPECT_EQ(parse_key(other.value(), "k").error().code, Code::unsupported_algorithm);
  const auto more = json::parse(R"({"kty":"RSA","n":"8Q","e":"AQAB","remark":7})", "v").value();
  EXPECT_EQ(parse_key(more, "k").error().code, Code::unknown_field);
  EXPECT_TRUE(parse_key(more, "k", Others::ignored).ok());
}

}  // namespace
}  // namespace cupel::jwks

#include "codec/jws.hpp"

#include <gtest/gtest.h>

#include <array>

#include "base/base64.hpp"

namespace cupel::jws {
namespace {

constexpr std::array<std::string_view, 1> kAlgorithms = {"RS256"};
constexpr std::array<std::string_view, 3> kMembers = {"kid", "typ", "jku"};
constexpr Rules kRules{kAlgorithms, kMembers};

const std::string kHeader = R"({"alg":"RS256","kid":"a/b+c=","typ":"JWT"})";

std::string b64(std::string_view text) {
  return to_base64url(as_bytes(text));
}

std::string token(std::string_view header = kHeader, std::string_view payload = "{}",
                  std::string_view signature = "signature") {
  return b64(header) + "." + b64(payload) + "." + b64(signature);
}

void expect_refused(const std::string& text, Code code, std::string_view where) {
  const auto parsed = parse(text, kRules, "t");
  ASSERT_FALSE(parsed.ok()) << text;
  EXPECT_EQ(to_string(parsed.error().code), to_string(code)) << text;
  EXPECT_EQ(parsed.error().where, where) << text;
}

void expect_header_refused(std::string_view header, Code code, std::string_view where) {
  expect_refused(token(header), code, where);
}

TEST(JwsParse, KeepsTheBytesThatAreSigned) {
  const std::string text = token();
  const auto parsed = parse(text, kRules, "t").value();
  EXPECT_EQ(parsed.signing_input, text.substr(0, text.rfind('.')));
  EXPECT_EQ(as_text(parsed.payload), "{}");
  EXPECT_EQ(as_text(parsed.signature), "signature");
  EXPECT_EQ(parsed.alg, "RS256");
  EXPECT_EQ(parsed.kid, "a/b+c=");
  EXPECT_EQ(parsed.typ, "JWT");
  EXPECT_FALSE(parsed.jku.has_value());
}

TEST(JwsParse, AcceptsAHeaderWithTheAlgorithmAloneAndAnEmptyPayload) {
  const auto parsed = parse(token(R"({"alg":"RS256"})", ""), kRules, "t").value();
  EXPECT_FALSE(parsed.kid.has_value());
  EXPECT_TRUE(parsed.payload.empty());
}

TEST(JwsParse, RefusesAnythingButThreeParts) {
  expect_refused("", Code::bad_encoding, "t.token");
  expect_refused("abcd", Code::bad_encoding, "t.token");
  expect_refused(b64(kHeader) + "." + b64("{}"), Code::bad_encoding, "t.token");
  expect_refused(token() + ".", Code::bad_encoding, "t.token");
  expect_refused(token() + "." + b64("x"), Code::bad_encoding, "t.token");
  expect_refused("." + token(), Code::bad_encoding, "t.token");
  expect_refused("..", Code::truncated, "t.header");
}

TEST(JwsParse, RefusesEveryOtherTextOfTheSameBytes) {
  expect_refused(token() + "=", Code::bad_encoding, "t.signature");
  expect_refused(token() + "\n", Code::bad_encoding, "t.signature");
  expect_refused(" " + token(), Code::bad_encoding, "t.header");
  // "signature" is nine bytes: no spare bits; with eight, the last character has two.
  const std::string spare = token(kHeader, "{}", "signatur");
  ASSERT_TRUE(parse(spare, kRules, "t").ok());
  std::string other = spare;
  other.back() = static_cast<char>(other.back() + 1);
  expect_refused(other, Code::bad_encoding, "t.signature");
  std::string standard = token(kHeader, "\xff\xef\xbe");
  standard.replace(standard.find("_--"), 3, "/++");
  expect_refused(standard, Code::bad_encoding, "t.payload");
}

TEST(JwsParse, RefusesOtherAlgorithms) {
  for (const std::string name : {"none", "None", "HS256", "RS384", "RS512", "PS256", "ES256",
                                 "rs256", "RS256 ", "", "EdDSA"}) {
    expect_header_refused(R"({"alg":")" + name + "\"}", Code::unsupported_algorithm,
                          "t.header.alg");
  }
  expect_header_refused("{}", Code::missing_field, "t.header.alg");
  for (const std::string value : {"null", "256", "true", R"(["RS256"])", R"({"RS256":1})"}) {
    expect_header_refused(R"({"alg":)" + value + "}", Code::bad_encoding, "t.header.alg");
  }
}

TEST(JwsParse, RefusesUnsignedTokensWhateverTheirLastPart) {
  const std::string header = R"({"alg":"none"})";
  expect_refused(b64(header) + "." + b64("{}") + ".", Code::unsupported_algorithm, "t.header.alg");
  expect_refused(b64(kHeader) + "." + b64("{}") + ".", Code::missing_field, "t.signature");
}

TEST(JwsParse, RefusesHeadersThatBringTheirOwnTrust) {
  for (const std::string name :
       {"jwk", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip", "enc", "cty", "apu"}) {
    expect_header_refused(R"({"alg":"RS256",")" + name + R"(":"x"})", Code::unknown_field,
                          "t.header." + name);
  }
}

TEST(JwsParse, RefusesCritEvenWhereAllowed) {
  constexpr std::array<std::string_view, 1> kCrit = {"crit"};
  const auto parsed =
      parse(token(R"({"alg":"RS256","crit":["exp"],"exp":1})"), Rules{kAlgorithms, kCrit}, "t");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().where, "t.header.crit");
}

TEST(JwsParse, RefusesDoubledAndMistypedMembers) {
  expect_header_refused(R"({"alg":"RS256","alg":"RS256"})", Code::duplicate_field, "t.header");
  expect_header_refused(R"({"alg":"RS256","\u0061lg":"none"})", Code::duplicate_field, "t.header");
  expect_header_refused(R"({"alg":"RS256","kid":7})", Code::bad_encoding, "t.header.kid");
  expect_header_refused(R"({"alg":"RS256","kid":null})", Code::bad_encoding, "t.header.kid");
  expect_header_refused(R"({"alg":"RS256","kid":""})", Code::out_of_range, "t.header.kid");
  expect_header_refused(R"({"alg":"RS256","kid":")" + std::string(513, 'k') + "\"}",
                        Code::out_of_range, "t.header.kid");
  expect_header_refused(R"({"alg":"RS256","typ":"JOSE"})", Code::out_of_range, "t.header.typ");
  expect_header_refused(R"({"alg":"RS256","typ":"jwt"})", Code::out_of_range, "t.header.typ");
  expect_header_refused(R"({"alg":"RS256","jku":["https://a.example"]})", Code::bad_encoding,
                        "t.header.jku");
}

TEST(JwsParse, RefusesHeadersThatAreNoObject) {
  for (const std::string text : {"[]", "null", "7", "\"RS256\"", "true"}) {
    expect_header_refused(text, Code::bad_encoding, "t.header");
  }
  expect_header_refused(R"({"alg":"RS256"} )"
                        "x",
                        Code::trailing_bytes, "t.header");
  expect_header_refused(R"({"alg":"RS256")", Code::truncated, "t.header");
  expect_header_refused("\xef\xbb\xbf{}", Code::bad_encoding, "t.header");
}

TEST(JwsParse, RefusesWhatIsTooLarge) {
  expect_refused(token(kHeader, std::string(kMaxToken, 'x')), Code::too_large, "t.token");
  expect_header_refused(R"({"alg":"RS256","jku":")" + std::string(kMaxHeader, 'x') + "\"}",
                        Code::too_large, "t.header");
}

}  // namespace
}  // namespace cupel::jws

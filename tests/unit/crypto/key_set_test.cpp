#include "crypto/key_set.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "unit/crypto/chain_help.hpp"

namespace cupel::crypto {
namespace {

using namespace cupel::testing;  // NOLINT(google-build-using-namespace): the test authority

std::string quoted(Bytes bytes) {
  return "\"" + to_base64url(bytes) + "\"";
}

std::string rsa_numbers(const Key& key) {
  return R"("n":)" + quoted(key_number(key, "n")) + R"(,"e":)" + quoted(key_number(key, "e"));
}

std::string set(const std::string& members) {
  return R"({"keys":[{"kid":"one",)" + members + "}]}";
}

std::string x5c(const Issued& issued) {
  return R"("x5c":[")" + to_base64(issued.der) + "\"]";
}

void expect_refused(const std::string& text, Code code, std::string_view where) {
  const auto parsed = KeySet::parse(text, "f");
  ASSERT_FALSE(parsed.ok()) << text;
  EXPECT_EQ(to_string(parsed.error().code), to_string(code)) << parsed.error().detail;
  EXPECT_EQ(parsed.error().where, where);
}

TEST(KeySetParse, MakesTheSameKeyOfNumbersAndOfACertificate) {
  const Key key = make_key(KeyKind::rsa2048, "signer");
  const Issued issued = issue({.subject = "https://a.example"}, key);
  const auto numbers = KeySet::parse(set(R"("kty":"RSA",)" + rsa_numbers(key)), "f").value();
  const auto wrapped = KeySet::parse(set(R"("kty":"RSA",)" + x5c(issued)), "f").value();
  const auto both =
      KeySet::parse(set(R"("kty":"RSA",)" + x5c(issued) + "," + rsa_numbers(key)), "f").value();
  const Sha256Digest expected = sha256(spki_of(key));
  EXPECT_EQ(numbers.find("one")->key.spki_sha256(), expected);
  EXPECT_EQ(wrapped.find("one")->key.spki_sha256(), expected);
  EXPECT_EQ(both.find("one")->key.spki_sha256(), expected);
  EXPECT_TRUE(numbers.find("one")->certificates.empty());
  EXPECT_EQ(wrapped.find("one")->certificates.size(), 1U);
  for (const auto* kid : {"", "On", "One", "one ", "onee"}) {
    EXPECT_EQ(numbers.find(kid), nullptr) << kid;
  }
}

TEST(KeySetParse, RefusesACertificateOfAnotherKey) {
  const Key key = make_key(KeyKind::rsa2048, "signer");
  const Issued other = issue({.subject = "other"}, make_key(KeyKind::rsa2048, "other"));
  expect_refused(set(R"("kty":"RSA",)" + x5c(other) + "," + rsa_numbers(key)), Code::key_mismatch,
                 "f.keys[0].x5c");
  const Issued curve = issue({.subject = "curve"}, make_key(KeyKind::p256, "curve"));
  expect_refused(set(R"("kty":"RSA",)" + x5c(curve)), Code::key_mismatch, "f.keys[0].kty");
}

TEST(KeySetParse, RefusesKeysThatAreNone) {
  expect_refused(set(R"("kty":"RSA","n":"8Q","e":"AQAB")"), Code::bad_key, "f.keys[0]");
  expect_refused(set(R"("kty":"RSA","x5c":["AQID"])"), Code::bad_certificate, "f.keys[0].x5c[0]");
  expect_refused(set(R"("kty":"EC","crv":"P-256","x":"AQ","y":"AQ")"), Code::bad_key, "f.keys[0]");
  expect_refused(set(R"("kty":"EC","crv":"secp256k1","x":"AQ","y":"AQ")"),
                 Code::unsupported_algorithm, "f.keys[0].crv");
}

// One of Azure Attestation's own sets has a key of 1024 bits among good ones.
TEST(KeySetParse, LeavesOutKeysThatAreTooWeak) {
  const Key good = make_key(KeyKind::rsa2048, "signer");
  const Issued weak = issue({.subject = "weak"}, make_key(KeyKind::rsa1024, "weak"));
  const std::string text = R"({"keys":[{"kid":"weak","kty":"RSA",)" + x5c(weak) +
                           R"(},{"kid":"good","kty":"RSA",)" + rsa_numbers(good) + "}]}";
  const auto keys = KeySet::parse(text, "f").value();
  EXPECT_EQ(keys.find("weak"), nullptr);
  EXPECT_NE(keys.find("good"), nullptr);
  expect_refused(set(R"("kty":"RSA",)" + x5c(weak)), Code::bad_key, "f.keys[0].x5c[0]");
}

TEST(TrustAnchorsAddIssuerKeys, TakesAKeySetForOneIssuer) {
  TrustAnchors anchors({});
  const std::string text =
      set(R"("kty":"RSA",)" + rsa_numbers(make_key(KeyKind::rsa2048, "signer")));
  ASSERT_TRUE(anchors.add_issuer_keys("https://a.example", as_bytes(text)).ok());
  EXPECT_FALSE(anchors.empty());
  ASSERT_EQ(anchors.issuer_keys().size(), 1U);
  EXPECT_NE(anchors.issuer_keys()[0].keys->find("one"), nullptr);
}

TEST(TrustAnchorsAddIssuerKeys, RefusesOtherNamesAndBrokenSets) {
  TrustAnchors anchors({});
  const std::string text =
      set(R"("kty":"RSA",)" + rsa_numbers(make_key(KeyKind::rsa2048, "signer")));
  for (const auto* issuer : {"", "a.example", "https://a.example/", "https://A.example", "*"}) {
    const auto added = anchors.add_issuer_keys(issuer, as_bytes(text));
    ASSERT_FALSE(added.ok()) << issuer;
    EXPECT_EQ(added.error().code, Code::invalid_argument);
    EXPECT_EQ(added.error().where, "anchors.issuer");
  }
  const auto empty = anchors.add_issuer_keys("https://a.example", as_bytes("{}"));
  ASSERT_FALSE(empty.ok());
  EXPECT_EQ(empty.error().where, "anchors.jwks.keys");
  EXPECT_TRUE(anchors.empty());
}

}  // namespace
}  // namespace cupel::crypto

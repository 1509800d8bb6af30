#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "crypto/digest.hpp"
#include "unit/maa/support.hpp"

namespace cupel::maa {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): this room's helpers

TEST(MaaVerify, SealsTheTokenWithTheKeyThatSigned) {
  const testing::Key key = rsa("signer");
  Token token = parse(sign(key, payload())).value();
  // What was set before is the caller's fancy.
  token.key = SigningKey{SigningKey::Trust::certificate, "fancy", {}, "fancy", {}, "fancy"};
  const auto verified = verify(token, {}, context(key));
  ASSERT_TRUE(verified.ok()) << to_string(verified.error());
  const SigningKey& signer = *(*verified)->key;
  EXPECT_EQ(signer.trust, SigningKey::Trust::issuer_keys);
  EXPECT_EQ(signer.anchor, kIssuer);
  EXPECT_EQ(signer.spki_sha256, crypto::sha256(testing::spki_of(key)));
  EXPECT_FALSE(signer.subject.has_value());
  EXPECT_FALSE(signer.evidence.has_value());
  EXPECT_EQ(verified->assurance().valid_until.seconds(), 1718478000 - 1);
  EXPECT_FALSE(signer_evidence(*verified).has_value());
}

TEST(MaaVerify, TriesEveryTrustedSetOfTheIssuer) {
  const testing::Key old_key = rsa("old");
  const testing::Key new_key = rsa("new");
  VerifyContext where = context(old_key);
  ASSERT_TRUE(where.anchors.add_issuer_keys(kIssuer, as_bytes(key_set(new_key))).ok());
  for (const testing::Key& key : {old_key, new_key}) {
    EXPECT_TRUE(verify(parse(sign(key, payload())).value(), {}, where).ok());
  }
  expect_error(verify(parse(sign(rsa("other"), payload())).value(), {}, where), Code::bad_signature,
               "maa.signature", "maa-08");
}

TEST(MaaVerify, RefusesAKeyOfAnotherIssuersSet) {
  const testing::Key key = rsa("signer");
  TrustAnchors anchors({});
  ASSERT_TRUE(
      anchors.add_issuer_keys("https://other.eus.attest.azure.net", as_bytes(key_set(key))).ok());
  expect_error(
      verify(parse(sign(key, payload())).value(), {}, {.now = kNow, .anchors = std::move(anchors)}),
      Code::untrusted_chain, "maa.header.kid", "maa-06");
}

TEST(MaaVerify, DoesNotBelieveAKeySetThatMerelyCameAlong) {
  const testing::Key key = rsa("signer");
  Endorsements endorsements;
  endorsements.items["jwks"] = to_vector(as_bytes(key_set(key)));
  const VerifyContext nobody{.now = kNow, .anchors = TrustAnchors({})};
  expect_error(verify(parse(sign(key, payload())).value(), endorsements, nobody),
               Code::untrusted_chain, "maa.header.kid", "maa-06");
}

TEST(MaaVerify, JudgesTimeToTheSecond) {
  const testing::Key key = rsa("signer");
  const std::string token = sign(key, payload());
  const auto at = [&](std::int64_t seconds) {
    return verify(parse(token).value(), {}, context(key, UnixTime(seconds)));
  };
  EXPECT_TRUE(at(1718449200).ok());
  EXPECT_TRUE(at(1718449200 - kClockSkew_s).ok());
  expect_error(at(1718449200 - kClockSkew_s - 1), Code::not_yet_valid, "maa.payload.nbf", "maa-10");
  EXPECT_TRUE(at(1718478000 - 1).ok());
  expect_error(at(1718478000), Code::expired, "maa.payload.exp", "maa-09");
  expect_error(at(std::numeric_limits<std::int64_t>::max() - kClockSkew_s), Code::expired,
               "maa.payload.exp", "maa-09");
  expect_error(at(0), Code::not_yet_valid, "maa.payload.nbf", "maa-10");
}

TEST(MaaVerify, RefusesABadSignatureBeforeABadTime) {
  const std::string token = sign(rsa("other"), with(payload(), "exp", std::uint64_t{1}));
  expect_error(verify(parse(token).value(), {}, context(rsa("signer"))), Code::bad_signature,
               "maa.signature", "maa-08");
}

TEST(MaaNeeded, OffersTheKeysOfMicrosoftsIssuersOnly) {
  const testing::Key key = rsa("signer");
  const auto needed_for = [&](const std::string& issuer) {
    const std::string token = sign(key, with(payload(), "iss", issuer));
    return needed(as_bytes(token)).value();
  };
  const auto requests = needed_for("https://sharedeus.eus.attest.azure.net");
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].kind, "jwks");
  EXPECT_EQ(requests[0].url, "https://sharedeus.eus.attest.azure.net/certs");
  EXPECT_EQ(requests[0].cache_key, "maa-sharedeus.eus.attest.azure.net.jwks.json");
  for (const auto* other : {"https://attest.azure.net.evil.example", "https://evil.example",
                            "https://evilattest.azure.net", "https://attest.azure.net"}) {
    EXPECT_TRUE(needed_for(other).empty()) << other;
  }
  expect_error(needed(as_bytes("nothing")), Code::bad_encoding, "maa.token", "maa-01");
}

TEST(MaaAnchors, VendorHasNone) {
  EXPECT_TRUE(vendor_anchors().empty());
}

TEST(MaaParseEvidence, ReadsTheServicesAnswerAndABareToken) {
  const std::string token = sign(rsa("signer"), payload());
  for (const std::string& text : {token, token + "\n", R"({"token":")" + token + "\"}",
                                  R"({ "token" : ")" + token + "\" }\n"}) {
    EXPECT_TRUE(parse_evidence(as_bytes(text)).ok()) << text;
  }
  for (const std::string& text : {std::string(R"({"token":7})"), std::string("{}"),
                                  R"({"token":")" + token + R"(","token":"x"})",
                                  R"([")" + token + "\"]", R"({"token":")" + token + "\\n\"}"}) {
    EXPECT_FALSE(parse_evidence(as_bytes(text)).ok()) << text;
  }
}

TEST(MaaParse, RefusesNamesThatWouldFillTheMemory) {
  const json::Object body =
      with(payload(), std::string(60'000, 'k'), json::Array(20'000, json::Value(1)));
  expect_error(parse(sign(rsa("signer"), body)), Code::too_large, "maa.payload", "maa-03");
}

// ---- real tokens -------------------------------------------------------------------------------

std::filesystem::path captured() {
  const char* set = std::getenv("CUPEL_VECTORS");  // NOLINT(concurrency-mt-unsafe): one thread
  return std::filesystem::path(set != nullptr ? set : CUPEL_DEFAULT_VECTORS) / "tokens";
}

std::string file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(MaaSignerEvidence, RealSigningCertificatesNameTheirKeys) {
  if (!std::filesystem::is_directory(captured())) {
    GTEST_SKIP() << "no captured vectors at " << captured() << " (CUPEL_VECTORS)";
  }
  for (const auto* name : {"maa-sgx-shared-2022-06", "maa-sgx-openenclave-isolated-2022-06",
                           "maa-sgx-runtime-data-aad-2022-04", "maa-azurevm-sevsnp-2022-09"}) {
    Token token = parse(file(captured() / name / "token.jwt")).value();
    TrustAnchors anchors({});
    ASSERT_TRUE(
        anchors.add_issuer_keys(token.issuer(), as_bytes(file(captured() / name / "jwks.json")))
            .ok());
    const auto verified = verify(token, {}, {.now = token.issued_at(), .anchors = anchors});
    ASSERT_TRUE(verified.ok()) << name << to_string(verified.error());
    const auto evidence = signer_evidence(*verified);
    ASSERT_TRUE(evidence.has_value()) << name;
    EXPECT_EQ(evidence->kind, "sgx");
    EXPECT_GT(evidence->evidence.size(), 4000U);
    EXPECT_EQ((*verified)->key->subject, "CN=" + token.issuer());
  }
}

}  // namespace
}  // namespace cupel::maa

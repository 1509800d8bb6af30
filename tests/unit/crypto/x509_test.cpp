#include "crypto/x509.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <algorithm>

#include "unit/crypto/test_ca.hpp"

namespace cupel::crypto {
namespace {

using testing::CertificateSpec;
using testing::CrlSpec;
using testing::issue;
using testing::issue_crl;
using testing::Issued;
using testing::KeyKind;
using testing::make_key;

const std::string kAkUsage = "2.23.133.8.3";

Issued self_signed(const CertificateSpec& spec) {
  return issue(spec, make_key(KeyKind::p256, "x509"));
}

void expect_refused(Bytes der, Code code = Code::bad_certificate) {
  const auto parsed = Certificate::from_der(der, "cert");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(to_string(parsed.error().code), to_string(code)) << parsed.error().detail;
  EXPECT_EQ(parsed.error().where, "cert");
  EXPECT_EQ(ERR_peek_error(), 0U);
}

// Replaces the one occurrence of `from`.
ByteVector patched(ByteVector der, const ByteVector& from, const ByteVector& to) {
  const auto at = std::search(der.begin(), der.end(), from.begin(), from.end());
  EXPECT_NE(at, der.end());
  std::copy(to.begin(), to.end(), at);
  return der;
}

TEST(CertificateParse, ReadsItsFields) {
  const Issued issued = self_signed({.subject = "Test \xc3\xa9, \"CA\"",
                                     .ca = true,
                                     .extended_key_usage = "2.23.133.8.3,2.23.133.8.1",
                                     .extensions = {{"1.2.3.4", false, {4, 1, 7}}}});
  const Certificate cert = Certificate::from_der(issued.der, "cert").value();
  EXPECT_EQ(cert.der(), issued.der);
  EXPECT_EQ(cert.sha256(), sha256(issued.der));
  EXPECT_EQ(cert.public_key().spki(), testing::spki_of(issued.key));
  EXPECT_EQ(cert.not_before(), testing::kStart);
  EXPECT_EQ(cert.not_after(), testing::kEnd);
  EXPECT_EQ(cert.subject(), "CN=Test \xc3\xa9\\, \\\"CA\\\"");
  EXPECT_EQ(cert.issuer(), cert.subject());
  EXPECT_EQ(cert.common_name(), "Test \xc3\xa9, \"CA\"");
  EXPECT_TRUE(cert.is_ca());
  EXPECT_TRUE(cert.self_issued());
  EXPECT_TRUE(cert.has_extended_key_usage(kAkUsage));
  EXPECT_FALSE(cert.has_extended_key_usage("2.23.133.8"));
  EXPECT_FALSE(cert.has_extended_key_usage(""));
  EXPECT_EQ(cert.extension("1.2.3.4"), (ByteVector{4, 1, 7}));
  EXPECT_EQ(cert.extension("1.2.3"), std::nullopt);
  EXPECT_EQ(cert.extension("not an oid"), std::nullopt);
  EXPECT_EQ(cert.extension(""), std::nullopt);
}

TEST(CertificateParse, TellsLeavesFromAuthorities) {
  const Issued root = self_signed({.subject = "Root", .ca = true});
  const Issued leaf = issue({.subject = "Leaf"}, make_key(KeyKind::rsa2048), &root);
  const Certificate cert = Certificate::from_der(leaf.der, "cert").value();
  EXPECT_FALSE(cert.is_ca());
  EXPECT_FALSE(cert.self_issued());
  EXPECT_EQ(cert.issuer(), "CN=Root");
  EXPECT_FALSE(cert.has_extended_key_usage(kAkUsage));
  EXPECT_EQ(cert.public_key().type(), KeyType::rsa);
}

// Failure class P6: an OID is where the parser finds it, not where its bytes are.
TEST(CertificateParse, DoesNotFindAnExtensionPlantedInsideAnother) {
  const ByteVector planted = {0x30, 0x0a, 0x06, 0x03, 0x2a, 0x03, 0x04, 0x04, 0x03, 0x04, 0x01, 7};
  const Issued issued =
      self_signed({.subject = "Planted", .extensions = {{"1.2.9.9", false, planted}}});
  const Certificate cert = Certificate::from_der(issued.der, "cert").value();
  EXPECT_EQ(cert.extension("1.2.3.4"), std::nullopt);
  EXPECT_EQ(cert.extension("1.2.9.9"), planted);
}

TEST(CertificateParse, EscapesControlCharactersInNames) {
  const Issued issued = self_signed({.subject = "a\x1b[31m\nb"});
  const Certificate cert = Certificate::from_der(issued.der, "cert").value();
  for (const std::string& text : {cert.subject(), cert.common_name(), cert.issuer()}) {
    EXPECT_TRUE(std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20; }))
        << text;
  }
}

TEST(CertificateParse, ReadsDatesOfBothForms) {
  const UnixTime early(-631152000);   // 1950-01-01, the first UTCTime
  const UnixTime late(253402300799);  // 9999-12-31T23:59:59Z, RFC 5280's "no end"
  const Issued issued = self_signed({.subject = "Dates", .not_before = early, .not_after = late});
  const Certificate cert = Certificate::from_der(issued.der, "cert").value();
  EXPECT_EQ(cert.not_before(), early);
  EXPECT_EQ(cert.not_after(), late);
  const UnixTime turn(2524607999);  // 2049-12-31T23:59:59Z, the last UTCTime
  const Issued edge = self_signed(
      {.subject = "Edge", .not_before = turn, .not_after = UnixTime(turn.seconds() + 1)});
  const Certificate edges = Certificate::from_der(edge.der, "cert").value();
  EXPECT_EQ(edges.not_before(), turn);
  EXPECT_EQ(edges.not_after().seconds(), turn.seconds() + 1);
}

TEST(CertificateParse, RefusesDatesOutsideOfTheProfile) {
  const Issued issued = self_signed({.subject = "Dates"});
  const auto bytes = [](std::string_view text) { return ByteVector(text.begin(), text.end()); };
  // The UTCTime 250101000000Z, which occurs once.
  for (const char* bad :
       {"250132000000Z", "251301000000Z", "250101240000Z", "250101006000Z", "250101000060Z",
        "250101000000+", "25010100000 Z", "250100000000Z", "250229000000Z", "2501010000Z00"}) {
    expect_refused(patched(issued.der, bytes("250101000000Z"), bytes(bad)));
  }
}

TEST(CertificateParse, RefusesEveryPrefixAndEveryTail) {
  const Issued issued = self_signed({.subject = "Cut"});
  for (std::size_t n = 0; n < issued.der.size(); ++n) {
    expect_refused(Bytes(issued.der).first(n));
  }
  ByteVector longer = issued.der;
  longer.push_back(0);
  expect_refused(longer);
  ByteVector twice = issued.der;
  twice.insert(twice.end(), issued.der.begin(), issued.der.end());
  expect_refused(twice);
  expect_refused(ByteVector((64U << 10U) + 1, 0x30), Code::too_large);
}

TEST(CertificateParse, RefusesBerEncodings) {
  const ByteVector der = self_signed({.subject = "BER"}).der;
  ASSERT_EQ(der.at(1), 0x82);
  // The same length in three bytes.
  ByteVector long_length = der;
  long_length.at(1) = 0x83;
  long_length.insert(long_length.begin() + 2, 0);
  expect_refused(long_length);
  // Indefinite length.
  ByteVector indefinite(der.begin() + 4, der.end());
  indefinite.insert(indefinite.begin(), {0x30, 0x80});
  indefinite.insert(indefinite.end(), {0, 0});
  expect_refused(indefinite);
}

TEST(CertificateParse, RefusesDeeplyNestedBytes) {
  ByteVector nested;
  for (int i = 0; i < 10000; ++i) {
    nested.insert(nested.end(), {0x30, 0x80});
  }
  expect_refused(nested);
}

TEST(CertificateParse, RefusesDuplicateExtensions) {
  expect_refused(
      self_signed({.subject = "Twice",
                   .extensions = {{"1.2.3.4", false, {5, 0}}, {"1.2.3.4", false, {5, 0}}}})
          .der);
  // Known ones too: a second basicConstraints that says CA.
  expect_refused(
      self_signed({.subject = "Twice", .extensions = {{"2.5.29.19", true, {0x30, 3, 1, 1, 0xff}}}})
          .der);
  expect_refused(self_signed({.subject = "Twice",
                              .extended_key_usage = kAkUsage,
                              .extensions = {{"2.5.29.37", false, {0x30, 0}}}})
                     .der);
}

TEST(CertificateParse, RefusesMalformedExtensions) {
  for (const char* oid : {"2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.14", "2.5.29.35",
                          "2.5.29.17", "2.5.29.30", "2.5.29.31"}) {
    expect_refused(self_signed({.subject = "Malformed",
                                .extensions = {{oid, false, {0x30, 0x05, 1}}},
                                .key_identifiers = false,
                                .basic_constraints = false})
                       .der);
  }
}

TEST(CertificateParse, BoundsTheNumberOfExtensions) {
  CertificateSpec spec{.subject = "Many"};
  for (int i = 0; i < 70; ++i) {
    spec.extensions.push_back({"1.2.3." + std::to_string(i), false, {5, 0}});
  }
  expect_refused(self_signed(spec).der);
}

TEST(CertificateParse, TakesVersionsOneAndThreeOnly) {
  const Issued v1 = self_signed({.subject = "Old", .version1 = true});
  const Certificate cert = Certificate::from_der(v1.der, "cert").value();
  EXPECT_FALSE(cert.is_ca());
  const ByteVector der = self_signed({.subject = "New"}).der;
  for (const std::uint8_t version : ByteVector{0, 1, 3, 9}) {
    expect_refused(patched(der, {0xa0, 3, 2, 1, 2}, {0xa0, 3, 2, 1, version}));
  }
}

// Failure class P7.
TEST(CertificateParse, RefusesKeysThatNobodyMayUse) {
  for (const KeyKind kind :
       {KeyKind::rsa1024, KeyKind::rsa_pss, KeyKind::p224, KeyKind::k256, KeyKind::ed25519}) {
    const Issued root = self_signed({.subject = "Root", .ca = true});
    expect_refused(issue({.subject = "Odd key"}, make_key(kind), &root).der, Code::bad_key);
  }
}

TEST(CertificateParse, RefusesTwoSignatureAlgorithms) {
  // ecdsa-with-SHA256 is 1.2.840.10045.4.3.2, SHA384 ends in 3; the first occurrence is inside.
  const ByteVector der = self_signed({.subject = "Two algorithms"}).der;
  expect_refused(patched(der, {0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2},
                         {0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3}));
}

TEST(CertificateParse, NamesTheBadOneOfAList) {
  const ByteVector good = self_signed({.subject = "Good"}).der;
  EXPECT_EQ(parse_certificates(std::vector<ByteVector>{good, good}, "certs").value().size(), 2U);
  const auto bad = parse_certificates(std::vector<ByteVector>{good, {1, 2}}, "certs");
  EXPECT_EQ(bad.error().code, Code::bad_certificate);
  EXPECT_EQ(bad.error().where, "certs[1]");
  EXPECT_TRUE(parse_certificates({}, "certs").value().empty());
}

// ---- CRLs ---------------------------------------------------------------------------------------

Issued authority() {
  return self_signed({.subject = "CRL CA", .ca = true, .key_usage = "keyCertSign,cRLSign"});
}

void expect_crl_refused(Bytes der, Code code = Code::bad_encoding) {
  const auto parsed = Crl::from_der(der, "crl");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(to_string(parsed.error().code), to_string(code)) << parsed.error().detail;
  EXPECT_EQ(parsed.error().where, "crl");
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(CrlParse, ReadsItsFields) {
  const Crl crl = Crl::from_der(issue_crl({.revoked = {7, 9}}, authority()), "crl").value();
  EXPECT_EQ(crl.issuer(), "CN=CRL CA");
  EXPECT_EQ(crl.this_update(), testing::kStart);
  EXPECT_EQ(crl.next_update(), testing::kEnd);
  const Crl open =
      Crl::from_der(issue_crl({.next_update = std::nullopt}, authority()), "crl").value();
  EXPECT_EQ(open.next_update(), std::nullopt);
}

TEST(CrlParse, RefusesPrefixesTailsAndOtherBytes) {
  const ByteVector der = issue_crl({.revoked = {7}}, authority());
  for (std::size_t n = 0; n < der.size(); ++n) {
    expect_crl_refused(Bytes(der).first(n));
  }
  ByteVector longer = der;
  longer.push_back(0);
  expect_crl_refused(longer);
  expect_crl_refused(authority().der);
  expect_crl_refused(ByteVector((1U << 20U) + 1, 0x30), Code::too_large);
}

TEST(CrlParse, RefusesDeltaAndIndirectLists) {
  expect_crl_refused(issue_crl({.extensions = {{"2.5.29.27", true, {2, 1, 1}}}}, authority()));
  // IssuingDistributionPoint { indirectCRL [4] TRUE }, { onlyContainsAttributeCerts [5] TRUE },
  // { onlySomeReasons [3] }
  for (const ByteVector& idp :
       {ByteVector{0x30, 3, 0x84, 1, 0xff}, ByteVector{0x30, 3, 0x85, 1, 0xff},
        ByteVector{0x30, 4, 0x83, 2, 1, 2}}) {
    expect_crl_refused(issue_crl({.extensions = {{"2.5.29.28", true, idp}}}, authority()));
  }
  // An entry that names its own issuer.
  expect_crl_refused(
      issue_crl({.revoked = {7}, .entry_extensions = {{"2.5.29.29", true, {0x30, 2, 0x82, 0}}}},
                authority()));
}

TEST(CrlParse, RefusesUnknownCriticalExtensions) {
  const testing::RawExtension critical{"1.2.3.4", true, {5, 0}};
  const testing::RawExtension harmless{"1.2.3.4", false, {5, 0}};
  expect_crl_refused(issue_crl({.extensions = {critical}}, authority()));
  expect_crl_refused(issue_crl({.revoked = {7}, .entry_extensions = {critical}}, authority()));
  expect_crl_refused(issue_crl({.extensions = {harmless, harmless}}, authority()));
  EXPECT_TRUE(
      Crl::from_der(
          issue_crl({.revoked = {7}, .extensions = {harmless}, .entry_extensions = {harmless}},
                    authority()),
          "crl")
          .ok());
}

TEST(CrlParse, RefusesMalformedExtensions) {
  for (const char* oid : {"2.5.29.28", "2.5.29.35"}) {
    expect_crl_refused(issue_crl(
        {.extensions = {{oid, false, {0x30, 5, 1}}}, .key_identifier = false}, authority()));
  }
}

TEST(CrlParse, NamesTheBadOneOfAList) {
  const ByteVector good = issue_crl({}, authority());
  EXPECT_EQ(parse_crls(std::vector<ByteVector>{good, {0}}, "crls").error().where, "crls[1]");
}

}  // namespace
}  // namespace cupel::crypto

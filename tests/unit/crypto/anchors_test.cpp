#include <gtest/gtest.h>

#include "codec/pem.hpp"
#include "unit/crypto/chain_help.hpp"

namespace cupel::crypto {
namespace {

Issued root(const std::string& name) {
  return issue({.subject = name, .ca = true}, make_key(KeyKind::p256, name));
}

void expect_refused(const Result<Unit>& result, Code code, std::string_view where) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(to_string(result.error().code), to_string(code)) << result.error().detail;
  EXPECT_EQ(result.error().where, where);
}

TEST(TrustAnchorsAdd, TakesPemWithSeveralCertificatesOrOneDer) {
  TrustAnchors anchors({});
  EXPECT_TRUE(anchors.empty());
  const Issued a = root("a");
  const Issued b = root("b");
  const std::string both = pem::dump("CERTIFICATE", a.der) + pem::dump("CERTIFICATE", b.der);
  ASSERT_TRUE(anchors.add_certificates("roots.pem", as_bytes(both)).ok());
  ASSERT_TRUE(anchors.add_certificates("a.der", a.der).ok());
  ASSERT_EQ(anchors.certificates().size(), 2U);  // the second `a` is the first one
  EXPECT_EQ(anchors.certificates()[1].name, "roots.pem");
  EXPECT_EQ(anchors.certificates()[1].der, b.der);
  EXPECT_FALSE(anchors.empty());
}

TEST(TrustAnchorsAdd, RefusesFilesWithAnythingElse) {
  TrustAnchors anchors({});
  const Issued a = root("a");
  const std::string good = pem::dump("CERTIFICATE", a.der);
  const auto add = [&](std::string_view text) {
    return anchors.add_certificates("f", as_bytes(text));
  };
  expect_refused(add(""), Code::missing_field, "anchors");
  expect_refused(add("hello"), Code::bad_certificate, "anchors");
  expect_refused(add(good + pem::dump("PRIVATE KEY", a.der)), Code::bad_encoding, "anchors");
  expect_refused(add(good + "x"), Code::bad_encoding, "anchors");
  expect_refused(add("subject=a\n" + good), Code::bad_certificate, "anchors");
  expect_refused(add(good + pem::dump("CERTIFICATE", as_bytes("junk"))), Code::bad_certificate,
                 "anchors");
  ByteVector longer = a.der;
  longer.push_back(0);
  expect_refused(anchors.add_certificates("f", longer), Code::bad_certificate, "anchors");
  EXPECT_TRUE(anchors.empty());
}

TEST(TrustAnchorsAdd, TakesKeys) {
  TrustAnchors anchors({});
  const ByteVector spki = testing::spki_of(make_key(KeyKind::rsa2048));
  ASSERT_TRUE(anchors.add_key("ak", as_bytes(pem::dump("PUBLIC KEY", spki))).ok());
  ASSERT_TRUE(anchors.add_key("ak again", spki).ok());
  ASSERT_EQ(anchors.keys().size(), 1U);
  EXPECT_EQ(anchors.keys()[0].name, "ak");
  EXPECT_EQ(anchors.keys()[0].der, spki);
  EXPECT_FALSE(anchors.empty());
}

TEST(TrustAnchorsAdd, RefusesWhatIsNoKey) {
  TrustAnchors anchors({});
  const ByteVector spki = testing::spki_of(make_key(KeyKind::ed25519));
  expect_refused(anchors.add_key("k", {}), Code::bad_key, "anchors.key");
  expect_refused(anchors.add_key("k", spki), Code::bad_key, "anchors.key");
  expect_refused(anchors.add_key("k", root("a").der), Code::bad_key, "anchors.key");
  expect_refused(anchors.add_key("k", as_bytes(pem::dump("CERTIFICATE", root("a").der))),
                 Code::bad_encoding, "anchors.key");
  EXPECT_TRUE(anchors.empty());
}

// A key is trusted for what it signs, not for certificates.
TEST(TrustAnchorsAdd, AKeyIsNoAnchorOfAChain) {
  const auto chain = testing::issue_chain(0);
  TrustAnchors anchors({});
  ASSERT_TRUE(anchors.add_key("root", testing::spki_of(chain[1].key)).ok());
  expect_error(verify(chain[0], helpers(chain), {.anchors = anchors}), Code::untrusted_chain);
}

}  // namespace
}  // namespace cupel::crypto

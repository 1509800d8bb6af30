#include <gtest/gtest.h>
#include <openssl/err.h>

#include <algorithm>
#include <thread>

#include "unit/crypto/chain_help.hpp"

namespace cupel::crypto {
namespace {

const std::string kCaUsage = "keyCertSign,cRLSign";
const std::string kAkUsage = "2.23.133.8.3";

CertificateSpec ca_spec(const std::string& subject) {
  return {.subject = subject, .ca = true, .key_usage = kCaUsage};
}

// ---- paths that hold ----------------------------------------------------------------------------

TEST(VerifyChain, AcceptsAPathToAFingerprintedRoot) {
  const auto chain = testing::issue_chain(2);
  const auto result = verify(chain[0], helpers(chain), {.anchors = fingerprint(chain[3])});
  ASSERT_TRUE(result.ok()) << to_string(result.error());
  ASSERT_EQ(result->path.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(result->path[i].der(), chain[i].der);
  }
  EXPECT_EQ(result->anchor_name, "test root");
  EXPECT_EQ(result->valid_until, kEnd);
}

TEST(VerifyChain, AcceptsAnAnchorByKeyOrByCertificateFile) {
  const auto chain = testing::issue_chain(1);
  EXPECT_TRUE(verify(chain[0], helpers(chain), {.anchors = key_fingerprint(chain[2])}).ok());
  // The caller's own file need not come along with the evidence.
  const auto by_file = verify(chain[0], {chain[1]}, {.anchors = certificate(chain[2])});
  ASSERT_TRUE(by_file.ok()) << to_string(by_file.error());
  EXPECT_EQ(by_file->anchor_name, "file");
  EXPECT_EQ(by_file->path.size(), 3U);
  EXPECT_TRUE(verify(chain[0], helpers(chain), {.anchors = certificate(chain[2])}).ok());
}

TEST(VerifyChain, TakesHelpersInAnyOrderAndDuplicated) {
  const auto chain = testing::issue_chain(4);
  std::vector<Issued> bag = helpers(chain);
  const std::vector<Issued> again = bag;
  bag.insert(bag.end(), again.begin(), again.end());
  bag.push_back(chain[0]);
  bag.push_back(testing::issue_chain(1, "unrelated")[1]);
  std::sort(bag.begin(), bag.end(), [](const Issued& a, const Issued& b) { return a.der < b.der; });
  for (int i = 0; i < 12; ++i) {
    std::rotate(bag.begin(), bag.begin() + 1, bag.end());
    const auto result = verify(chain[0], bag, {.anchors = fingerprint(chain[5])});
    ASSERT_TRUE(result.ok()) << to_string(result.error());
    EXPECT_EQ(result->path.size(), 6U);
  }
}

TEST(VerifyChain, StopsAtAnAnchorThatIsNotSelfSigned) {
  const auto chain = testing::issue_chain(2);
  const auto result = verify(chain[0], {chain[1]}, {.anchors = fingerprint(chain[1])});
  ASSERT_TRUE(result.ok()) << to_string(result.error());
  EXPECT_EQ(result->path.size(), 2U);
}

TEST(VerifyChain, AcceptsALeafThatIsItselfAnAnchorOnlyAsALeaf) {
  const auto chain = testing::issue_chain(1);
  EXPECT_EQ(verify(chain[0], {}, {.anchors = fingerprint(chain[0])})->path.size(), 1U);
  EXPECT_EQ(verify(chain[0], {}, {.anchors = certificate(chain[0])})->path.size(), 1U);
  expect_error(verify(chain[2], {}, {.anchors = fingerprint(chain[2])}), Code::bad_certificate);
  expect_error(verify(chain[1], helpers(chain), {.anchors = fingerprint(chain[2])}),
               Code::bad_certificate);
  ChainRules rules{.where = "chain", .leaf_may_be_ca = true};
  EXPECT_TRUE(verify(chain[2], {}, {.anchors = fingerprint(chain[2]), .rules = rules}).ok());
  const Issued alone = issue({.subject = "Alone"}, make_key(KeyKind::p256, "alone"));
  EXPECT_TRUE(verify(alone, {}, {.anchors = fingerprint(alone)}).ok());
  EXPECT_TRUE(verify(alone, {}, {.anchors = key_fingerprint(alone)}).ok());
}

TEST(VerifyChain, AcceptsEachSignatureAlgorithm) {
  for (const char* digest : {"SHA256", "SHA384", "SHA512"}) {
    for (const KeyKind kind : {KeyKind::rsa2048, KeyKind::p256, KeyKind::p384, KeyKind::p521}) {
      const Issued root = issue(ca_spec("Root"), make_key(kind, "algorithms"));
      const Issued leaf = issue({.subject = "Leaf", .signing = {.digest = digest}},
                                make_key(KeyKind::p256, "leaf"), &root);
      EXPECT_TRUE(verify(leaf, {root}, {.anchors = fingerprint(root)}).ok()) << digest;
    }
    const Issued root = issue(ca_spec("Root"), make_key(KeyKind::rsa2048, "algorithms"));
    const Issued leaf = issue({.subject = "Leaf", .signing = {.digest = digest, .pss = true}},
                              make_key(KeyKind::p256, "leaf"), &root);
    EXPECT_TRUE(verify(leaf, {root}, {.anchors = fingerprint(root)}).ok()) << digest << " PSS";
  }
}

// AMD's certificates have no authority key identifier.
TEST(VerifyChain, DoesWithoutKeyIdentifiers) {
  CertificateSpec spec = ca_spec("Root");
  spec.key_identifiers = false;
  const Issued root = issue(spec, make_key(KeyKind::p256, "no ids"));
  const Issued leaf =
      issue({.subject = "Leaf", .key_identifiers = false}, make_key(KeyKind::p256, "leaf"), &root);
  EXPECT_TRUE(verify(leaf, {root}, {.anchors = fingerprint(root)}).ok());
}

TEST(VerifyChain, CountsIntermediates) {
  const auto eight = testing::issue_chain(8);
  EXPECT_EQ(verify(eight[0], helpers(eight), {.anchors = fingerprint(eight[9])})->path.size(), 10U);
  const auto nine = testing::issue_chain(9);
  expect_error(verify(nine[0], helpers(nine), {.anchors = fingerprint(nine[10])}),
               Code::untrusted_chain);
  ChainRules rules{.where = "chain", .max_intermediates = 1};
  const auto two = testing::issue_chain(2);
  expect_error(verify(two[0], helpers(two), {.anchors = fingerprint(two[3]), .rules = rules}),
               Code::untrusted_chain);
  rules.max_intermediates = 2;
  EXPECT_TRUE(verify(two[0], helpers(two), {.anchors = fingerprint(two[3]), .rules = rules}).ok());
}

TEST(VerifyChain, LooksAt32HelpersAtMost) {
  const auto chain = testing::issue_chain(0);
  std::vector<Issued> bag(32, chain[1]);
  EXPECT_TRUE(verify(chain[0], bag, {.anchors = fingerprint(chain[1])}).ok());
  bag.push_back(chain[1]);
  expect_error(verify(chain[0], bag, {.anchors = fingerprint(chain[1])}), Code::too_large);
}

// ---- roots nobody trusts (failure classes N1, N2, N3)
// --------------------------------------------

TEST(VerifyChain, NeverTrustsAHelperForBeingSelfSigned) {
  const auto real = testing::issue_chain(1);
  const auto evil = testing::issue_chain(1, "evil");
  std::vector<Issued> bag = helpers(real);
  for (const Issued& helper : helpers(evil)) {
    bag.push_back(helper);
  }
  for (std::size_t i = 0; i < bag.size(); ++i) {
    std::rotate(bag.begin(), bag.begin() + 1, bag.end());
    expect_error(verify(evil[0], bag, {.anchors = fingerprint(real[2])}), Code::untrusted_chain);
    expect_error(verify(evil[0], bag, {.anchors = certificate(real[2])}), Code::untrusted_chain);
    EXPECT_TRUE(verify(real[0], bag, {.anchors = fingerprint(real[2])}).ok());
  }
}

TEST(VerifyChain, NeverTrustsARootForItsName) {
  const auto real = testing::issue_chain(0, "same");
  const Issued evil_root = issue(ca_spec("same root"), make_key(KeyKind::p256, "evil"));
  const Issued evil_leaf = issue({.subject = "Leaf"}, make_key(KeyKind::p256, "leaf"), &evil_root);
  for (const TrustAnchors& anchors :
       {fingerprint(real[1]), key_fingerprint(real[1]), certificate(real[1])}) {
    expect_error(verify(evil_leaf, {evil_root}, {.anchors = anchors}), Code::untrusted_chain);
    expect_error(verify(evil_leaf, {evil_root, real[1]}, {.anchors = anchors}),
                 Code::untrusted_chain);
    expect_error(verify(evil_leaf, {real[1], evil_root}, {.anchors = anchors}),
                 Code::untrusted_chain);
  }
}

// The evil root claims the real root's key identifier too, so that only the signature differs.
TEST(VerifyChain, NeverTrustsARootForItsKeyIdentifier) {
  CertificateSpec spec = ca_spec("same");
  spec.key_identifiers = false;
  const Issued real = issue(spec, make_key(KeyKind::p256, "real"));
  const Issued evil = issue(spec, make_key(KeyKind::p256, "evil"));
  const Issued leaf = issue({.subject = "Leaf"}, make_key(KeyKind::p256, "leaf"), &evil);
  expect_error(verify(leaf, {real}, {.anchors = fingerprint(real)}), Code::bad_signature);
  expect_error(verify(leaf, {evil, real}, {.anchors = fingerprint(real)}), Code::untrusted_chain);
  expect_error(verify(leaf, {real, evil}, {.anchors = fingerprint(real)}), Code::untrusted_chain);
}

TEST(VerifyChain, FindsTheRightKeyAmongRootsOfOneName) {
  CertificateSpec spec = ca_spec("same");
  spec.key_identifiers = false;
  const Issued one = issue(spec, make_key(KeyKind::p256, "one"));
  const Issued two = issue(spec, make_key(KeyKind::p256, "two"));
  const Issued leaf = issue({.subject = "Leaf"}, make_key(KeyKind::p256, "leaf"), &two);
  for (const auto& bag : {std::vector{one, two}, std::vector{two, one}}) {
    EXPECT_TRUE(verify(leaf, bag, {.anchors = fingerprint(two)}).ok());
    expect_error(verify(leaf, bag, {.anchors = fingerprint(one)}), Code::untrusted_chain);
  }
}

// Anyone can write a certificate around a public key. The dates in it are not the vendor's.
TEST(VerifyChain, DoesNotTakeAForgedCertificateForAFingerprintedKey) {
  CertificateSpec spec = ca_spec("Root");
  spec.not_after = UnixTime(kNow.seconds() - 1);
  const Issued root = issue(spec, make_key(KeyKind::p256, "root"));
  const Issued leaf = issue({.subject = "Leaf"}, make_key(KeyKind::p256, "leaf"), &root);
  expect_error(verify(leaf, {root}, {.anchors = key_fingerprint(root)}), Code::expired);
  // The same key, the same name, later dates, signed by somebody else.
  const Issued forger = issue(ca_spec("Root"), make_key(KeyKind::p256, "forger"));
  const Issued forged = issue(ca_spec("Root"), make_key(KeyKind::p256, "root"), &forger);
  expect_error(verify(leaf, {forged}, {.anchors = key_fingerprint(root)}), Code::untrusted_chain);
  expect_error(verify(leaf, {forged, root}, {.anchors = key_fingerprint(root)}), Code::expired);
  expect_error(verify(leaf, {forged, forger}, {.anchors = key_fingerprint(root)}),
               Code::untrusted_chain);
}

TEST(VerifyChain, RefusesWhenTheIssuerIsMissing) {
  const auto chain = testing::issue_chain(2);
  const auto missing = verify(chain[0], {chain[1], chain[3]}, {.anchors = fingerprint(chain[3])});
  expect_error(missing, Code::untrusted_chain);
  EXPECT_NE(missing.error().detail.find(chain[2].subject), std::string::npos);
  expect_error(verify(chain[0], {}, {.anchors = fingerprint(chain[3])}), Code::untrusted_chain);
  expect_error(verify(chain[0], {chain[1], chain[2]}, {.anchors = fingerprint(chain[3])}),
               Code::untrusted_chain);
  expect_error(verify(chain[0], helpers(chain), {.anchors = TrustAnchors({})}),
               Code::untrusted_chain);
}

TEST(VerifyChain, NamesTheRootThatIsUnknown) {
  const auto chain = testing::issue_chain(1, "stranger");
  const auto other = testing::issue_chain(0, "other");
  const auto result = verify(chain[0], helpers(chain), {.anchors = fingerprint(other[1])});
  expect_error(result, Code::untrusted_chain);
  EXPECT_NE(result.error().detail.find("stranger root"), std::string::npos);
}

TEST(VerifyChain, FindsTheCrossSignedPath) {
  const Issued old_root = issue(ca_spec("Old root"), make_key(KeyKind::p256, "old"));
  const Issued new_root = issue(ca_spec("New root"), make_key(KeyKind::p256, "new"));
  const Issued crossed = issue(ca_spec("New root"), make_key(KeyKind::p256, "new"), &old_root);
  const Issued leaf = issue({.subject = "Leaf"}, make_key(KeyKind::p256, "leaf"), &new_root);
  const std::vector<Issued> bag = {new_root, crossed, old_root};
  EXPECT_EQ(verify(leaf, bag, {.anchors = fingerprint(old_root)})->path.size(), 3U);
  EXPECT_EQ(verify(leaf, bag, {.anchors = fingerprint(new_root)})->path.size(), 2U);
  // Two authorities that certify each other, and no anchor: an end, not a loop.
  const Issued back = issue(ca_spec("Old root"), make_key(KeyKind::p256, "old"), &new_root);
  expect_error(verify(leaf, {crossed, back}, {.anchors = fingerprint(old_root)}),
               Code::untrusted_chain);
}

TEST(VerifyChain, GoesRoundAnExpiredCrossCertificate) {
  const Issued old_root = issue(ca_spec("Old root"), make_key(KeyKind::p256, "old"));
  CertificateSpec stale = ca_spec("CA");
  stale.not_after = UnixTime(kNow.seconds() - 1);
  const Issued expired = issue(stale, make_key(KeyKind::p256, "ca"), &old_root);
  const Issued fresh = issue(ca_spec("CA"), make_key(KeyKind::p256, "ca"), &old_root);
  const Issued leaf = issue({.subject = "Leaf"}, make_key(KeyKind::p256, "leaf"), &fresh);
  for (const auto& bag :
       {std::vector{expired, fresh, old_root}, std::vector{fresh, expired, old_root}}) {
    EXPECT_TRUE(verify(leaf, bag, {.anchors = fingerprint(old_root)}).ok());
  }
  expect_error(verify(leaf, {expired, old_root}, {.anchors = fingerprint(old_root)}),
               Code::expired);
}

TEST(VerifyChain, EndsOnManyCertificatesOfOneName) {
  CertificateSpec spec = ca_spec("Same");
  std::vector<Issued> bag;
  const Issued seed = issue(spec, make_key(KeyKind::p256, "same"));
  for (int i = 0; i < 32; ++i) {
    bag.push_back(issue(spec, make_key(KeyKind::p256, "same"), &seed));
  }
  const Issued leaf = issue({.subject = "Leaf"}, make_key(KeyKind::p256, "leaf"), &seed);
  expect_error(verify(leaf, bag, {.anchors = fingerprint(testing::issue_chain(0)[1])}),
               Code::untrusted_chain);
}

// ---- signatures ---------------------------------------------------------------------------------

TEST(VerifyChain, RefusesATamperedCertificate) {
  const auto chain = testing::issue_chain(1);
  for (const std::size_t which : {0U, 1U}) {
    Issued bad = chain[which];
    bad.der.back() ^= 1U;
    const Issued& leaf = which == 0 ? bad : chain[0];
    const Issued& middle = which == 1 ? bad : chain[1];
    expect_error(verify(leaf, {middle, chain[2]}, {.anchors = fingerprint(chain[2])}),
                 Code::bad_signature);
  }
}

TEST(VerifyChain, RefusesALeafSignedByAnotherAuthority) {
  const auto chain = testing::issue_chain(1);
  const auto other = testing::issue_chain(1, "other");
  const Issued stray =
      issue({.subject = "Stray", .key_identifiers = false, .issuer = chain[1].subject},
            make_key(KeyKind::p256, "stray"), &other[1]);
  expect_error(verify(stray, helpers(chain), {.anchors = fingerprint(chain[2])}),
               Code::bad_signature);
}

TEST(VerifyChain, RefusesWeakSignatureAlgorithms) {
  const Issued root = issue(ca_spec("Root"), make_key(KeyKind::rsa2048, "weak"));
  const std::vector<testing::Signing> weak = {
      {.digest = "SHA1"},
      {.digest = "SHA224"},
      {.digest = "MD5"},
      {.digest = "SHA3-256"},
      {.digest = "SHA1", .pss = true},
      {.digest = "SHA256", .pss = true, .salt_length = 0},
      {.digest = "SHA256", .pss = true, .salt_length = 20},
      {.digest = "SHA256", .pss = true, .mgf1_digest = "SHA1"}};
  for (const testing::Signing& signing : weak) {
    const Issued leaf =
        issue({.subject = "Leaf", .signing = signing}, make_key(KeyKind::p256, "leaf"), &root);
    expect_error(verify(leaf, {root}, {.anchors = fingerprint(root)}), Code::bad_certificate);
    expect_error(verify(leaf, {root}, {.anchors = certificate(root)}), Code::bad_certificate);
  }
  const Issued ec_root = issue(ca_spec("EC root"), make_key(KeyKind::p256, "weak"));
  const Issued leaf = issue({.subject = "Leaf", .signing = {.digest = "SHA1"}},
                            make_key(KeyKind::p256, "leaf"), &ec_root);
  expect_error(verify(leaf, {ec_root}, {.anchors = fingerprint(ec_root)}), Code::bad_certificate);
}

TEST(VerifyChain, DoesNotMindHowAFingerprintedRootSignedItself) {
  CertificateSpec spec = ca_spec("Old root");
  spec.signing.digest = "SHA1";
  const Issued root = issue(spec, make_key(KeyKind::rsa2048, "sha1 root"));
  const Issued leaf = issue({.subject = "Leaf"}, make_key(KeyKind::p256, "leaf"), &root);
  EXPECT_TRUE(verify(leaf, {root}, {.anchors = fingerprint(root)}).ok());
  // A key's fingerprint needs the self-signature, so there it matters.
  expect_error(verify(leaf, {root}, {.anchors = key_fingerprint(root)}), Code::untrusted_chain);
}

// ---- dates --------------------------------------------------------------------------------------

TEST(VerifyChain, JudgesTheDatesOfEveryCertificateTheAnchorIncluded) {
  for (int which = 0; which < 3; ++which) {
    const auto date = [&](int position, CertificateSpec spec) {
      if (position == which) {
        spec.not_before = UnixTime(kNow.seconds() - 10);
        spec.not_after = UnixTime(kNow.seconds() + 10);
      }
      return spec;
    };
    const Issued root = issue(date(2, ca_spec("Dated root")), make_key(KeyKind::p256, "r"));
    const Issued middle = issue(date(1, ca_spec("Dated CA")), make_key(KeyKind::p256, "m"), &root);
    const Issued leaf =
        issue(date(0, {.subject = "Dated leaf"}), make_key(KeyKind::p256, "l"), &middle);
    const std::string name =
        std::vector{leaf, middle, root}.at(static_cast<std::size_t>(which)).subject;
    for (const TrustAnchors& anchors :
         {fingerprint(root), key_fingerprint(root), certificate(root)}) {
      const auto at = [&](std::int64_t shift) {
        return verify(leaf, {middle, root},
                      {.anchors = anchors, .now = UnixTime(kNow.seconds() + shift)});
      };
      EXPECT_TRUE(at(-10).ok());
      EXPECT_TRUE(at(10).ok());
      EXPECT_EQ(at(0)->valid_until.seconds(), kNow.seconds() + 10);
      expect_error(at(-11), Code::not_yet_valid);
      expect_error(at(11), Code::expired);
      EXPECT_NE(at(-11).error().detail.find(name), std::string::npos);
      EXPECT_NE(at(11).error().detail.find(name), std::string::npos);
      EXPECT_NE(at(11).error().detail.find("2024-06-15T00:00:10Z"), std::string::npos);
    }
  }
}

TEST(VerifyChain, SaysUntrustedWhenMoreThanTheDateIsWrong) {
  CertificateSpec stale = ca_spec("Stale CA");
  stale.not_after = UnixTime(kNow.seconds() - 1);
  const auto other = testing::issue_chain(0, "other");
  const Issued root = issue(ca_spec("Unknown root"), make_key(KeyKind::p256, "unknown"));
  const Issued middle = issue(stale, make_key(KeyKind::p256, "stale"), &root);
  const Issued leaf = issue({.subject = "Leaf"}, make_key(KeyKind::p256, "leaf"), &middle);
  expect_error(verify(leaf, {middle, root}, {.anchors = fingerprint(other[1])}),
               Code::untrusted_chain);
  expect_error(verify(leaf, {middle, root}, {.anchors = fingerprint(root)}), Code::expired);
}

// ---- constraints --------------------------------------------------------------------------------

TEST(VerifyChain, RefusesIssuersThatAreNoAuthorities) {
  const auto chain = testing::issue_chain(1);
  const Issued below =
      issue({.subject = "Below a leaf"}, make_key(KeyKind::p256, "below"), &chain[0]);
  std::vector<Issued> bag = helpers(chain);
  bag.push_back(chain[0]);
  expect_error(verify(below, bag, {.anchors = fingerprint(chain[2])}), Code::bad_certificate);
  // No basicConstraints at all, but a key usage for signing certificates.
  const Issued vague =
      issue({.subject = "Vague", .key_usage = "keyCertSign", .basic_constraints = false},
            make_key(KeyKind::p256, "vague"), &chain[2]);
  const Issued leaf = issue({.subject = "Leaf"}, make_key(KeyKind::p256, "leaf"), &vague);
  expect_error(verify(leaf, {vague, chain[2]}, {.anchors = fingerprint(chain[2])}),
               Code::bad_certificate);
}

TEST(VerifyChain, RefusesIssuersWhoseKeyUsageForbidsIt) {
  const auto chain = testing::issue_chain(0);
  const Issued middle = issue({.subject = "CRL signer", .ca = true, .key_usage = "cRLSign"},
                              make_key(KeyKind::p256, "crl signer"), &chain[1]);
  const Issued leaf = issue({.subject = "Leaf"}, make_key(KeyKind::p256, "leaf"), &middle);
  expect_error(verify(leaf, {middle, chain[1]}, {.anchors = fingerprint(chain[1])}),
               Code::untrusted_chain);
}

TEST(VerifyChain, EnforcesPathLengths) {
  CertificateSpec spec = ca_spec("Short root");
  spec.path_length = 0;
  const Issued root = issue(spec, make_key(KeyKind::p256, "short"));
  const Issued leaf = issue({.subject = "Leaf"}, make_key(KeyKind::p256, "leaf"), &root);
  EXPECT_TRUE(verify(leaf, {root}, {.anchors = fingerprint(root)}).ok());
  const Issued middle = issue(ca_spec("CA"), make_key(KeyKind::p256, "middle"), &root);
  const Issued low = issue({.subject = "Low"}, make_key(KeyKind::p256, "low"), &middle);
  expect_error(verify(low, {middle, root}, {.anchors = fingerprint(root)}), Code::bad_certificate);
  expect_error(verify(low, {middle, root}, {.anchors = certificate(root)}), Code::bad_certificate);
}

TEST(VerifyChain, RefusesUnknownCriticalExtensionsAnywhere) {
  const testing::RawExtension critical{"1.2.3.4", true, {5, 0}};
  for (int which = 0; which < 3; ++which) {
    const auto marked = [&](int position, CertificateSpec spec) {
      if (position == which) {
        spec.extensions = {critical};
      }
      return spec;
    };
    const Issued root = issue(marked(2, ca_spec("Root")), make_key(KeyKind::p256, "r"));
    const Issued middle = issue(marked(1, ca_spec("CA")), make_key(KeyKind::p256, "m"), &root);
    const Issued leaf =
        issue(marked(0, {.subject = "Leaf"}), make_key(KeyKind::p256, "l"), &middle);
    expect_error(verify(leaf, {middle, root}, {.anchors = fingerprint(root)}),
                 Code::bad_certificate);
  }
}

TEST(VerifyChain, EnforcesNameConstraints) {
  CertificateSpec spec = ca_spec("Constrained");
  spec.name_constraints = "critical,permitted;DNS:good.example";
  const Issued root = issue(spec, make_key(KeyKind::p256, "constrained"));
  const Issued good = issue({.subject = "Good", .subject_alt_name = "DNS:a.good.example"},
                            make_key(KeyKind::p256, "leaf"), &root);
  const Issued bad = issue({.subject = "Bad", .subject_alt_name = "DNS:a.evil.example"},
                           make_key(KeyKind::p256, "leaf"), &root);
  EXPECT_TRUE(verify(good, {root}, {.anchors = fingerprint(root)}).ok());
  expect_error(verify(bad, {root}, {.anchors = fingerprint(root)}), Code::bad_certificate);
}

TEST(VerifyChain, AppliesTheFamilysRulesToTheLeaf) {
  const auto chain =
      testing::issue_chain(1, "rules", {.subject = "AK", .extended_key_usage = kAkUsage});
  ChainRules rules{.where = "chain", .leaf_extended_key_usage = kAkUsage};
  const auto with = [&](const ChainRules& r) {
    return verify(chain[0], helpers(chain), {.anchors = fingerprint(chain[2]), .rules = r});
  };
  EXPECT_TRUE(with(rules).ok());
  rules.leaf_key_types = {KeyType::rsa, KeyType::ec_p256};
  EXPECT_TRUE(with(rules).ok());
  rules.leaf_key_types = {KeyType::rsa};
  expect_error(with(rules), Code::bad_certificate);
  rules.leaf_key_types = {};
  rules.leaf_extended_key_usage = "2.23.133.8.1";
  expect_error(with(rules), Code::bad_certificate);
  const auto plain = testing::issue_chain(1, "plain");
  rules.leaf_extended_key_usage = kAkUsage;
  expect_error(verify(plain[0], helpers(plain), {.anchors = fingerprint(plain[2]), .rules = rules}),
               Code::bad_certificate);
}

TEST(VerifyChain, TakesARootFromBeforeExtensionsAndNoSuchIntermediate) {
  const Issued root =
      issue({.subject = "V1 root", .version1 = true}, make_key(KeyKind::p256, "v1"));
  const Issued leaf = issue({.subject = "Leaf"}, make_key(KeyKind::p256, "leaf"), &root);
  EXPECT_TRUE(verify(leaf, {root}, {.anchors = fingerprint(root)}).ok());
  const auto chain = testing::issue_chain(0);
  const Issued middle = issue({.subject = "V1 CA", .version1 = true},
                              make_key(KeyKind::p256, "v1 middle"), &chain[1]);
  const Issued low = issue({.subject = "Low"}, make_key(KeyKind::p256, "low"), &middle);
  expect_error(verify(low, {middle, chain[1]}, {.anchors = fingerprint(chain[1])}),
               Code::bad_certificate);
}

// ---- the cache ----------------------------------------------------------------------------------

TEST(VerifyChain, CacheRemembersSignaturesAndTheRulesOfAPathAndNothingElse) {
  const auto chain = testing::issue_chain(2);
  ChainCache cache;
  const auto at = [&](UnixTime now, const TrustAnchors& anchors) {
    return verify(chain[0], helpers(chain), {.anchors = anchors, .now = now, .cache = &cache});
  };
  EXPECT_TRUE(at(kNow, fingerprint(chain[3])).ok());
  EXPECT_EQ(cache.size(), 4U);  // three signatures, one path
  EXPECT_TRUE(at(kNow, fingerprint(chain[3])).ok());
  EXPECT_EQ(cache.size(), 4U);
  // Failure class L13.
  expect_error(at(UnixTime(kEnd.seconds() + 1), fingerprint(chain[3])), Code::expired);
  expect_error(at(UnixTime(kStart.seconds() - 1), fingerprint(chain[3])), Code::not_yet_valid);
  expect_error(at(kNow, fingerprint(testing::issue_chain(0, "other")[1])), Code::untrusted_chain);
  const ByteVector crl = issue_crl({.revoked = {chain[0].serial}}, chain[1]);
  expect_error(verify(chain[0], helpers(chain),
                      {.anchors = fingerprint(chain[3]), .cache = &cache, .crls = {crl}}),
               Code::revoked);
}

// Good as one path and broken as another: what is remembered of the first is of no use to the
// second.
TEST(VerifyChain, CacheKnowsAPathOnlyAsAWhole) {
  const auto chain = testing::issue_chain(0);
  CertificateSpec spec = ca_spec("Short");
  spec.path_length = 0;
  const Issued above = issue(spec, make_key(KeyKind::p256, "short"), &chain[1]);
  const Issued below = issue(ca_spec("Below"), make_key(KeyKind::p256, "below"), &above);
  const Issued leaf = issue({.subject = "Leaf"}, make_key(KeyKind::p256, "leaf"), &below);
  ChainCache cache;
  const auto judged = [&](const Issued& anchor) {
    return verify(leaf, {below, above, chain[1]},
                  {.anchors = fingerprint(anchor), .cache = &cache});
  };
  EXPECT_TRUE(judged(below).ok());
  for (int i = 0; i < 2; ++i) {
    expect_error(judged(chain[1]), Code::bad_certificate);
  }
  EXPECT_TRUE(judged(below).ok());
}

TEST(VerifyChain, CacheNeverRemembersAFailure) {
  const auto chain = testing::issue_chain(1);
  Issued bad = chain[0];
  bad.der.back() ^= 1U;
  ChainCache cache;
  for (int i = 0; i < 2; ++i) {
    expect_error(verify(bad, helpers(chain), {.anchors = fingerprint(chain[2]), .cache = &cache}),
                 Code::bad_signature);
  }
  EXPECT_EQ(cache.size(), 0U);
  EXPECT_TRUE(
      verify(chain[0], helpers(chain), {.anchors = fingerprint(chain[2]), .cache = &cache}).ok());
  expect_error(verify(bad, helpers(chain), {.anchors = fingerprint(chain[2]), .cache = &cache}),
               Code::bad_signature);
}

// What the cache says is what it was told, so a poisoned one shows that it is asked, and that it
// is asked about signatures only.
TEST(VerifyChain, CacheIsAskedForThisChildAndThisKey) {
  const auto chain = testing::issue_chain(0);
  Issued bad = chain[0];
  bad.der.back() ^= 1U;
  ChainCache cache;
  cache.remember(sha256(bad.der), sha256(testing::spki_of(chain[0].key)));
  cache.remember(sha256(chain[0].der), sha256(testing::spki_of(chain[1].key)));
  expect_error(verify(bad, {chain[1]}, {.anchors = fingerprint(chain[1]), .cache = &cache}),
               Code::bad_signature);
  cache.remember(sha256(bad.der), sha256(testing::spki_of(chain[1].key)));
  EXPECT_TRUE(verify(bad, {chain[1]}, {.anchors = fingerprint(chain[1]), .cache = &cache}).ok());
}

TEST(ChainCache, KeepsCertificatesAsTheyWereRead) {
  ChainCache cache;
  const auto chain = testing::issue_chain(1, "kept");
  const auto first = parse_certificate(chain[0].der, "test", &cache);
  ASSERT_TRUE(first.ok());
  const auto kept = cache.find_parsed(sha256(chain[0].der));
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->der(), chain[0].der);
  const auto again = parse_certificate(chain[0].der, "test", &cache);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(&again->der(), &kept->der());
  EXPECT_EQ(cache.find_parsed(sha256(chain[1].der)), nullptr);
  // What is not a certificate is refused as often as it is asked about, and never kept.
  const ByteVector bad{1, 2, 3};
  for (int i = 0; i < 2; ++i) {
    const auto refused = parse_certificate(bad, "test", &cache);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().where, "test");
  }
  EXPECT_EQ(cache.find_parsed(sha256(bad)), nullptr);
  EXPECT_EQ(cache.size(), 0U);  // a certificate that was read is not one that was signed
}

TEST(ChainCache, KeepsFewCertificatesAndDropsTheOldest) {
  ChainCache cache(2);
  const auto chain = testing::issue_chain(1, "few");
  for (const auto& issued : chain) {
    ASSERT_TRUE(parse_certificate(issued.der, "test", &cache).ok());
    ASSERT_TRUE(parse_certificate(issued.der, "test", &cache).ok());
  }
  EXPECT_EQ(cache.find_parsed(sha256(chain[0].der)), nullptr);
  EXPECT_NE(cache.find_parsed(sha256(chain[1].der)), nullptr);
  EXPECT_NE(cache.find_parsed(sha256(chain[2].der)), nullptr);
  ChainCache none(0);
  ASSERT_TRUE(parse_certificate(chain[0].der, "test", &none).ok());
  EXPECT_EQ(none.find_parsed(sha256(chain[0].der)), nullptr);
}

TEST(ChainCache, IsBoundedAndDropsTheOldest) {
  ChainCache cache(3);
  const auto digest_of = [](std::uint8_t n) {
    Sha256Digest out{};
    out.front() = n;
    return out;
  };
  for (std::uint8_t n = 0; n < 5; ++n) {
    cache.remember(digest_of(n), digest_of(9));
    cache.remember(digest_of(n), digest_of(9));
  }
  EXPECT_EQ(cache.size(), 3U);
  EXPECT_FALSE(cache.contains(digest_of(1), digest_of(9)));
  EXPECT_TRUE(cache.contains(digest_of(2), digest_of(9)));
  EXPECT_FALSE(cache.contains(digest_of(9), digest_of(2)));
  ChainCache none(0);
  none.remember(digest_of(1), digest_of(1));
  EXPECT_EQ(none.size(), 0U);
}

TEST(ChainCache, TakesManyThreads) {
  const auto chain = testing::issue_chain(2);
  const std::vector<Issued> bag = helpers(chain);
  ChainCache cache(2);  // smaller than the chain, so that entries come and go
  std::vector<std::thread> threads;
  std::array<int, 4> accepted{};
  for (int& count : accepted) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        count +=
            verify(chain[0], bag, {.anchors = fingerprint(chain[3]), .cache = &cache}).ok() ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(accepted, (std::array<int, 4>{20, 20, 20, 20}));
}

TEST(VerifyChain, LeavesNothingInTheErrorQueue) {
  const auto chain = testing::issue_chain(1);
  Issued bad = chain[0];
  bad.der.back() ^= 1U;
  (void)verify(chain[0], helpers(chain), {.anchors = fingerprint(chain[2])});
  EXPECT_EQ(ERR_peek_error(), 0U);
  (void)verify(bad, helpers(chain), {.anchors = fingerprint(chain[2])});
  EXPECT_EQ(ERR_peek_error(), 0U);
  // And an old error there decides nothing.
  ERR_raise(ERR_LIB_X509, X509_R_CERT_ALREADY_IN_HASH_TABLE);
  EXPECT_TRUE(verify(chain[0], helpers(chain), {.anchors = fingerprint(chain[2])}).ok());
  ERR_clear_error();
}

}  // namespace
}  // namespace cupel::crypto

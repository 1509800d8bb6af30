#include <gtest/gtest.h>

#include <algorithm>

#include "unit/crypto/chain_help.hpp"

namespace cupel::crypto {
namespace {

// Leaf, CA, root; a CRL of each authority that revokes nobody.
struct Fixture {
  std::vector<Issued> chain = testing::issue_chain(1, "revocation");
  ByteVector ca_crl = issue_crl({}, chain[1]);
  ByteVector root_crl = issue_crl({}, chain[2]);

  Result<VerifiedChain> with(const std::vector<ByteVector>& crls, Revocation mode,
                             UnixTime now = kNow) const {
    return verify(chain[0], helpers(chain),
                  {.anchors = fingerprint(chain[2]), .now = now, .crls = crls, .revocation = mode});
  }
  void refuses(const std::vector<ByteVector>& crls, Code code) const {
    expect_error(with(crls, Revocation::if_available), code);
    expect_error(with(crls, Revocation::required), code);
    EXPECT_TRUE(with(crls, Revocation::dangerous_ignored).ok());
  }
};

TEST(Revocation, RequiredNeedsACrlForEveryCertificateButTheAnchor) {
  const Fixture f;
  const auto both = f.with({f.ca_crl, f.root_crl}, Revocation::required);
  ASSERT_TRUE(both.ok()) << to_string(both.error());
  EXPECT_TRUE(both->not_proved.empty());
  EXPECT_TRUE(both->assumed.empty());
  expect_error(f.with({}, Revocation::required), Code::revocation_unknown);
  expect_error(f.with({f.ca_crl}, Revocation::required), Code::revocation_unknown);
  expect_error(f.with({f.root_crl}, Revocation::required), Code::revocation_unknown);
}

TEST(Revocation, IfAvailableNamesWhatIsMissing) {
  const Fixture f;
  const auto none = f.with({}, Revocation::if_available);
  ASSERT_TRUE(none.ok());
  ASSERT_EQ(none->not_proved.size(), 2U);
  EXPECT_NE(none->not_proved[0].find(f.chain[0].subject), std::string::npos);
  EXPECT_NE(none->not_proved[1].find(f.chain[1].subject), std::string::npos);
  EXPECT_EQ(f.with({f.ca_crl}, Revocation::if_available)->not_proved.size(), 1U);
  EXPECT_TRUE(f.with({f.root_crl, f.ca_crl}, Revocation::if_available)->not_proved.empty());
}

TEST(Revocation, IgnoringIsNamedAsAnAssumption) {
  const Fixture f;
  const auto ignored = f.with({}, Revocation::dangerous_ignored);
  ASSERT_TRUE(ignored.ok());
  EXPECT_EQ(ignored->assumed.size(), 1U);
  EXPECT_TRUE(ignored->not_proved.empty());
}

TEST(Revocation, RefusesRevokedCertificates) {
  const Fixture f;
  f.refuses({issue_crl({.revoked = {f.chain[0].serial}}, f.chain[1]), f.root_crl}, Code::revoked);
  f.refuses({f.ca_crl, issue_crl({.revoked = {1, 2, f.chain[1].serial, 5000}}, f.chain[2])},
            Code::revoked);
  // The serial number of one authority's certificate means nothing in another's list.
  EXPECT_TRUE(f.with({issue_crl({.revoked = {f.chain[1].serial}}, f.chain[1]), f.root_crl},
                     Revocation::required)
                  .ok());
}

TEST(Revocation, OneListThatRevokesOutweighsOthers) {
  const Fixture f;
  const ByteVector revoking = issue_crl({.revoked = {f.chain[0].serial}}, f.chain[1]);
  f.refuses({f.ca_crl, revoking, f.root_crl}, Code::revoked);
  f.refuses({revoking, f.ca_crl, f.root_crl}, Code::revoked);
  // Also when it has gone stale meanwhile.
  const ByteVector stale = issue_crl(
      {.revoked = {f.chain[0].serial}, .next_update = UnixTime(kNow.seconds() - 1)}, f.chain[1]);
  f.refuses({f.ca_crl, stale, f.root_crl}, Code::revoked);
}

// Failure class S8.
TEST(Revocation, RefusesListsThatAreNotCurrent) {
  const Fixture f;
  const ByteVector stale = issue_crl({.next_update = kNow}, f.chain[1]);
  const ByteVector future = issue_crl({.this_update = UnixTime(kNow.seconds() + 1)}, f.chain[1]);
  f.refuses({stale, f.root_crl}, Code::expired);
  f.refuses({future, f.root_crl}, Code::not_yet_valid);
  // One that is current makes up for one that is not.
  for (const ByteVector& other : {stale, future}) {
    EXPECT_TRUE(f.with({other, f.ca_crl, f.root_crl}, Revocation::required).ok());
    EXPECT_TRUE(f.with({f.ca_crl, other, f.root_crl}, Revocation::required).ok());
  }
  const ByteVector edge =
      issue_crl({.this_update = kNow, .next_update = UnixTime(kNow.seconds() + 1)}, f.chain[1]);
  EXPECT_TRUE(f.with({edge, f.root_crl}, Revocation::required).ok());
}

TEST(Revocation, ALaterListDoesNotRevokeThePast) {
  const Fixture f;
  const ByteVector later = issue_crl({.revoked = {f.chain[0].serial},
                                      .this_update = UnixTime(kNow.seconds() + 100),
                                      .revoked_on = UnixTime(kNow.seconds() + 50)},
                                     f.chain[1]);
  EXPECT_TRUE(f.with({f.ca_crl, later, f.root_crl}, Revocation::required).ok());
  expect_error(f.with({later, f.root_crl}, Revocation::required), Code::not_yet_valid);
  expect_error(
      f.with({f.ca_crl, later, f.root_crl}, Revocation::required, UnixTime(kNow.seconds() + 60)),
      Code::revoked);
}

TEST(Revocation, ValidityEndsWithTheEarliestListThatIsNeeded) {
  const Fixture f;
  const UnixTime soon(kNow.seconds() + 100);
  const UnixTime later(kNow.seconds() + 200);
  const ByteVector short_lived = issue_crl({.next_update = soon}, f.chain[1]);
  const ByteVector longer = issue_crl({.next_update = later}, f.chain[1]);
  EXPECT_EQ(f.with({short_lived, f.root_crl}, Revocation::required)->valid_until, soon);
  EXPECT_EQ(f.with({short_lived, longer, f.root_crl}, Revocation::required)->valid_until, later);
  EXPECT_EQ(f.with({f.ca_crl, f.root_crl}, Revocation::required)->valid_until, kEnd);
}

TEST(Revocation, AListWithoutAnEndIsNotCurrentEnoughWhenRequired) {
  const Fixture f;
  const ByteVector open = issue_crl({.next_update = std::nullopt}, f.chain[1]);
  expect_error(f.with({open, f.root_crl}, Revocation::required), Code::revocation_unknown);
  const auto available = f.with({open, f.root_crl}, Revocation::if_available);
  ASSERT_TRUE(available.ok());
  EXPECT_EQ(available->not_proved.size(), 1U);
  f.refuses({issue_crl({.revoked = {f.chain[0].serial}, .next_update = std::nullopt}, f.chain[1]),
             f.root_crl},
            Code::revoked);
}

TEST(Revocation, RefusesListsThatTheIssuerDidNotSign) {
  const Fixture f;
  ByteVector tampered = f.ca_crl;
  tampered.back() ^= 1U;
  f.refuses({tampered, f.root_crl}, Code::bad_signature);
  f.refuses({f.ca_crl, tampered, f.root_crl}, Code::bad_signature);
  // Another key under the issuer's name.
  const Issued impostor = issue({.subject = f.chain[1].subject, .ca = true, .key_usage = "cRLSign"},
                                make_key(KeyKind::p256, "impostor"));
  f.refuses({issue_crl({.key_identifier = false}, impostor), f.root_crl}, Code::bad_signature);
}

// A list by another key that says so is somebody else's, so it neither helps nor hurts.
TEST(Revocation, IgnoresListsOfOthers) {
  const Fixture f;
  const Issued impostor = issue({.subject = f.chain[1].subject, .ca = true, .key_usage = "cRLSign"},
                                make_key(KeyKind::p256, "impostor"));
  const auto stranger = testing::issue_chain(0, "stranger");
  const std::vector<ByteVector> others = {
      issue_crl({.revoked = {f.chain[0].serial}}, impostor),
      issue_crl({.revoked = {f.chain[0].serial, f.chain[1].serial}}, stranger[1])};
  EXPECT_EQ(f.with(others, Revocation::if_available)->not_proved.size(), 2U);
  expect_error(f.with(others, Revocation::required), Code::revocation_unknown);
  std::vector<ByteVector> all = others;
  all.push_back(f.ca_crl);
  all.push_back(f.root_crl);
  EXPECT_TRUE(f.with(all, Revocation::required).ok());
}

TEST(Revocation, RefusesListsWithWeakSignatures) {
  const Fixture f;
  f.refuses({issue_crl({.signing = {.digest = "SHA1"}}, f.chain[1]), f.root_crl},
            Code::bad_certificate);
}

TEST(Revocation, RefusesListsOfAnIssuerThatMayNotSignThem) {
  const Issued root = issue({.subject = "No CRLs", .ca = true, .key_usage = "keyCertSign"},
                            make_key(KeyKind::p256, "no crls"));
  const Issued leaf = issue({.subject = "Leaf"}, make_key(KeyKind::p256, "leaf"), &root);
  expect_error(verify(leaf, {root}, {.anchors = fingerprint(root), .crls = {issue_crl({}, root)}}),
               Code::bad_certificate);
}

TEST(Revocation, AppliesScopedListsToTheirScopeOnly) {
  const Fixture f;
  // IssuingDistributionPoint { onlyContainsUserCerts [1] TRUE }, { onlyContainsCACerts [2] TRUE }
  const testing::RawExtension users{"2.5.29.28", true, {0x30, 3, 0x81, 1, 0xff}};
  const testing::RawExtension authorities{"2.5.29.28", true, {0x30, 3, 0x82, 1, 0xff}};
  const auto scoped = [&](const testing::RawExtension& idp, std::size_t who) {
    return issue_crl({.extensions = {idp}}, f.chain[who]);
  };
  EXPECT_TRUE(f.with({scoped(users, 1), scoped(authorities, 2)}, Revocation::required).ok());
  expect_error(f.with({scoped(authorities, 1), scoped(authorities, 2)}, Revocation::required),
               Code::revocation_unknown);
  expect_error(f.with({scoped(users, 1), scoped(users, 2)}, Revocation::required),
               Code::revocation_unknown);
}

TEST(Revocation, AppliesAPartitionToCertificatesThatPointToIt) {
  const std::string url = "http://a/1";
  // IssuingDistributionPoint { distributionPoint [0] { fullName [0] { URI } } }
  ByteVector idp = {0x30, 0x10, 0xa0, 0x0e, 0xa0, 0x0c, 0x86, 0x0a};
  idp.insert(idp.end(), url.begin(), url.end());
  const Issued root =
      issue({.subject = "Partitioned", .ca = true, .key_usage = "keyCertSign,cRLSign"},
            make_key(KeyKind::p256, "partitioned"));
  const ByteVector crl = issue_crl({.extensions = {{"2.5.29.28", true, idp}}}, root);
  const auto with = [&](const std::string& points) {
    const Issued leaf = issue({.subject = "Leaf", .crl_distribution_points = points},
                              make_key(KeyKind::p256, "leaf"), &root);
    return verify(
        leaf, {root},
        {.anchors = fingerprint(root), .crls = {crl}, .revocation = Revocation::required});
  };
  EXPECT_TRUE(with("URI:" + url).ok());
  EXPECT_TRUE(with("URI:http://a/0,URI:" + url).ok());
  expect_error(with("URI:http://a/2"), Code::revocation_unknown);
  expect_error(with(""), Code::revocation_unknown);
}

TEST(Revocation, AnAnchorThatIsTheLeafNeedsNoList) {
  const Issued alone = issue({.subject = "Alone"}, make_key(KeyKind::p256, "alone"));
  EXPECT_TRUE(
      verify(alone, {}, {.anchors = fingerprint(alone), .revocation = Revocation::required}).ok());
}

TEST(Revocation, CacheDoesNotHideARevocation) {
  const Fixture f;
  ChainCache cache;
  const auto with = [&](const std::vector<ByteVector>& crls, UnixTime now) {
    return verify(f.chain[0], helpers(f.chain),
                  {.anchors = fingerprint(f.chain[2]),
                   .now = now,
                   .cache = &cache,
                   .crls = crls,
                   .revocation = Revocation::required});
  };
  EXPECT_TRUE(with({f.ca_crl, f.root_crl}, kNow).ok());
  EXPECT_EQ(cache.size(), 5U);  // two certificates, two lists, one path
  EXPECT_TRUE(with({f.ca_crl, f.root_crl}, kNow).ok());
  expect_error(with({f.ca_crl}, kNow), Code::revocation_unknown);
  expect_error(with({issue_crl({.revoked = {f.chain[0].serial}}, f.chain[1]), f.root_crl}, kNow),
               Code::revoked);
  const ByteVector brief = issue_crl({.next_update = UnixTime(kNow.seconds() + 5)}, f.chain[1]);
  EXPECT_TRUE(with({brief, f.root_crl}, kNow).ok());
  expect_error(with({brief, f.root_crl}, UnixTime(kNow.seconds() + 5)), Code::expired);
}

}  // namespace
}  // namespace cupel::crypto

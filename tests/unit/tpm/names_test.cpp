#include "tpm/names.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/x509.hpp"
#include "support.hpp"
#include "tpm/anchors.hpp"

namespace cupel::tpm {
namespace {

TEST(TpmNames, GoBothWays) {
  for (const auto alg :
       {HashAlg::sha1, HashAlg::sha256, HashAlg::sha384, HashAlg::sha512, HashAlg::sm3_256}) {
    EXPECT_EQ(hash_alg_by_name(to_string(alg)), alg);
    EXPECT_EQ(hash_alg_by_id(static_cast<std::uint16_t>(alg)), alg);
    EXPECT_EQ(digest_size(alg), crypto::digest_size(crypto_hash(alg)));
  }
}

TEST(TpmNames, KnowNoOthers) {
  EXPECT_FALSE(hash_alg_by_name("SHA256"));
  EXPECT_FALSE(hash_alg_by_name(""));
  EXPECT_FALSE(hash_alg_by_id(0x0010));
  EXPECT_FALSE(hash_alg_by_id(0));
}

TEST(TpmNames, OnlySha2IsStrong) {
  EXPECT_FALSE(strong(HashAlg::sha1));
  EXPECT_FALSE(strong(HashAlg::sm3_256));
  EXPECT_TRUE(strong(HashAlg::sha256));
  EXPECT_TRUE(strong(HashAlg::sha384));
  EXPECT_TRUE(strong(HashAlg::sha512));
}

TEST(TpmAnchors, AreFingerprintsThatDifferAndAreNotZero) {
  const TrustAnchors microsoft = vendor_anchors();
  const TrustAnchors google = gce_anchors();
  EXPECT_EQ(microsoft.fingerprints().size(), 2U);
  EXPECT_EQ(google.fingerprints().size(), 2U);
  std::vector<Sha256Digest> seen;
  for (const auto* anchors : {&microsoft, &google}) {
    EXPECT_TRUE(anchors->certificates().empty());
    EXPECT_TRUE(anchors->keys().empty());
    for (const Anchor& anchor : anchors->fingerprints()) {
      EXPECT_NE(anchor.sha256, Sha256Digest{}) << anchor.name;
      EXPECT_EQ(std::count(seen.begin(), seen.end(), anchor.sha256), 0) << anchor.name;
      EXPECT_NE(known_root(anchor.sha256), nullptr);
      seen.push_back(anchor.sha256);
    }
  }
}

TEST(TpmAnchors, KnowNoOtherRoot) {
  EXPECT_EQ(known_root(Sha256Digest{}), nullptr);
}

TEST(TpmAnchors, HaveTheDatesOfTheCapturedRoots) {
  CUPEL_NEEDS_VECTORS();
  const auto roots = test::vectors().parent_path() / "roots";
  int found = 0;
  for (const std::string name : {"azure-vtpm/azure-virtual-tpm-root-2023.pem",
                                 "gce/ek-ak-ca-root.pem", "gce/tpm-ek-root-1.pem"}) {
    const ByteVector text = test::read_file(roots / name);
    const auto ders = pem::parse_certificates(as_text(text), "test").value();
    const auto certificate = crypto::Certificate::from_der(ders.front(), "test").value();
    const KnownRoot* root = known_root(certificate.sha256());
    ASSERT_NE(root, nullptr) << name;
    EXPECT_EQ(root->not_after, certificate.not_after()) << name;
    ++found;
  }
  EXPECT_EQ(found, 3);
}

}  // namespace
}  // namespace cupel::tpm

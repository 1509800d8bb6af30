// Short words for chain tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "crypto/chain.hpp"
#include "unit/crypto/test_ca.hpp"

namespace cupel::crypto {

using testing::CertificateSpec;
using testing::CrlSpec;
using testing::issue;
using testing::issue_crl;
using testing::Issued;
using testing::kEnd;
using testing::KeyKind;
using testing::kNow;
using testing::kStart;
using testing::make_key;

/// Everything but the leaf.
inline std::vector<Issued> helpers(const std::vector<Issued>& chain) {
  return {chain.begin() + 1, chain.end()};
}

inline TrustAnchors fingerprint(const Issued& issued) {
  return TrustAnchors(
      {Anchor{"test root", Anchor::Of::certificate, sha256(issued.der), kEnd, "tests"}});
}
inline TrustAnchors key_fingerprint(const Issued& issued) {
  return TrustAnchors(
      {Anchor{"test key", Anchor::Of::spki, sha256(testing::spki_of(issued.key)), kEnd, "tests"}});
}
inline TrustAnchors certificate(const Issued& issued) {
  TrustAnchors out({});
  (void)out.add_certificates("file", issued.der).value();
  return out;
}

struct Setting {
  TrustAnchors anchors;
  UnixTime now = kNow;
  ChainCache* cache = nullptr;
  std::vector<ByteVector> crls{};
  Revocation revocation = Revocation::if_available;
  ChainRules rules{.where = "chain"};
};

inline Result<VerifiedChain> verify(const Issued& leaf, const std::vector<Issued>& bag,
                                    const Setting& setting) {
  std::vector<Certificate> certificates;
  for (const Issued& helper : bag) {
    certificates.push_back(Certificate::from_der(helper.der, "helper").value());
  }
  const VerifyContext context{setting.now, setting.anchors, setting.revocation, setting.cache};
  return verify_chain(Certificate::from_der(leaf.der, "leaf").value(), certificates,
                      parse_crls(setting.crls, "crls").value(), context, setting.rules);
}

inline void expect_error(const Result<VerifiedChain>& result, Code code) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(to_string(result.error().code), to_string(code)) << result.error().detail;
  EXPECT_EQ(result.error().where, "chain");
}

}  // namespace cupel::crypto

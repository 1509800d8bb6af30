#include "uvm/did_x509.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "crypto/digest.hpp"
#include "unit/crypto/test_ca.hpp"

namespace cupel::uvm {
namespace {

const std::string kFingerprint = to_base64url(ByteVector(32, 1));

void expect_refused(const std::string& text, Code code) {
  const auto parsed = parse_did_x509(text, "iss");
  ASSERT_FALSE(parsed.ok()) << text;
  EXPECT_EQ(to_string(parsed.error().code), to_string(code)) << text;
  EXPECT_EQ(parsed.error().where, "iss");
}

TEST(DidX509, ReadsFingerprintAndUsages) {
  const auto one = parse_did_x509("did:x509:0:sha256:" + kFingerprint + "::eku:1.2.3", "iss");
  ASSERT_TRUE(one.ok()) << to_string(one.error());
  EXPECT_EQ(one->hash, crypto::Hash::sha256);
  EXPECT_EQ(one->fingerprint, ByteVector(32, 1));
  EXPECT_EQ(one->extended_key_usages, std::vector<std::string>{"1.2.3"});
  const auto two = parse_did_x509(
      "did:x509:0:sha384:" + to_base64url(ByteVector(48, 2)) + "::eku:1.2.3::eku:1.3.6.1.4.1.311.0",
      "iss");
  ASSERT_TRUE(two.ok()) << to_string(two.error());
  EXPECT_EQ(two->extended_key_usages.size(), 2U);
}

TEST(DidX509, RefusesOtherNames) {
  for (const std::string& text :
       {std::string(), std::string("did:web:example"), "did:x509:0:sha256:" + kFingerprint,
        "did:x509:0:sha256:" + kFingerprint + "::", "did:x509:0:" + kFingerprint + "::eku:1.2",
        "DID:x509:0:sha256:" + kFingerprint + "::eku:1.2",
        "did:x509:0:sha256:" + kFingerprint + ":x::eku:1.2",
        "did:x509:0:sha256:" + kFingerprint + "=::eku:1.2",
        "did:x509:0:sha256:" + kFingerprint.substr(1) + "::eku:1.2",
        "did:x509:0:sha384:" + kFingerprint + "::eku:1.2"}) {
    const auto parsed = parse_did_x509(text, "iss");
    EXPECT_FALSE(parsed.ok()) << text;
  }
  expect_refused("did:x509:1:sha256:" + kFingerprint + "::eku:1.2", Code::unsupported_version);
  expect_refused("did:x509:0:sha1:" + kFingerprint + "::eku:1.2", Code::unsupported_algorithm);
  expect_refused("did:x509:0:md5:" + kFingerprint + "::eku:1.2", Code::unsupported_algorithm);
}

TEST(DidX509, RefusesPoliciesItDoesNotRead) {
  const std::string head = "did:x509:0:sha256:" + kFingerprint;
  for (const char* policy :
       {"::subject:CN:Name", "::san:dns:example", "::fulcio-issuer:host",
        "::eku:1.2::subject:CN:Name", "::anything", "::EKU:1.2", "::eku:1.2::"}) {
    expect_refused(head + policy, Code::unknown_field);
  }
  for (const char* policy : {"::eku", "::eku:", "::eku:1", "::eku:1.2:3", "::eku:1..2",
                             "::eku:1.02", "::eku:1.2.", "::eku:a.b"}) {
    expect_refused(head + policy, Code::bad_encoding);
  }
}

TEST(DidX509, ResolvesToAnAuthorityAndNeverToTheLeaf) {
  auto chain = cupel::testing::issue_chain(
      1, "did", {.subject = "Leaf", .extended_key_usage = "1.2.3,1.2.4"});
  std::vector<crypto::Certificate> certificates;
  for (const auto& issued : chain) {
    certificates.push_back(crypto::Certificate::from_der(issued.der, "test").value());
  }
  const auto did = [&](std::size_t index, std::vector<std::string> usages) {
    return DidX509{crypto::Hash::sha512,
                   crypto::digest(crypto::Hash::sha512, certificates.at(index).der()),
                   std::move(usages)};
  };
  for (const std::size_t index : {1U, 2U}) {
    const auto found = resolve(did(index, {"1.2.3", "1.2.4"}), certificates, "chain");
    ASSERT_TRUE(found.ok()) << to_string(found.error());
    EXPECT_EQ(found->sha256(), certificates[index].sha256());
  }
  EXPECT_EQ(resolve(did(0, {"1.2.3"}), certificates, "chain").error().code, Code::untrusted_chain);
  EXPECT_EQ(resolve(did(2, {"1.2.3", "1.2.5"}), certificates, "chain").error().code,
            Code::bad_certificate);
  EXPECT_EQ(resolve(did(2, {"1.2.3"}), {}, "chain").error().code, Code::untrusted_chain);
}

}  // namespace
}  // namespace cupel::uvm

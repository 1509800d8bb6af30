// Certificates and CRLs that vendors published. They are not part of the project: the folder is
// named by CUPEL_VECTORS (default ../shared/vectors).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "codec/pem.hpp"
#include "crypto/chain.hpp"

namespace cupel::crypto {
namespace {

UnixTime at(std::string_view time) {
  return parse_time(time).value();
}

class CapturedCertificates : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* given = std::getenv("CUPEL_VECTORS");
    root_ = given != nullptr ? given : CUPEL_DEFAULT_VECTORS;
    if (!std::filesystem::is_directory(root_ / "roots")) {
      GTEST_SKIP() << "captured vectors are not here: set CUPEL_VECTORS";
    }
  }

  ByteVector file(const std::string& name) const {
    std::ifstream in(root_ / name, std::ios::binary);
    EXPECT_TRUE(in.good()) << name;
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  /// All certificates of a PEM file, or the one of a DER file.
  std::vector<Certificate> certificates(const std::string& name) const {
    const ByteVector bytes = file(name);
    if (pem::looks_like(bytes)) {
      return parse_certificates(pem::parse_certificates(as_text(bytes), name).value(), name)
          .value();
    }
    return {Certificate::from_der(bytes, name).value()};
  }

  Crl crl(const std::string& name) const { return Crl::from_der(file(name), name).value(); }

  static TrustAnchors trusting(const Certificate& certificate) {
    return TrustAnchors(
        {Anchor{certificate.common_name(), Anchor::Of::certificate, certificate.sha256(),
                certificate.not_after(), "vectors"},
         Anchor{certificate.common_name() + " (key)", Anchor::Of::spki,
                certificate.public_key().spki_sha256(), certificate.not_after(), "vectors"}});
  }

  static TrustAnchors trusting_key(const Certificate& certificate) {
    return TrustAnchors({Anchor{"key", Anchor::Of::spki, certificate.public_key().spki_sha256(),
                                certificate.not_after(), "vectors"}});
  }

  std::filesystem::path root_;
};

TEST_F(CapturedCertificates, EveryPublishedCertificateParses) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root_ / "roots")) {
    const std::string name = std::filesystem::relative(entry.path(), root_).string();
    if (entry.path().extension() != ".pem" && entry.path().filename() != "ark.der") {
      continue;
    }
    for (const Certificate& certificate : certificates(name)) {
      ++count;
      EXPECT_FALSE(certificate.common_name().empty()) << name;
      EXPECT_LT(certificate.not_before(), certificate.not_after()) << name;
    }
  }
  EXPECT_GE(count, 40U);
}

TEST_F(CapturedCertificates, EveryPublishedRootVerifiesByFingerprintAndByKey) {
  const ChainRules rules{.where = "chain", .leaf_may_be_ca = true};
  std::size_t roots = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root_ / "roots")) {
    if (entry.path().extension() != ".pem") {
      continue;
    }
    const std::string name = std::filesystem::relative(entry.path(), root_).string();
    for (const Certificate& certificate : certificates(name)) {
      if (!certificate.self_issued()) {
        continue;
      }
      ++roots;
      const UnixTime now = std::max(certificate.not_before(), at("2024-06-01"));
      EXPECT_TRUE(verify_chain(certificate, {}, {}, {now, trusting(certificate)}, rules).ok())
          << name;
      const auto by_key =
          verify_chain(certificate, {}, {}, {now, trusting_key(certificate)}, rules);
      EXPECT_TRUE(by_key.ok()) << name << to_string(by_key.error());
    }
  }
  EXPECT_GE(roots, 15U);
}

TEST_F(CapturedCertificates, AzureAttestationKeyVerifiesAndExpires) {
  const std::string folder = "tpm/azure-tl-blindllama-2023/";
  if (!std::filesystem::is_directory(root_ / folder)) {
    GTEST_SKIP() << "captured vector is not here: " << folder;
  }
  const Certificate leaf = certificates(folder + "ak_cert.der").front();
  const Certificate middle = certificates(folder + "ak_ca_1.pem").front();
  const Certificate root = certificates(folder + "ak_ca_root.pem").front();
  const std::vector<Certificate> helpers = {root, middle};
  const ChainRules rules{.where = "tpm.ak_certificate",
                         .leaf_extended_key_usage = "2.23.133.8.3",
                         .leaf_key_types = {KeyType::rsa}};
  const auto on = [&](std::string_view time) {
    return verify_chain(leaf, helpers, {}, {at(time), trusting(root)}, rules);
  };
  const auto good = on("2024-01-01");
  ASSERT_TRUE(good.ok()) << to_string(good.error());
  EXPECT_EQ(good->path.size(), 3U);
  EXPECT_EQ(good->valid_until, at("2024-11-03"));
  EXPECT_EQ(good->not_proved.size(), 2U);

  const auto late = on("2026-01-01");
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, Code::expired);
  EXPECT_EQ(late.error().where, "tpm.ak_certificate");
  EXPECT_NE(late.error().detail.find(leaf.subject()), std::string::npos);
  EXPECT_NE(late.error().detail.find("2024-11-03T00:00:00Z"), std::string::npos);
  EXPECT_EQ(on("2023-01-01").error().code, Code::not_yet_valid);

  const Certificate stranger = certificates(folder + "other_ca.pem").front();
  const auto strange =
      verify_chain(leaf, helpers, {}, {at("2024-01-01"), trusting(stranger)}, rules);
  EXPECT_EQ(strange.error().code, Code::untrusted_chain);
  const std::vector<Certificate> rootless = {middle};
  EXPECT_EQ(
      verify_chain(leaf, rootless, {}, {at("2024-01-01"), trusting(root)}, rules).error().code,
      Code::untrusted_chain);
  TrustAnchors by_file({});
  ASSERT_TRUE(by_file.add_certificates("root.pem", file(folder + "ak_ca_root.pem")).ok());
  EXPECT_TRUE(verify_chain(leaf, rootless, {}, {at("2024-01-01"), by_file}, rules).ok());
}

// Failure class T7b: an expired root is named as such, and archived evidence still verifies at its
// own time.
TEST_F(CapturedCertificates, AnExpiredRootIsNamed) {
  const Certificate ameroot = certificates("roots/azure-vtpm/ameroot.pem").front();
  const ChainRules rules{.where = "chain", .leaf_may_be_ca = true};
  EXPECT_TRUE(verify_chain(ameroot, {}, {}, {at("2026-05-24"), trusting(ameroot)}, rules).ok());
  const auto late = verify_chain(ameroot, {}, {}, {at("2026-05-25"), trusting(ameroot)}, rules);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, Code::expired);
  EXPECT_NE(late.error().detail.find("ameroot"), std::string::npos);
}

// RSA-PSS, no authority key identifiers, and CRLs of the root.
TEST_F(CapturedCertificates, AmdAuthoritiesVerifyWithTheirLists) {
  const ChainRules rules{.where = "chain", .leaf_may_be_ca = true};
  const auto ark = certificates("roots/amd/milan/ark.pem");
  const Certificate ask = certificates("roots/amd/milan/ask.pem").front();
  const std::vector<Crl> old_list = {crl("roots/amd/milan/crl-20230509.der")};
  const std::vector<Crl> new_list = {crl("roots/amd/milan/crl-20250506.der")};
  const auto on = [&](std::string_view time, std::span<const Crl> crls) {
    return verify_chain(ask, ark, crls, {at(time), trusting(ark.front()), Revocation::required},
                        rules);
  };
  const auto then = on("2023-06-01", old_list);
  ASSERT_TRUE(then.ok()) << to_string(then.error());
  EXPECT_EQ(then->valid_until, at("2024-05-09T23:00:00Z"));
  EXPECT_EQ(on("2024-06-01", old_list).error().code, Code::expired);
  EXPECT_EQ(on("2024-06-01", new_list).error().code, Code::not_yet_valid);
  EXPECT_TRUE(on("2025-06-01", new_list).ok());
  EXPECT_EQ(on("2025-06-01", {}).error().code, Code::revocation_unknown);
  // Genoa's list is about another authority.
  const std::vector<Crl> genoa = {crl("roots/amd/genoa/crl-20241023.der")};
  EXPECT_EQ(on("2024-11-01", genoa).error().code, Code::revocation_unknown);
}

TEST_F(CapturedCertificates, AListThatRevokesAnotherSerialDoesNotHurt) {
  const ChainRules rules{.where = "chain", .leaf_may_be_ca = true};
  const auto ark = certificates("roots/amd/genoa/ark.pem");
  const std::vector<Crl> list = {crl("roots/amd/genoa/crl-20241023.der")};
  const Certificate ask = certificates("roots/amd/genoa/ask.pem").front();
  const auto result = verify_chain(
      ask, ark, list, {at("2024-12-01"), trusting(ark.front()), Revocation::required}, rules);
  EXPECT_TRUE(result.ok()) << to_string(result.error());
}

// Intel has two roots with one key and one name: either one ends the path.
TEST_F(CapturedCertificates, IntelRootsShareAKey) {
  const ChainRules rules{.where = "chain", .leaf_may_be_ca = true};
  const Certificate early = certificates("roots/intel-sgx/intel-sgx-root-ca-2033.pem").front();
  const Certificate late = certificates("roots/intel-sgx/intel-sgx-root-ca-2049.pem").front();
  const Certificate pck = certificates("roots/intel-sgx/intel-sgx-pck-platform-ca.pem").front();
  EXPECT_EQ(early.public_key().spki_sha256(), late.public_key().spki_sha256());
  for (const Certificate& root : {early, late}) {
    const std::vector<Certificate> helpers = {root};
    EXPECT_TRUE(
        verify_chain(pck, helpers, {}, {at("2024-06-01"), trusting_key(early)}, rules).ok());
  }
  const std::vector<Certificate> helpers = {early};
  const TrustAnchors only_late(
      {Anchor{"2049", Anchor::Of::certificate, late.sha256(), late.not_after(), "vectors"}});
  EXPECT_EQ(verify_chain(pck, helpers, {}, {at("2024-06-01"), only_late}, rules).error().code,
            Code::untrusted_chain);
}

TEST_F(CapturedCertificates, GoogleIntermediatesOfOneNameAreToldApart) {
  const ChainRules rules{.where = "chain", .leaf_may_be_ca = true};
  const Certificate root = certificates("roots/gce/ek-ak-ca-root.pem").front();
  const std::vector<Certificate> helpers = {root};
  for (int i = 1; i <= 5; ++i) {
    const Certificate intermediate =
        certificates("roots/gce/ek-ak-ca-intermediate-" + std::to_string(i) + ".pem").front();
    EXPECT_TRUE(
        verify_chain(intermediate, helpers, {}, {at("2024-06-01"), trusting(root)}, rules).ok())
        << i;
  }
}

}  // namespace
}  // namespace cupel::crypto

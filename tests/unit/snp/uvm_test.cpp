// UVM endorsements of real machines, with the reports they belong to and with others.
#include "support.hpp"

namespace cupel::snp {
namespace {

std::filesystem::path folder(const std::string& name) {
  return test::captured() / "azure" / name;
}

bool absent() {
  return !std::filesystem::is_directory(folder("aci-milan-v3-cleanroom-1"));
}

VerifyContext at(const std::string& time) {
  return {parse_time(time).value(), vendor_anchors()};
}

Verified<Report> report_of(const std::string& name, const VerifyContext& context) {
  Endorsements chain;
  TrustAnchors file({});
  EXPECT_TRUE(
      file.add_certificates("chain", test::read_file(folder(name) / "platform_certificates.pem"))
          .ok());
  for (const NamedDer& one : file.certificates()) {
    chain.certificates.push_back(one.der);
  }
  return verify(parse(test::read_file(folder(name) / "report.bin")).value(), chain, context)
      .value();
}

ByteVector endorsement_of(const std::string& name) {
  return test::read_file(folder(name) / "uvm_endorsements.cose");
}

constexpr const char* kOne = "aci-milan-v3-cleanroom-1";
constexpr const char* kOther = "aci-milan-v2-sidecar";

TEST(SnpUvm, AcceptsTheEndorsementOfTheReportsMeasurement) {
  if (absent()) {
    GTEST_SKIP() << "no captured vectors at " << folder(kOne) << " (CUPEL_VECTORS)";
  }
  const VerifyContext context = at("2026-04-06T12:00:00Z");
  const auto got = verify_uvm(report_of(kOne, context), endorsement_of(kOne),
                              uvm::container_platform(), context);
  ASSERT_TRUE(got.ok()) << to_string(got.error());
  EXPECT_EQ((*got)->svn, 103U);
}

TEST(SnpUvm, RefusesEndorsementOfAnotherMeasurement) {
  if (absent()) {
    GTEST_SKIP() << "no captured vectors at " << folder(kOne) << " (CUPEL_VECTORS)";
  }
  const VerifyContext context = at("2026-04-06T12:00:00Z");
  const auto got = verify_uvm(report_of(kOne, context), endorsement_of(kOther),
                              uvm::container_platform(), context);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, Code::digest_mismatch);
  EXPECT_EQ(got.error().where, "snp.uvm.launch_measurement");
  EXPECT_EQ(got.error().check, "snp-15");
}

TEST(SnpUvm, RefusesAnotherFeedAndAnotherIssuer) {
  if (absent()) {
    GTEST_SKIP() << "no captured vectors at " << folder(kOne) << " (CUPEL_VECTORS)";
  }
  const VerifyContext context = at("2026-04-06T12:00:00Z");
  uvm::Trust feed = uvm::container_platform();
  feed.feed = "ContainerPlat-AMD-UVM-2";
  uvm::Trust issuer = uvm::container_platform();
  issuer.issuer.back() = '3';
  for (const uvm::Trust& trust : {feed, issuer}) {
    const auto got = verify_uvm(report_of(kOne, context), endorsement_of(kOne), trust, context);
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.error().code, Code::untrusted_chain);
    EXPECT_EQ(got.error().check, "snp-15");
  }
}

TEST(SnpUvm, RefusesEachFlippedByteOfAnEndorsement) {
  if (absent()) {
    GTEST_SKIP() << "no captured vectors at " << folder(kOne) << " (CUPEL_VECTORS)";
  }
  const VerifyContext context = at("2026-04-06T12:00:00Z");
  const auto report = report_of(kOne, context);
  const ByteVector whole = endorsement_of(kOne);
  // The unprotected header stands between protected header and payload; nobody signs it.
  constexpr std::size_t kProtected = 5000;
  ASSERT_GT(whole.size(), kProtected);
  for (std::size_t i = 0; i < kProtected; i += 251) {
    ByteVector changed = whole;
    changed[i] ^= 1U;
    EXPECT_FALSE(verify_uvm(report, changed, uvm::container_platform(), context).ok()) << i;
  }
}

}  // namespace
}  // namespace cupel::snp

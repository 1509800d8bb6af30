#include <gtest/gtest.h>

#include <algorithm>
#include <cupel/hcl.hpp>
#include <fstream>
#include <iterator>

#include "base/claims.hpp"
#include "hcl/claims.hpp"
#include "hcl/collateral.hpp"

namespace cupel::hcl {
namespace {

ByteVector forged(const std::string& name) {
  std::ifstream in(std::string(CUPEL_SOURCE_DIR) + "/tests/vectors/hcl/" + name, std::ios::binary);
  ByteVector out{std::istreambuf_iterator<char>(in), {}};
  EXPECT_FALSE(out.empty()) << name;
  return out;
}

Evidence evidence(const std::string& folder) {
  return parse_evidence(forged(folder + "/evidence.json")).value();
}

VerifyContext context(const std::string& folder) {
  TrustAnchors anchors({});
  EXPECT_TRUE(anchors.add_certificates("test root", forged(folder + "/anchors.pem")).ok());
  return {parse_time("2024-06-15T12:00:00Z").value(), std::move(anchors)};
}

Verified<snp::Report> hardware(const std::string& folder) {
  const Evidence from = evidence(folder);
  Endorsements chain;
  chain.certificates = from.certificates;
  return snp::verify(snp::parse(from.report.hardware_report).value(), chain, context(folder))
      .value();
}

constexpr const char* kGood = "ok--milan_quote";

TEST(HclVerify, RefusesAnotherMachinesReport) {
  const auto got = verify(evidence(kGood).report, hardware("ok--genoa_version_2"));
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, Code::digest_mismatch);
  EXPECT_EQ(got.error().where, "hcl.report.hardware_report");
  EXPECT_EQ(got.error().check, "hcl-07");
}

TEST(HclVerify, BelievesNothingButTheBytes) {
  Evidence from = evidence(kGood);
  const ByteVector honest = from.report.runtime_data;
  from.report.runtime_data = to_vector(as_bytes("{}"));
  from.report.hardware_report.assign(snp::kReportSize, 0);
  const auto got = verify(from.report, hardware(kGood));
  ASSERT_TRUE(got.ok()) << to_string(got.error());
  EXPECT_EQ((*got)->json, honest);
}

TEST(HclVerify, TurnsTheNamedKeyIntoTrustForTheQuote) {
  const auto report = hardware(kGood);
  const auto data = verify(evidence(kGood).report, report).value();
  const auto trust = ak_trust(data);
  ASSERT_TRUE(trust.ok()) << to_string(trust.error());
  const VerifyContext where = context(kGood);
  const auto quote = tpm::verify(evidence(kGood).tpm->quote, *trust, {}, where);
  ASSERT_TRUE(quote.ok()) << to_string(quote.error());
  // Nobody's word was taken for it, and it holds no longer than the hardware's certificate.
  EXPECT_TRUE(quote->assurance().assumed.empty());
  EXPECT_EQ(quote->assurance().valid_until, report.assurance().valid_until);
  const Claims all = claims(report, data, *quote);
  EXPECT_EQ(all.family(), "hcl");
  EXPECT_EQ(to_string(all.find("common.tee_class")->value), "confidential_vm");
  EXPECT_EQ(to_string(all.find("common.valid_until")->value),
            to_string(report.assurance().valid_until));
}

TEST(HclClaims, LetTheHardwareSayWhetherItIsDebugged) {
  const auto all =
      evaluate(forged("ok--debug_policy/evidence.json"), {}, context("ok--debug_policy"));
  ASSERT_TRUE(all.ok()) << to_string(all.error());
  EXPECT_EQ(to_string(all->find("common.debug")->value), "true");
}

TEST(HclClaims, AreAllDefinedWithTheirTypeAndSize) {
  const auto all = evaluate(forged(std::string(kGood) + "/evidence.json"), {}, context(kGood));
  ASSERT_TRUE(all.ok());
  for (const auto& [name, claim] : all->all()) {
    const ClaimDef* found = nullptr;
    for (const auto table : {claim_definitions(), common_claims()}) {
      for (const ClaimDef& def : table) {
        found = covers(def, name) ? &def : found;
      }
    }
    ASSERT_NE(found, nullptr) << name;
    EXPECT_EQ(found->type, type_of(claim.value)) << name;
    if (const auto* bytes = std::get_if<ByteVector>(&claim.value); bytes && found->size != 0) {
      EXPECT_EQ(bytes->size(), found->size) << name;
    }
  }
  EXPECT_NE(all->find("tpm.pcr.sha256.0"), nullptr);
  EXPECT_NE(all->find("snp.measurement"), nullptr);
  EXPECT_NE(all->find("hcl.ak.spki_sha256"), nullptr);
  EXPECT_EQ(all->find("hcl.ak.spki_sha256")->value, all->find("tpm.ak.spki_sha256")->value);
}

TEST(HclParse, RefusesEveryShorterBlob) {
  const ByteVector whole = evidence("ok--without_padding").report.raw;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto got = parse(Bytes(whole).first(size));
    ASSERT_FALSE(got.ok()) << size;
    EXPECT_EQ(got.error().code, Code::truncated) << size;
  }
}

TEST(HclNeeded, AsksForWhatTheHardwareNeeds) {
  const auto beside = needed(forged(std::string(kGood) + "/evidence.json"));
  ASSERT_TRUE(beside.ok());
  ASSERT_EQ(beside->size(), 2U);  // the key's certificate is there
  const auto raw = needed(forged("ok--raw/evidence.bin"));
  ASSERT_TRUE(raw.ok());
  EXPECT_EQ(raw->size(), 3U);
  const auto tdx = needed(forged("collateral_missing--td_report_alone/evidence.json"));
  ASSERT_TRUE(tdx.ok());
  EXPECT_TRUE(tdx->empty());
}

}  // namespace
}  // namespace cupel::hcl

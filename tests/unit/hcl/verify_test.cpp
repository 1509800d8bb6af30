#include <gtest/gtest.h>

#include <algorithm>
#include <cupel/hcl.hpp>
#include <fstream>
#include <iterator>

#include "base/claims.hpp"
#include "codec/pem.hpp"
#include "hcl/claims.hpp"
#include "hcl/collateral.hpp"
#include "hcl/td_report.hpp"

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

// ---- TDX ----------------------------------------------------------------------------------------

constexpr const char* kTdx = "ok--tdx_quote";

Endorsements intel(const std::string& folder) {
  const auto file = [&](const std::string& name) {
    return forged(folder + "/endorsements/" + name);
  };
  Endorsements out;
  out.items["tdx_tcb_info"] = file("tcb_info.json");
  out.items["td_qe_identity"] = file("qe_identity.json");
  out.crls = {file("pck.crl"), file("root.crl")};
  out.certificates = pem::parse_certificates(as_text(file("signer.pem")), "signer").value();
  return out;
}

Verified<tdx::Quote> td(const std::string& folder) {
  const auto collateral = dcap::Collateral::parse(intel(folder)).value();
  return tdx::verify(tdx::parse(*evidence(folder).td_quote).value(), collateral, context(folder))
      .value();
}

TEST(HclVerify, ClosesTheChainFromATdQuoteToTheTpmsQuote) {
  const auto quote = td(kTdx);
  const auto data = verify(evidence(kTdx).report, quote);
  ASSERT_TRUE(data.ok()) << to_string(data.error());
  EXPECT_EQ((*data)->hardware_type, HardwareType::tdx);
  EXPECT_EQ(data->assurance().valid_until, quote.assurance().valid_until);
  const auto tpm_quote =
      tpm::verify(evidence(kTdx).tpm->quote, ak_trust(*data).value(), {}, context(kTdx));
  ASSERT_TRUE(tpm_quote.ok()) << to_string(tpm_quote.error());
  EXPECT_TRUE(tpm_quote->assurance().assumed.empty());
  const Claims all = claims(quote, *data, *tpm_quote);
  EXPECT_EQ(all.family(), "hcl");
  EXPECT_EQ(all.find("tdx.mrtd")->value, ClaimValue(to_vector(quote->body().mrtd)));
  EXPECT_EQ(to_string(all.find("dcap.tcb.status")->value), "UpToDate");
  EXPECT_EQ(all.find("hcl.ak.spki_sha256")->value, all.find("tpm.ak.spki_sha256")->value);
  // What is bound is what the quote of the TPM binds, not the hash of the runtime data.
  EXPECT_EQ(all.find("common.bound_data")->value,
            ClaimValue(evidence(kTdx).tpm->quote.attest.extra_data));
  EXPECT_EQ(claims(quote, *data).find("common.bound_data"), nullptr);
}

TEST(HclVerify, RefusesATdReportUnderTheQuoteOfAnotherBoot) {
  const auto got = verify(evidence(kTdx).report, td("ok--tdx_debug"));
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, Code::digest_mismatch);
  EXPECT_EQ(got.error().where, "hcl.td_report.td_attributes");
  EXPECT_EQ(got.error().check, "hcl-07");
}

TEST(HclVerify, RefusesOneKindOfHardwareForTheOther) {
  for (const auto& got :
       {verify(evidence(kGood).report, td(kTdx)), verify(evidence(kTdx).report, hardware(kGood))}) {
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.error().code, Code::digest_mismatch);
    EXPECT_EQ(got.error().where, "hcl.report.hardware_report");
    EXPECT_EQ(got.error().check, "hcl-07");
  }
}

TEST(HclVerify, BelievesNothingOfATdxReportButTheBytes) {
  Evidence from = evidence(kTdx);
  const ByteVector honest = from.report.runtime_data;
  from.report.runtime_data = to_vector(as_bytes("{}"));
  from.report.hardware_report.assign(16, 0);
  from.report.hardware_type = HardwareType::snp;
  const auto got = verify(from.report, td(kTdx));
  ASSERT_TRUE(got.ok()) << to_string(got.error());
  EXPECT_EQ((*got)->json, honest);
}

TEST(HclTdReport, RefusesEveryOtherLength) {
  ByteVector whole = evidence(kTdx).report.hardware_report;
  ASSERT_TRUE(parse_td_report(whole).ok());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto got = parse_td_report(Bytes(whole).first(size));
    ASSERT_FALSE(got.ok()) << size;
    EXPECT_EQ(got.error().code, Code::truncated) << size;
    EXPECT_EQ(got.error().check, "hcl-10") << size;
  }
  whole.push_back(0);
  EXPECT_EQ(parse_td_report(whole).error().code, Code::trailing_bytes);
}

TEST(HclTdReport, NoticesEveryBitButThoseThatNothingSpeaksOf) {
  const ByteVector whole = evidence(kTdx).report.hardware_report;
  const auto quote = td(kTdx);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    ByteVector changed = whole;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    const auto report = parse_td_report(changed);
    const bool same = report.ok() && is_of(*report, *quote).ok();
    const std::size_t byte = bit / 8;
    const bool unrepeated =
        bit == 16 || (byte >= 0x10 && byte < 0x20) || (byte >= 0xe0 && byte < 0x100);
    EXPECT_EQ(same, unrepeated) << "bit " << bit % 8 << " of byte " << byte;
  }
}

TEST(HclAnchors, AreBothVendors) {
  const auto roots = vendor_anchors().fingerprints();
  ASSERT_EQ(roots.size(), snp::vendor_anchors().fingerprints().size() + 1);
  EXPECT_EQ(roots.back().name, "Intel SGX Root CA");
}

TEST(HclClaims, LetTheHardwareSayWhetherItIsDebugged) {
  const auto all =
      evaluate(forged("ok--debug_policy/evidence.json"), {}, context("ok--debug_policy"));
  ASSERT_TRUE(all.ok()) << to_string(all.error());
  EXPECT_EQ(to_string(all->find("common.debug")->value), "true");
}

void expect_defined(const Claims& claims) {
  for (const auto& [name, claim] : claims.all()) {
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
}

TEST(HclClaims, AreAllDefinedWithTheirTypeAndSize) {
  const auto tdx =
      evaluate(forged(std::string(kTdx) + "/evidence.json"), intel(kTdx), context(kTdx));
  ASSERT_TRUE(tdx.ok()) << to_string(tdx.error());
  expect_defined(*tdx);
  const auto all = evaluate(forged(std::string(kGood) + "/evidence.json"), {}, context(kGood));
  ASSERT_TRUE(all.ok());
  expect_defined(*all);
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
  const auto quoted = needed(forged(std::string(kTdx) + "/evidence.json"));
  ASSERT_TRUE(quoted.ok());
  ASSERT_EQ(quoted->size(), 4U);
  EXPECT_EQ(quoted->front().kind, "tdx_tcb_info");
}

}  // namespace
}  // namespace cupel::hcl

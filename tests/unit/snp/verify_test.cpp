#include "base/claims.hpp"
#include "crypto/x509.hpp"
#include "snp/anchors.hpp"
#include "snp/claims.hpp"
#include "snp/collateral.hpp"
#include "snp/vek.hpp"
#include "support.hpp"

namespace cupel::snp {
namespace {

using test::context;
using test::endorsements;
using test::evidence;
using test::expect_error;
using test::verified;

constexpr const char* kGood = "ok--milan_v3_vcek";

TEST(SnpVerify, BelievesNothingButTheBytes) {
  Evidence from = evidence(kGood);
  // A structure that says otherwise than its bytes, and a key that nobody verified.
  std::get<ReportV3>(from.report.fields).body.policy |= 1U << 19U;
  std::get<ReportV3>(from.report.fields).body.measurement.fill(0xee);
  from.report.vek = Vek{};
  from.report.vek->csp_id = "invented";
  const auto got = verify(from.report, endorsements(from), context(kGood));
  ASSERT_TRUE(got.ok()) << to_string(got.error());
  EXPECT_EQ((*got)->body().measurement, verified(kGood)->body().measurement);
  EXPECT_EQ((*got)->body().policy, verified(kGood)->body().policy);
  ASSERT_TRUE((*got)->vek.has_value());
  EXPECT_TRUE((*got)->vek->csp_id.empty());
}

TEST(SnpVerify, RemembersSignaturesButNotDates) {
  const Evidence from = evidence(kGood);
  ChainCache cache;
  VerifyContext where = context(kGood);
  where.cache = &cache;
  ASSERT_TRUE(verify(from.report, endorsements(from), where).ok());
  EXPECT_EQ(cache.size(), 3U);  // VCEK by ASK, ASK by ARK; the path
  ASSERT_TRUE(verify(from.report, endorsements(from), where).ok());
  where.now = parse_time("2032-01-01T00:00:00Z").value();
  expect_error(verify(from.report, endorsements(from), where), Code::expired, "snp.vek");
}

TEST(SnpVerify, NeverRemembersAReportsSignature) {
  Evidence from = evidence(kGood);
  ChainCache cache;
  VerifyContext where = context(kGood);
  where.cache = &cache;
  ASSERT_TRUE(verify(from.report, endorsements(from), where).ok());
  from.report.raw[0x90] ^= 1U;
  expect_error(verify(from.report, endorsements(from), where), Code::bad_signature,
               "snp.report.signature");
}

TEST(SnpVerify, SaysThatRevocationOfTheKeyIsNotProvedEvenWhenRequired) {
  const auto report = verified("ok--lists_current");
  Evidence from = evidence("ok--lists_current");
  VerifyContext where = context("ok--lists_current");
  where.revocation = Revocation::required;
  const auto got = verify(from.report, endorsements(from), where);
  ASSERT_TRUE(got.ok()) << to_string(got.error());
  const auto& words = got->assurance().not_proved;
  EXPECT_TRUE(std::any_of(words.begin(), words.end(), [](const std::string& w) {
    return w.find("revocation of CN=SEV-VCEK") != std::string::npos;
  }));
}

TEST(SnpVerify, HoldsNoLongerThanTheListsItRestedOn) {
  EXPECT_EQ(to_string(verified("ok--lists_current").assurance().valid_until),
            "2024-07-01T00:00:00Z");
  EXPECT_EQ(to_string(verified(kGood).assurance().valid_until), "2031-01-01T00:00:00Z");
}

TEST(SnpClaims, AreAllDefinedWithTheirTypeAndSize) {
  std::size_t seen = 0;
  for (const auto* folder : {"ok--milan_v2_vcek", "ok--milan_v5_vcek", "ok--turin_v5_vcek",
                             "ok--milan_v3_vlek", "ok--author_key"}) {
    const Claims all = claims(verified(folder));
    EXPECT_EQ(all.family(), "snp");
    for (const auto& [name, claim] : all.all()) {
      const ClaimDef* found = nullptr;
      for (const auto table : {claim_definitions(), common_claims()}) {
        for (const ClaimDef& def : table) {
          found = covers(def, name) ? &def : found;
        }
      }
      ASSERT_NE(found, nullptr) << name;
      EXPECT_EQ(found->type, type_of(claim.value)) << name;
      const bool per_family = name.starts_with("common.");
      EXPECT_TRUE(per_family || found->provenance == claim.provenance) << name;
      if (const auto* bytes = std::get_if<ByteVector>(&claim.value); bytes && found->size != 0) {
        EXPECT_EQ(bytes->size(), found->size) << name;
      }
      ++seen;
    }
  }
  EXPECT_GT(seen, 5U * 60U);
}

TEST(SnpClaims, HaveEachPartWhereTheProductPutsIt) {
  const Claims milan = claims(verified("ok--milan_v3_vcek"));
  EXPECT_EQ(milan.find("snp.tcb.reported.fmc"), nullptr);
  const Claims turin = claims(verified("ok--turin_v5_vcek"));
  ASSERT_NE(turin.find("snp.tcb.reported.fmc"), nullptr);
  EXPECT_EQ(to_string(turin.find("snp.tcb.current.boot_loader")->value), "2");
}

TEST(SnpBinds, TakesTheHashAndZerosOnly) {
  const auto report = verified("ok--runtime_data");
  EXPECT_TRUE(binds(report, as_bytes(R"({"keys":[]})")).ok());
  expect_error(binds(report, as_bytes(R"({"keys": []})")), Code::digest_mismatch,
               "snp.report.report_data");
  expect_error(binds(verified(kGood), {}), Code::digest_mismatch, "snp.report.report_data");
}

// ---- collateral ---------------------------------------------------------------------------------

TEST(SnpNeeded, NamesTheKeyTheChainAndTheListOfTheProduct) {
  const auto got = needed(evidence(kGood).report);
  ASSERT_TRUE(got.ok());
  ASSERT_EQ(got->size(), 3U);
  const std::string chip = "https://kdsintf.amd.com/vcek/v1/Milan/";
  EXPECT_TRUE((*got)[0].url.starts_with(chip));
  EXPECT_TRUE((*got)[0].url.ends_with("?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219"));
  EXPECT_EQ((*got)[0].url.size(), chip.size() + 128 + 42);
  ASSERT_EQ((*got)[0].mirrors.size(), 1U);
  EXPECT_NE((*got)[0].mirrors[0].find("/db18000000000004?"), std::string::npos);
  EXPECT_EQ((*got)[1].url, chip + "cert_chain");
  EXPECT_EQ((*got)[2].url, chip + "crl");
  EXPECT_EQ((*got)[2].kind, "crl");
}

TEST(SnpNeeded, AsksForEightBytesAndTheFmcOfATurin) {
  const auto got = needed(evidence("ok--turin_v5_vcek").report);
  ASSERT_TRUE(got.ok());
  const std::string chip = "https://kdsintf.amd.com/vcek/v1/Turin/";
  EXPECT_TRUE((*got)[0].url.starts_with(chip));
  EXPECT_TRUE((*got)[0].url.ends_with("?fmcSPL=01&blSPL=02&teeSPL=03&snpSPL=04&ucodeSPL=81"));
  EXPECT_EQ((*got)[0].url.find('?'), chip.size() + 16);
}

TEST(SnpNeeded, TriesBothProductsWhenTheReportNamesNone) {
  const auto alone = needed(evidence("ok--milan_v2_vcek").report);
  ASSERT_EQ(alone->size(), 6U);
  const auto turin = needed(evidence("ok--turin_v2_vcek").report);
  ASSERT_EQ(turin->size(), 3U);
  EXPECT_NE((*turin)[0].url.find("/Turin/"), std::string::npos);
  // With the certificate there, it says.
  const auto beside = needed_by(evidence("ok--milan_v2_vcek"));
  ASSERT_EQ(beside->size(), 2U);
  EXPECT_NE((*beside)[0].url.find("/Milan/cert_chain"), std::string::npos);
}

TEST(SnpNeeded, AsksForNoKeyThatOnlyAProviderGets) {
  const auto got = needed(evidence("ok--milan_v3_vlek").report);
  ASSERT_EQ(got->size(), 2U);
  EXPECT_EQ((*got)[0].url, "https://kdsintf.amd.com/vlek/v1/Milan/cert_chain");
  EXPECT_EQ((*got)[1].url, "https://kdsintf.amd.com/vlek/v1/Milan/crl");
}

TEST(SnpNeeded, MakesPlainFileNames) {
  for (const auto* folder : {"ok--milan_v2_vcek", "ok--turin_v5_vcek", "ok--milan_v3_vlek"}) {
    const auto requests = needed(evidence(folder).report);
    ASSERT_TRUE(requests.ok());
    for (const CollateralRequest& request : *requests) {
      EXPECT_LE(request.cache_key.size(), 128U);
      EXPECT_EQ(request.cache_key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-"),
                std::string::npos)
          << request.cache_key;
    }
  }
}

// ---- anchors ------------------------------------------------------------------------------------

TEST(SnpAnchors, AreWrittenWithoutTypingErrors) {
  const TrustAnchors anchors = vendor_anchors();
  ASSERT_EQ(anchors.fingerprints().size(), 3U);
  for (const Anchor& anchor : anchors.fingerprints()) {
    EXPECT_NE(anchor.sha256, Sha256Digest{}) << anchor.name;
    EXPECT_EQ(anchor.of, Anchor::Of::certificate);
  }
}

TEST(SnpAnchors, AreTheCapturedRoots) {
  const auto roots = test::captured() / "roots/amd";
  if (!std::filesystem::is_directory(roots)) {
    GTEST_SKIP() << "no captured roots at " << roots << " (CUPEL_VECTORS)";
  }
  for (const KnownRoot& root : known_roots()) {
    std::string folder(to_string(root.product));
    folder.front() = static_cast<char>(folder.front() - 'A' + 'a');
    const ByteVector text = test::read_file(roots / folder / "ark.pem");
    TrustAnchors file({});
    ASSERT_TRUE(file.add_certificates("ark", text).ok());
    const crypto::Certificate& certificate = *file.parsed().front();
    EXPECT_TRUE(is_root(root.product, certificate.sha256()));
    EXPECT_EQ(certificate.not_after(), root.not_after);
    EXPECT_EQ(certificate.common_name(), root.name);
  }
}

// A certificate whose report nobody published.
TEST(SnpVek, ReadsACapturedTurinCertificate) {
  const auto folder = test::captured() / "snp/turin-vcek-chain-only-virtee";
  if (!std::filesystem::is_directory(folder)) {
    GTEST_SKIP() << "no captured vectors at " << folder << " (CUPEL_VECTORS)";
  }
  const auto certificate =
      crypto::Certificate::from_der(test::read_file(folder / "vcek.der"), "vcek");
  ASSERT_TRUE(certificate.ok());
  const auto extensions = parse_vek(*certificate, SigningKey::vcek);
  ASSERT_TRUE(extensions.ok()) << to_string(extensions.error());
  EXPECT_EQ(extensions->product, Product::turin);
  EXPECT_EQ(extensions->hwid.size(), 8U);
}

}  // namespace
}  // namespace cupel::snp

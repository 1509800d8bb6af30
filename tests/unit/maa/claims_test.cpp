#include "maa/claims.hpp"

#include <set>

#include "base/claims.hpp"
#include "maa/rows.hpp"
#include "unit/maa/support.hpp"

namespace cupel::maa {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): this room's helpers

Claims claims_of(const json::Object& body) {
  const testing::Key key = rsa("signer");
  const std::string token = sign(key, body);
  return evaluate(as_bytes(token), {}, context(key)).value();
}

std::string text(const Claims& claims, std::string_view name) {
  const Claim* claim = claims.find(name);
  return claim == nullptr ? "(none)" : to_string(claim->value);
}

TEST(MaaClaimTable, DefinesEveryNameOnceAndTheOpenStemLast) {
  std::set<std::string_view> names;
  const auto table = claim_definitions();
  for (const ClaimDef& def : table) {
    EXPECT_TRUE(names.insert(def.name).second) << def.name;
    EXPECT_EQ(def.open, &def == &table.back()) << def.name;
    EXPECT_FALSE(def.meaning.empty() || def.source.empty()) << def.name;
    for (const std::string_view beside : def.only_with) {
      EXPECT_TRUE(beside.empty() || find_row(beside) != nullptr) << def.name;
    }
  }
  EXPECT_GT(table.size(), 90U);
}

TEST(MaaClaimTable, HasEachPlatformClaimAtTheTopAndBelowIsolation) {
  for (const Row& row : rows()) {
    const std::string_view name = row.def.name;
    if (name.starts_with("maa.x-ms-sevsnpvm-") || name.starts_with("maa.tdx_")) {
      const Row* nested = find_row("maa.x-ms-isolation-tee." + std::string(name.substr(4)));
      ASSERT_NE(nested, nullptr) << name;
      EXPECT_EQ(nested->def.type, row.def.type);
      EXPECT_EQ(nested->def.size, row.def.size);
      EXPECT_EQ(nested->def.measurement, row.def.measurement);
    }
  }
}

TEST(MaaClaimTable, OpenStemCoversPathsAndNothingElse) {
  const ClaimDef& open = claim_definitions().back();
  for (const auto* name : {"maa.x", "maa.a.b[0].c", "maa.a{}", "maa.\\x2e"}) {
    EXPECT_TRUE(covers(open, name)) << name;
  }
  for (const auto* name : {"maa", "maa.", "maax", "tpm.x", "maa..x", "maa.x.", "maa.a b",
                           "maa.\xc3\xa9", "", "common.debug"}) {
    EXPECT_FALSE(covers(open, name)) << name;
  }
}

TEST(MaaClaims, SayWhoVouches) {
  const Claims claims = claims_of(payload());
  EXPECT_EQ(claims.find("maa.iss")->provenance, Provenance::evidence);
  EXPECT_EQ(claims.find("maa.signer.kid")->provenance, Provenance::configuration);
  const auto& assumed = claims.assurance().assumed;
  ASSERT_EQ(assumed.size(), 2U);
  EXPECT_NE(assumed[0].find("caller's word"), std::string::npos);
  EXPECT_NE(assumed[1].find("verified by it, not here"), std::string::npos);
}

TEST(MaaClaims, AnswerAboutDebuggingByTheFieldOfTheirOwnKind) {
  EXPECT_EQ(text(claims_of(payload()), "common.debug"), "false");
  EXPECT_EQ(text(claims_of(with(payload(), "x-ms-sevsnpvm-is-debuggable", true)), "common.debug"),
            "true");
  // An SGX flag says nothing about a virtual machine.
  json::Object other = payload();
  other.back().first = "x-ms-sgx-is-debuggable";
  EXPECT_EQ(text(claims_of(other), "common.debug"), "(none)");
  for (const auto* kind : {"tdxvm", "sgx", "azurevm", "tpm", "vsm", ""}) {
    EXPECT_EQ(text(claims_of(with(payload(), "x-ms-attestation-type", kind)), "common.debug"),
              "(none)")
        << kind;
  }
}

TEST(MaaClaims, NeedBothAnswersWhereATokenIsAboutTwoThings) {
  json::Object body = with(payload(), "x-ms-attestation-type", "azurevm");
  for (const auto* name : {"x-ms-azurevm-bootdebug-enabled", "x-ms-azurevm-kerneldebug-enabled",
                           "x-ms-azurevm-hypervisordebug-enabled"}) {
    EXPECT_EQ(text(claims_of(body), "common.debug"), "(none)") << name;
    body = with(body, name, false);
  }
  EXPECT_EQ(text(claims_of(body), "common.debug"), "false");
  const json::Object silent{{"x-ms-attestation-type", "sevsnpvm"}};
  EXPECT_EQ(text(claims_of(with(body, "x-ms-isolation-tee", silent)), "common.debug"), "(none)");
  for (const json::Value& odd :
       {json::Value("sevsnpvm"), json::Value(json::Array{}), json::Value(false)}) {
    EXPECT_EQ(text(claims_of(with(body, "x-ms-isolation-tee", odd)), "common.debug"), "(none)");
  }
  const json::Object closed{{"x-ms-attestation-type", "sevsnpvm"},
                            {"x-ms-sevsnpvm-is-debuggable", false}};
  EXPECT_EQ(text(claims_of(with(body, "x-ms-isolation-tee", closed)), "common.debug"), "false");
  EXPECT_EQ(text(claims_of(with(with(body, "x-ms-isolation-tee", closed),
                                "x-ms-azurevm-kerneldebug-enabled", true)),
                 "common.debug"),
            "true");
}

TEST(MaaClaims, ReadTheStateOfADomainFromEitherField) {
  const json::Object tdx = with(payload(), "x-ms-attestation-type", "tdxvm");
  EXPECT_EQ(text(claims_of(with(tdx, "dbgstat", "disabled")), "common.debug"), "false");
  EXPECT_EQ(text(claims_of(with(tdx, "dbgstat", "enabled")), "common.debug"), "true");
  EXPECT_EQ(text(claims_of(with(tdx, "dbgstat", "disabled-since-boot")), "common.debug"), "(none)");
  EXPECT_EQ(text(claims_of(with(tdx, "tdx_td_attributes_debug", false)), "common.debug"), "false");
}

TEST(MaaClaims, NeverTakeATokensMemberForTheirOwn) {
  json::Object body = payload();
  for (const auto* name : {"signer", "runtime_key", "policy_signer"}) {
    body = with(body, name, json::Object{{"spki_sha256", "00"}, {"0", "00"}, {"kid", "x"}});
  }
  body = with(body, "signer.kid", "x");
  const Claims claims = claims_of(body);
  EXPECT_EQ(text(claims, "maa.signer.kid"), "one");
  EXPECT_EQ(text(claims, "maa.runtime_key.0"), "(none)");
  EXPECT_EQ(text(claims, "maa.policy_signer.spki_sha256"), "(none)");
  EXPECT_EQ(text(claims, "maa.\\x72untime_key.0"), "00");
  EXPECT_EQ(text(claims, "maa.signer\\x2ekid"), "x");
}

TEST(MaaClaims, GiveEveryClaimTheTypeOfItsRow) {
  const json::Object runtime{{"certificate_hash", std::string(64, 'a')}, {"nonce", "00ff"}};
  const Claims claims = claims_of(with(payload(), "x-ms-runtime", runtime));
  for (const auto& [name, claim] : claims.all()) {
    const ClaimDef* found = nullptr;
    for (const std::span<const ClaimDef> table : {common_claims(), claim_definitions()}) {
      for (const ClaimDef& def : table) {
        found = found == nullptr && covers(def, name) ? &def : found;
      }
    }
    ASSERT_NE(found, nullptr) << name;
    EXPECT_TRUE(found->open || found->type == type_of(claim.value)) << name;
  }
  EXPECT_EQ(text(claims, "common.bound_data"), "00ff");
}

}  // namespace
}  // namespace cupel::maa

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cupel/tdx.hpp>

#include "tdx/claims.hpp"
#include "unit/dcap/support.hpp"

namespace cupel::tdx {
namespace {

using test::evidence;

TEST(TdxParse, TellsTheReportsOfBothVersionsApart) {
  const auto older = parse(evidence("tdx/ok--v4"));
  ASSERT_TRUE(older.ok());
  EXPECT_TRUE(std::holds_alternative<TdReport10>(older->report));
  const auto newer = parse(evidence("tdx/ok--v5_td_15"));
  ASSERT_TRUE(newer.ok());
  EXPECT_TRUE(std::holds_alternative<TdReport15>(newer->report));
  EXPECT_EQ(older->body().mrtd, newer->body().mrtd);
}

TEST(TdxParse, RefusesEveryCut) {
  for (const char* name : {"tdx/ok--v4", "tdx/ok--v5_td_15", "tdx/ok--v5_td_10"}) {
    const ByteVector good = evidence(name);
    for (std::size_t length = 0; length < good.size(); length += 3) {
      EXPECT_FALSE(parse(Bytes(good).first(length)).ok()) << name << " " << length;
    }
  }
}

TEST(TdxParse, RefusesAnSgxQuote) {
  const auto got = parse(evidence("sgx/ok--v4"));
  EXPECT_EQ(got.error().code, Code::bad_magic);
  EXPECT_EQ(got.error().check, "tdx-01");
}

TEST(TdxNeeded, NamesIntelsService) {
  const auto requests = needed(evidence("tdx/ok--v4"));
  ASSERT_TRUE(requests.ok());
  EXPECT_EQ((*requests)[0].kind, "tdx_tcb_info");
  EXPECT_THAT((*requests)[0].url, ::testing::HasSubstr("/tdx/certification/v4/tcb?fmspc="));
  EXPECT_EQ((*requests)[1].kind, "td_qe_identity");
  EXPECT_THAT((*requests)[2].url, ::testing::HasSubstr("/sgx/certification/v4/pckcrl?ca="));
}

TEST(TdxClaims, HaveUniqueNames) {
  std::set<std::string_view> names;
  for (const ClaimDef& def : claim_definitions()) {
    EXPECT_TRUE(names.insert(def.name).second) << def.name;
    EXPECT_FALSE(def.meaning.empty() || def.source.empty()) << def.name;
  }
}

}  // namespace
}  // namespace cupel::tdx

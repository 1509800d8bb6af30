#include "dcap/level.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/dcap/support.hpp"

namespace cupel::dcap {
namespace {

using test::document;
using ::testing::HasSubstr;
using S = TcbStatus;

TEST(DcapConverge, KeepsEveryWorryOfBoth) {
  const std::vector<std::tuple<S, S, S>> table = {
      {S::up_to_date, S::up_to_date, S::up_to_date},
      {S::up_to_date, S::out_of_date, S::out_of_date},
      {S::sw_hardening_needed, S::out_of_date, S::out_of_date},
      {S::configuration_needed, S::out_of_date, S::out_of_date_configuration_needed},
      {S::configuration_and_sw_hardening_needed, S::out_of_date,
       S::out_of_date_configuration_needed},
      {S::out_of_date, S::out_of_date, S::out_of_date},
      {S::out_of_date_configuration_needed, S::up_to_date, S::out_of_date_configuration_needed},
      {S::configuration_needed, S::sw_hardening_needed, S::configuration_and_sw_hardening_needed},
      {S::up_to_date, S::revoked, S::revoked},
      {S::revoked, S::up_to_date, S::revoked},
  };
  for (const auto& [a, b, both] : table) {
    EXPECT_EQ(to_string(converge(a, b)), to_string(both)) << to_string(a) << " " << to_string(b);
    EXPECT_EQ(converge(b, a), both);
  }
}

TEST(DcapStatus, HasIntelsWords) {
  EXPECT_EQ(to_string(S::up_to_date), "UpToDate");
  EXPECT_EQ(to_string(S::td_relaunch_advised_configuration_needed),
            "TDRelaunchAdvisedConfigurationNeeded");
}

class Judging : public ::testing::Test {
 protected:
  TcbInfo info_ = parse_tcb_info(document("sgx/ok--v3", "tcb_info.json")).value();
  QeIdentity identity_ = parse_qe_identity(document("sgx/ok--v3", "qe_identity.json")).value();
  Platform platform_ = [] {
    Platform out;
    out.components = {5, 5, 3, 3, 255, 255};
    out.pce_svn = 13;
    return out;
  }();

  Result<Judgement> judged(std::uint16_t qe = 8) const {
    return judge(info_, identity_, platform_, qe, nullptr);
  }
};

TEST_F(Judging, SaysNothingAboutACurrentPlatform) {
  const auto got = judged();
  ASSERT_TRUE(got.ok()) << to_string(got.error());
  EXPECT_EQ(got->status, S::up_to_date);
  EXPECT_TRUE(got->remarks.empty());
}

TEST_F(Judging, NamesWhatIsBehindByHowMuchAndSinceWhen) {
  platform_.components[0] = 4;
  const auto got = judged();
  ASSERT_TRUE(got.ok()) << to_string(got.error());
  EXPECT_EQ(got->status, S::out_of_date);
  std::string all;
  for (const std::string& line : got->remarks) {
    all += line + "\n";
  }
  EXPECT_THAT(all, HasSubstr("OutOfDate"));
  EXPECT_THAT(all, HasSubstr("SGX TCB component 1 (BIOS, Early Microcode Update) is 4, Intel's "
                             "newest level has 5: 1 behind"));
  EXPECT_THAT(all, HasSubstr("its patch level is of 2023-08-09, and a newer one exists since "
                             "2024-03-13"));
  EXPECT_THAT(all, HasSubstr("INTEL-SA-00615, INTEL-SA-00828"));
  EXPECT_THAT(all, HasSubstr("BIOS"));
  EXPECT_EQ(all.find("component 2"), std::string::npos);
}

TEST_F(Judging, NamesAnOldQuotingEnclave) {
  const auto got = judged(6);
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->status, S::out_of_date);
  EXPECT_EQ(got->platform_status, S::up_to_date);
  ASSERT_GE(got->remarks.size(), 2U);
  EXPECT_THAT(got->remarks[1], HasSubstr("quoting enclave is of level 6, Intel's newest is 8"));
}

TEST_F(Judging, RefusesEveryComponentBelowTheLowestLevel) {
  const Platform good = platform_;
  for (std::size_t i = 0; i < 6; ++i) {
    platform_ = good;
    platform_.components.at(i) = 0;
    const auto got = judged();
    ASSERT_FALSE(got.ok()) << i;
    EXPECT_EQ(got.error().code, Code::collateral_mismatch);
    EXPECT_EQ(got.error().check, "dcap-14");
  }
}

TEST_F(Judging, GivesOneAnswerForEveryOrderOfLevels) {
  platform_.pce_svn = 12;
  std::sort(info_.levels.begin(), info_.levels.end(),
            [](const auto& a, const auto& b) { return a.pce_svn > b.pce_svn; });
  EXPECT_EQ(judged()->status, S::out_of_date);
}

}  // namespace
}  // namespace cupel::dcap

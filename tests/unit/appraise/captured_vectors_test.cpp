// The policy expectations that come with captured evidence of a real machine. The captured files
// are not part of this project: CUPEL_VECTORS names their folder.
#include <cstdlib>
#include <cupel/evidence.hpp>

#include "codec/json.hpp"
#include "unit/appraise/support.hpp"

namespace cupel {
namespace {

using Ids = std::vector<std::string>;

const std::string kSixtyFourAs(64, 'a');

class AzureBlindllama2023 : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* named = std::getenv("CUPEL_VECTORS");
    folder_ = std::string(named != nullptr ? named : CUPEL_DEFAULT_VECTORS) +
              "/tpm/azure-tl-blindllama-2023/";
    if (test::file(folder_ + "case.json").empty()) {
      GTEST_SKIP() << "no captured vectors at " << folder_;
    }
    document_ = read("attestation.json");
    measurements_ = read("measurements_azure.json");
    application_ = read("application.json");
  }

  std::string read(const std::string& name) const {
    std::string text = test::file(folder_ + name);
    EXPECT_FALSE(text.empty()) << name;
    return text;
  }

  // The same JSON with a member of the top object (or of `inner`) set to a text.
  static std::string with(const std::string& text, const std::string& key, const std::string& value,
                          const std::string& inner = {}) {
    json::Value root = json::parse(text, "document").value();
    json::Object* object = root.object();
    if (!inner.empty()) {
      for (auto& [name, member] : *object) {
        if (name == inner) {
          object = member.object();
          break;
        }
      }
    }
    bool found = false;
    for (auto& [name, member] : *object) {
      if (name == key) {
        member = json::Value(value);
        found = true;
      }
    }
    EXPECT_TRUE(found) << key;
    return json::dump(root);
  }

  Verdict judge() const {
    const auto expected = json::parse(read("case.json"), "case").value();
    const UnixTime now = parse_time(*expected.find("verify_at")->string()).value();
    const auto claims =
        evaluate("tpm", as_bytes(document_), {}, VerifyContext{now, vendor_anchors("tpm").value()});
    const std::vector<PolicyFile> files = {
        test::policy_file("measurements_azure.json", measurements_),
        test::policy_file("application.json", application_)};
    return appraise(claims.value(), load_policy(files).value(), Challenge{now});
  }

  std::string folder_;
  std::string document_;
  std::string measurements_;
  std::string application_;
};

TEST_F(AzureBlindllama2023, AcceptsTheFilesThatBelongToIt) {
  const Verdict verdict = judge();
  EXPECT_EQ(test::failed(verdict), Ids{});
  ASSERT_NE(verdict.accepted(), nullptr);
  EXPECT_EQ(verdict.alternative(), "measurements_azure.json");
  EXPECT_EQ(verdict.accepted()->pin()->kind(), TlsPin::Kind::root_ca);
  EXPECT_EQ(verdict.valid_until(), parse_time("2024-11-03").value());
  EXPECT_TRUE(test::mentions(verdict.not_proved(), "tpm.pcr.sha256 5-11, 14"));
  EXPECT_TRUE(test::mentions(verdict.not_proved(), "freshness"));
}

TEST_F(AzureBlindllama2023, RefusesAZeroForRegister0) {
  measurements_ = with(measurements_, "0", std::string(64, '0'), "measurements");
  const Verdict verdict = judge();
  EXPECT_EQ(test::failed(verdict), Ids{"policy-03"});
  EXPECT_FALSE(test::find(verdict, "policy-03", "tpm.pcr.sha256.0")->passed);
  EXPECT_EQ(verdict.accepted(), nullptr);
}

TEST_F(AzureBlindllama2023, RefusesAnotherCa) {
  document_ = with(document_, "webserver_rootca", read("other_ca.pem"));
  const Verdict verdict = judge();
  EXPECT_FALSE(test::find(verdict, "policy-04", "tpm.pcr.sha256.15")->passed);
  EXPECT_EQ(verdict.accepted(), nullptr);
}

TEST_F(AzureBlindllama2023, RefusesARootHashThatWasNeverExtended) {
  document_ = with(document_, "application_disk_roothash", kSixtyFourAs);
  application_ = with(application_, "application_disk_roothash", kSixtyFourAs);
  const Verdict verdict = judge();
  EXPECT_FALSE(test::find(verdict, "policy-04", "tpm.pcr.sha256.15")->passed);
  EXPECT_EQ(verdict.accepted(), nullptr);
}

TEST_F(AzureBlindllama2023, RefusesAnotherApplication) {
  application_ = with(application_, "application_disk_roothash", kSixtyFourAs);
  const Verdict verdict = judge();
  EXPECT_EQ(test::failed(verdict), Ids{"policy-03"});
  EXPECT_FALSE(test::find(verdict, "policy-03", "tpm.supplied.application_disk_roothash")->passed);
  EXPECT_EQ(verdict.accepted(), nullptr);
}

TEST_F(AzureBlindllama2023, LintsWithAWarningOnly) {
  const std::vector<PolicyFile> files = {
      test::policy_file("measurements_azure.json", measurements_),
      test::policy_file("application.json", application_)};
  const auto findings = lint(files, test::kNow);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].id, "lint-no-nonce");
  EXPECT_EQ(findings[0].severity, LintFinding::Severity::warning);
}

}  // namespace
}  // namespace cupel

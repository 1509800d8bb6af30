// What is dangerous or dead in policy files.
#include <algorithm>

#include "unit/appraise/support.hpp"

namespace cupel {
namespace {

using test::equals;
using test::policy_file;
using Severity = LintFinding::Severity;

std::vector<LintFinding> lint_text(const std::string& text) {
  const std::vector<PolicyFile> files = {policy_file("p.json", text)};
  return lint(files, test::kNow);
}
std::vector<LintFinding> lint_policy(const Policy& policy) {
  return lint_text(to_json(policy));
}

// The ids with their severity, in order: "error lint-sha1".
std::vector<std::string> ids(const std::vector<LintFinding>& findings) {
  std::vector<std::string> out;
  for (const LintFinding& one : findings) {
    EXPECT_FALSE(one.text.empty());
    out.push_back((one.severity == Severity::error ? "error " : "warning ") + one.id);
  }
  return out;
}

bool has(const std::vector<LintFinding>& findings, const std::string& id,
         const std::string& where) {
  const auto all = ids(findings);
  for (std::size_t i = 0; i < findings.size(); ++i) {
    if (all[i] == id && findings[i].where == where) {
      return true;
    }
  }
  return false;
}

bool has_errors(const std::vector<LintFinding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const LintFinding& one) { return one.severity == Severity::error; });
}

using Ids = std::vector<std::string>;

const std::string kHex(64, '1');
const std::string kZeros(64, '0');

TEST(Lint, FindsNothingInACarefulPolicy) {
  Alternative one = test::alternative();
  one.nonce = NonceBinding{"tpm.extra_data", 0};
  EXPECT_EQ(ids(lint_policy(test::policy(one))), Ids{});
  one.expires = UnixTime(test::kNow.seconds() + 30 * 86400);
  EXPECT_EQ(ids(lint_policy(test::policy(one))), Ids{});
}

TEST(Lint, WarnsOnlyOfTheMissingNonceInBlindllamasFiles) {
  const std::vector<PolicyFile> files = {
      policy_file("measurements_azure.json", R"({"measurements": {"0": ")" + kHex + R"(", "4": ")" +
                                                 kHex + R"(", "12": ")" + kZeros + R"(", "13": ")" +
                                                 kZeros + "\"}}"),
      policy_file("application.json", R"({"application_disk_roothash": ")" + kHex + "\"}")};
  EXPECT_EQ(ids(lint(files, test::kNow)), Ids{"warning lint-no-nonce"});
}

TEST(Lint, FindsThatTheApplicationAloneSaysNothingOfTheSystem) {
  const std::vector<PolicyFile> files = {
      policy_file("application.json", R"({"application_disk_roothash": ")" + kHex + "\"}")};
  EXPECT_EQ(ids(lint(files, test::kNow)),
            (Ids{"error lint-open-registers-only", "warning lint-no-nonce"}));
}

TEST(Lint, FindsPoliciesThatCompareOnlyRegistersOpenToAnySoftware) {
  for (const std::string& claim :
       {std::string("tpm.pcr.sha256.8"), std::string("tpm.pcr.sha384.14"),
        std::string("tpm.pcr.sha256.15"), std::string("tpm.event_log.kernel_command_line")}) {
    Alternative one = test::alternative();
    ClaimValue value = ByteVector(claim.find("384") != std::string::npos ? 48 : 32, 1);
    if (claim.ends_with("line")) {
      value = std::string("quiet");
    }
    one.replay.clear();
    one.tls_key.reset();
    one.require = {Requirement{claim, Requirement::Op::equals, {value}}};
    one.nonce = NonceBinding{"tpm.extra_data", 0};
    EXPECT_EQ(ids(lint_policy(test::policy(one))),
              (Ids{"error lint-open-registers-only", "warning lint-no-key-binding"}))
        << claim;
    one.require.push_back(
        Requirement{"tpm.pcr.sha256.4", Requirement::Op::equals, {ClaimValue(ByteVector(32, 2))}});
    EXPECT_EQ(ids(lint_policy(test::policy(one))), Ids{"warning lint-no-key-binding"}) << claim;
  }
}

// What was launched may start any system: only registers that it measures into say which.
TEST(Lint, FindsPoliciesForConfidentialVmsThatSayNothingOfTheGuest) {
  const auto findings = [](std::vector<Requirement> beside, const char* launch) {
    Alternative one;
    one.family = "hcl";
    one.nonce = NonceBinding{"tpm.extra_data", 0};
    one.require = {equals(launch, ByteVector(48, 0xaa))};
    one.require.insert(one.require.end(), beside.begin(), beside.end());
    return ids(lint_policy(test::policy(one)));
  };
  const Ids any_guest{"error lint-launch-only", "warning lint-no-key-binding"};
  const Ids nothing{"warning lint-no-key-binding"};
  for (const char* launch : {"snp.measurement", "tdx.mrtd"}) {
    const auto with = [&](const std::string& claim, ByteVector value) {
      return findings({equals(claim, std::move(value))}, launch);
    };
    EXPECT_EQ(findings({}, launch), any_guest);
    EXPECT_EQ(findings({equals("hcl.vm_configuration.vm_unique_id", std::string("a"))}, launch),
              any_guest);
    EXPECT_EQ(with("snp.host_data", ByteVector(32, 1)), any_guest);
    // Whatever was started fills these, and a TD's own are never extended on Azure.
    EXPECT_EQ(with("tpm.pcr.sha256.8", test::value(8)), any_guest);
    EXPECT_EQ(with("tdx.rtmr.1", ByteVector(48, 0)), any_guest);
    EXPECT_EQ(findings({{"tpm.pcr.sha256.4", Requirement::Op::present, {}}}, launch),
              (Ids{"warning lint-any-value", any_guest[0], any_guest[1]}));
    EXPECT_EQ(with("tpm.pcr.sha256.4", test::value(4)), nothing);
    EXPECT_EQ(with("tpm.pcr.sha384.7", ByteVector(48, 7)), nothing);
    EXPECT_EQ(findings({equals("tpm.pcr.sha256.8", test::value(8)),
                        equals("tpm.pcr.sha256.4", test::value(4))},
                       launch),
              nothing);
  }
}

TEST(Lint, AsksForNoGuestWhereTheLaunchMeasurementIsAll) {
  Alternative one;
  one.family = "snp";
  one.require = {equals("snp.measurement", ByteVector(48, 0xaa))};
  const Ids unbound = {"warning lint-no-key-binding", "warning lint-no-nonce"};
  EXPECT_EQ(ids(lint_policy(test::policy(one))), unbound);
}

TEST(Lint, FindsThatTheFirmwareOfATrustDomainSaysNothingOfTheSystem) {
  Alternative one;
  one.family = "tdx";
  one.require = {equals("tdx.mrtd", ByteVector(48, 0xaa))};
  EXPECT_EQ(
      ids(lint_policy(test::policy(one))),
      (Ids{"error lint-launch-only", "warning lint-no-key-binding", "warning lint-no-nonce"}));
  one.require.push_back(equals("tdx.rtmr.1", ByteVector(48, 0xbb)));
  EXPECT_EQ(ids(lint_policy(test::policy(one))),
            (Ids{"warning lint-no-key-binding", "warning lint-no-nonce"}));
}

TEST(Lint, FindsHostsOfContainersWithoutAWordOnTheContainers) {
  const Ids unbound = {"warning lint-no-key-binding", "warning lint-no-nonce"};
  const Ids any = {"error lint-any-container", unbound[0], unbound[1]};
  Alternative one;
  one.family = "snp";
  one.require = {equals("snp.measurement", ByteVector(48, 0xaa)),
                 equals("snp.uvm.feed", std::string("ContainerPlat-AMD-UVM"))};
  EXPECT_EQ(ids(lint_policy(test::policy(one))), any);
  one.require.push_back({"snp.host_data", Requirement::Op::present, {}});
  EXPECT_EQ(ids(lint_policy(test::policy(one))), any);
  one.require.back() = equals("snp.host_data", ByteVector(32, 0xcc));
  EXPECT_EQ(ids(lint_policy(test::policy(one))), unbound);

  Alternative token;
  token.family = "maa";
  token.require = {equals("maa.iss", std::string("https://example.attest.azure.net")),
                   equals("maa.x-ms-compliance-status", std::string("azure-compliant-uvm")),
                   equals("maa.x-ms-sevsnpvm-launchmeasurement", ByteVector(48, 0xaa))};
  EXPECT_EQ(ids(lint_policy(test::policy(token))), any);
  token.require[1].values = {std::string("azure-compliant-cvm")};
  EXPECT_EQ(ids(lint_policy(test::policy(token))), unbound);
}

// L2
TEST(Lint, FindsPoliciesThatDemandNothing) {
  EXPECT_EQ(ids(lint({}, test::kNow)), Ids{"error lint-nothing-required"});
  EXPECT_EQ(ids(lint_text("{}")), Ids{"error lint-nothing-required"});
  EXPECT_EQ(ids(lint_text(R"({"version": 1})")), Ids{"error lint-nothing-required"});
  EXPECT_EQ(ids(lint_text(R"({"version": 1, "accept": []})")), Ids{"error lint-nothing-required"});
  EXPECT_EQ(ids(lint_text(R"({"measurements": {}})")), Ids{"error lint-nothing-required"});
  Alternative one;
  one.family = "tpm";
  EXPECT_TRUE(has(lint_policy(test::policy(one)), "error lint-nothing-required",
                  "p.json: accept[0].require"));
  one.dangerous_any_measurement = true;
  const auto findings = lint_policy(test::policy(one));
  EXPECT_TRUE(has(findings, "error lint-nothing-required", "accept[0]"));
  EXPECT_TRUE(
      has(findings, "warning lint-dangerous-switch", "accept[0].dangerous_any_measurement"));
}

// L3
TEST(Lint, FindsZeroMeasurements) {
  Alternative one = test::alternative();
  one.require[0] = equals("tpm.pcr.sha256.0", test::zeros());
  EXPECT_TRUE(has(lint_policy(test::policy(one)), "error lint-all-zero",
                  "accept[0].require.tpm.pcr.sha256.0"));
  one.require[0] = {"tpm.pcr.sha256.0", Requirement::Op::one_of, {test::value(0), test::zeros()}};
  EXPECT_TRUE(has(lint_policy(test::policy(one)), "error lint-all-zero",
                  "accept[0].require.tpm.pcr.sha256.0"));
  // Zero is what registers 12 and 13 hold when nothing was added to the command line.
  one = test::alternative();
  one.require.push_back(equals("tpm.pcr.sha256.12", test::zeros()));
  EXPECT_FALSE(has_errors(lint_policy(test::policy(one))));
  Alternative only_zero;
  only_zero.family = "tpm";
  only_zero.require = {equals("tpm.pcr.sha256.12", test::zeros()),
                       equals("tpm.pcr.sha256.13", test::zeros())};
  EXPECT_TRUE(
      has(lint_policy(test::policy(only_zero)), "error lint-all-zero", "accept[0].require"));
}

// T8
TEST(Lint, FindsResettableAndUnusedRegisters) {
  Alternative one = test::alternative();
  one.require.push_back(equals("tpm.pcr.sha256.16", test::value(1)));
  one.require.push_back(equals("tpm.pcr.sha256.23", test::value(1)));
  one.require.push_back(equals("tpm.pcr.sha256.17", ByteVector(32, 0xff)));
  const auto findings = lint_policy(test::policy(one));
  EXPECT_TRUE(has(findings, "error lint-resettable", "accept[0].require.tpm.pcr.sha256.16"));
  EXPECT_TRUE(has(findings, "error lint-resettable", "accept[0].require.tpm.pcr.sha256.23"));
  EXPECT_TRUE(has(findings, "warning lint-all-ones", "accept[0].require.tpm.pcr.sha256.17"));
}

TEST(Lint, NamesWhyAPolicyDoesNotLoad) {
  const auto having = [](const std::string& members) {
    return R"({"version": 1, "accept": [{"family": "tpm", )" + members + "}]}";
  };
  const std::string good = R"("require": {"tpm.pcr.sha256.0": {"equals": ")" + kHex + "\"}}";
  EXPECT_TRUE(
      has(lint_text(having(good + ", \"x\": 1")), "error lint-unknown-key", "p.json: accept[0].x"));
  EXPECT_TRUE(has(lint_text(having(R"("require": {"tpm.pcr.0": {"present": true}})")),
                  "error lint-unknown-claim", "p.json: accept[0].require.tpm.pcr.0"));
  EXPECT_TRUE(has(lint_text(R"({"version": 1, "accept": [{"family": "x", "require": {}}]})"),
                  "error lint-unknown-family", "p.json: accept[0].family"));
  EXPECT_TRUE(has(lint_text(having(R"("require": {"tpm.pcr.sha1.0": {"equals": ")" +
                                   std::string(40, '1') + "\"}}")),
                  "error lint-sha1", "p.json: accept[0].require.tpm.pcr.sha1.0"));
  EXPECT_TRUE(has(lint_text(having(R"("require": {"tpm.pcr.sha256.0": {"present": true}})")),
                  "error lint-no-measurement", "p.json: accept[0].require"));
  EXPECT_TRUE(
      has(lint_text("{\"version\": 1, \"version\": 1}"), "error lint-duplicate-key", "p.json"));
  EXPECT_TRUE(has(lint_text("no"), "error lint-does-not-load", "p.json"));
  EXPECT_TRUE(
      has(lint_text(having(R"("require": {"tpm.supplied.webserver_rootca": {"present": true}})")),
          "error lint-unbound-claim", "p.json: accept[0].require.tpm.supplied.webserver_rootca"));
}

// All rules that are broken are named, not only the first.
TEST(Lint, NamesEveryBrokenRule) {
  Alternative one = test::alternative();
  one.require.push_back(equals("tpm.pcr.sha1.0", ByteVector(20, 1)));
  one.replay[0].steps.clear();
  const auto findings = lint_policy(test::policy(one));
  EXPECT_TRUE(has(findings, "error lint-sha1", "p.json: accept[0].require.tpm.pcr.sha1.0"));
  EXPECT_TRUE(
      has(findings, "error lint-does-not-load", "p.json: accept[0].replay.tpm.pcr.sha256.15"));
  EXPECT_TRUE(has(findings, "error lint-unbound-claim", "p.json: accept[0].bind.tls_key.claim"));
}

TEST(Lint, WarnsOfWhatIsNotBound) {
  Alternative one = test::alternative();
  one.tls_key.reset();
  EXPECT_EQ(ids(lint_policy(test::policy(one))),
            (Ids{"warning lint-no-key-binding", "warning lint-no-nonce"}));
}

TEST(Lint, WarnsOfRulesThatAnyValuePasses) {
  Alternative one = test::alternative();
  one.require.push_back({"tpm.pcr.sha256.7", Requirement::Op::present, {}});
  one.require.push_back({"tpm.reset_count", Requirement::Op::present, {}});
  const auto findings = lint_policy(test::policy(one));
  EXPECT_TRUE(has(findings, "warning lint-any-value", "accept[0].require.tpm.pcr.sha256.7"));
  EXPECT_EQ(findings.size(), 2U);
}

TEST(Lint, FindsWhatIsOrWillSoonBeDead) {
  Alternative old = test::alternative();
  old.expires = UnixTime(test::kNow.seconds() - 1);
  const auto all_old = lint_policy(test::policy(old));
  EXPECT_TRUE(has(all_old, "error lint-expired", "accept"));
  EXPECT_TRUE(has(all_old, "warning lint-expired", "accept[0].expires"));
  Alternative soon = test::alternative();
  soon.require[0] = equals("tpm.pcr.sha256.0", test::value(9));
  soon.expires = UnixTime(test::kNow.seconds() + 30 * 86400 - 1);
  const auto one_old = lint_policy(Policy{"", "", {old, soon}});
  EXPECT_TRUE(has(one_old, "warning lint-expired", "accept[0].expires"));
  EXPECT_TRUE(has(one_old, "warning lint-expires-soon", "accept[1].expires"));
  EXPECT_FALSE(has_errors(one_old));

  Alternative twin = test::alternative();
  twin.label = "another name";
  EXPECT_TRUE(has(lint_policy(Policy{"", "", {test::alternative(), twin}}),
                  "warning lint-duplicate", "accept[1]"));

  Alternative dead = test::alternative();
  dead.require.push_back(equals("common.debug", true));
  EXPECT_TRUE(
      has(lint_policy(test::policy(dead)), "error lint-dead", "accept[0].require.common.debug"));
}

TEST(Lint, WarnsOfDangerousSwitches) {
  Alternative one = test::alternative();
  one.dangerous_allow_debug = true;
  one.dangerous_any_measurement = true;
  const auto findings = lint_policy(test::policy(one));
  EXPECT_TRUE(has(findings, "warning lint-dangerous-switch", "accept[0].dangerous_allow_debug"));
  EXPECT_TRUE(
      has(findings, "warning lint-dangerous-switch", "accept[0].dangerous_any_measurement"));
  EXPECT_FALSE(has_errors(findings));
}

}  // namespace
}  // namespace cupel

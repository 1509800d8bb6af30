// Outputs of nitro-cli and KMS key policies, read as policies.
#include <gtest/gtest.h>

#include <cupel/policy.hpp>

#include "base/hex.hpp"

namespace cupel {
namespace {

const std::string kA(96, 'a');
const std::string kB(96, 'b');

Result<Policy> load(std::initializer_list<std::pair<std::string, std::string>> files) {
  std::vector<PolicyFile> out;
  for (const auto& [name, text] : files) {
    out.push_back({name, to_vector(as_bytes(text))});
  }
  return load_policy(out);
}

void expect_refused(const std::string& text, const std::string& where) {
  const auto policy = load({{"f.json", text}});
  ASSERT_FALSE(policy.ok()) << text;
  EXPECT_EQ(to_string(policy.error().code), "bad_policy") << text;
  EXPECT_EQ(policy.error().where, where) << text << ": " << policy.error().detail;
}

std::string measurements(const std::string& more = "", const std::string& pcr0 = kA,
                         const std::string& hash = "Sha384 { ... }") {
  return R"({"Measurements":{"HashAlgorithm":")" + hash + R"(","PCR0":")" + pcr0 + R"(","PCR1":")" +
         kA + R"(","PCR2":")" + kB + "\"" + more + "}}";
}

std::string statement(const std::string& condition, const std::string& action = R"("kms:Decrypt")",
                      const std::string& more = "") {
  return R"({"Sid":"enclave","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:role/r"},)"
         R"("Action":)" +
         action + R"(,"Resource":"*",)" + more + R"("Condition":)" + condition + "}";
}

std::string key_policy(const std::string& statements) {
  return R"({"Version":"2012-10-17","Id":"key","Statement":[)" + statements + "]}";
}

std::string equals(const std::string& key, const std::string& value) {
  return R"({"StringEqualsIgnoreCase":{"kms:RecipientAttestation:)" + key + R"(":)" + value + "}}";
}

const std::string kPcr0 = equals("PCR0", "\"" + kA + "\"");

// ---- nitro-cli build-enclave --------------------------------------------------------------------

TEST(NitroBuildOutput, BecomesARequirementOnEachRegister) {
  const auto policy = load({{"dir/build.json", measurements(",\"PCR8\":\"" + kB + "\"")}});
  ASSERT_TRUE(policy.ok()) << to_string(policy.error());
  EXPECT_EQ(policy->source, "nitro");
  ASSERT_EQ(policy->accept.size(), 1U);
  const Alternative& one = policy->accept.front();
  EXPECT_EQ(one.family, "nitro");
  EXPECT_EQ(one.label, "build.json");
  ASSERT_EQ(one.require.size(), 4U);
  EXPECT_EQ(one.require[0].claim, "nitro.pcr.0");
  EXPECT_EQ(one.require[2].claim, "nitro.pcr.2");
  EXPECT_EQ(one.require[3].claim, "nitro.pcr.8");
  EXPECT_EQ(one.require[2].op, Requirement::Op::equals);
  EXPECT_EQ(one.require[2].values, std::vector<ClaimValue>{from_hex(kB, "test").value()});
  EXPECT_FALSE(one.nonce.has_value());
  EXPECT_FALSE(one.dangerous_allow_debug);
}

TEST(NitroBuildOutput, NeedsNoSigner) {
  EXPECT_EQ(load({{"f.json", measurements()}}).value().accept.front().require.size(), 3U);
}

TEST(NitroBuildOutput, OfSeveralImagesAreAlternatives) {
  const auto policy = load({{"one.json", measurements()}, {"two.json", measurements("", kB)}});
  ASSERT_TRUE(policy.ok()) << to_string(policy.error());
  EXPECT_EQ(policy->accept.size(), 2U);
}

TEST(NitroBuildOutput, RefusesOtherContents) {
  expect_refused(measurements("", kA.substr(1)), "f.json: Measurements.PCR0");
  expect_refused(measurements("", "0x" + kA), "f.json: Measurements.PCR0");
  expect_refused(measurements("", kA, "Sha256 { ... }"), "f.json: Measurements.HashAlgorithm");
  expect_refused(measurements("", kA, "Sha384"), "f.json: Measurements.HashAlgorithm");
  expect_refused(measurements(",\"PCR3\":\"" + kB + "\""), "f.json: Measurements.PCR3");
  expect_refused(measurements(",\"PCR8\":null"), "f.json: Measurements.PCR8");
  expect_refused(R"({"Measurements":{"HashAlgorithm":"Sha384 { ... }"}})",
                 "f.json: Measurements.PCR0");
  expect_refused(R"({"Measurements":{}})", "f.json: Measurements.HashAlgorithm");
  expect_refused(R"({"Measurements":[]})", "f.json: Measurements");
  expect_refused(R"({"Measurements":{},"EifVersion":4})", "f.json: EifVersion");
  expect_refused(measurements() + "x", "f.json");
}

// ---- KMS key policies ---------------------------------------------------------------------------

TEST(KmsKeyPolicy, BecomesAnAlternativeForEachStatementOnAttestation) {
  const std::string management =
      R"({"Sid":"root","Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"},)";
  const std::string pair = equals("ImageSha384", "[\"" + kA + "\",\"" + kB + "\"]");
  const auto policy =
      load({{"key.json", key_policy(management + statement(kPcr0) + "," +
                                    statement(pair, R"(["kms:Encrypt","kms:GenerateDataKey"])"))}});
  ASSERT_TRUE(policy.ok()) << to_string(policy.error());
  ASSERT_EQ(policy->accept.size(), 2U);
  EXPECT_EQ(policy->accept[0].label, "enclave");
  EXPECT_EQ(policy->accept[0].require.at(0).claim, "nitro.pcr.0");
  EXPECT_EQ(policy->accept[0].require.at(0).op, Requirement::Op::equals);
  EXPECT_EQ(policy->accept[1].require.at(0).claim, "nitro.pcr.0");
  EXPECT_EQ(policy->accept[1].require.at(0).op, Requirement::Op::one_of);
  EXPECT_EQ(policy->accept[1].require.at(0).values.size(), 2U);
}

TEST(KmsKeyPolicy, TakesEveryRegisterInEitherOperator) {
  const std::string both = R"({"StringEquals":{"kms:RecipientAttestation:PCR0":")" + kA +
                           R"("},"StringEqualsIgnoreCase":{"kms:RecipientAttestation:PCR31":")" +
                           std::string(96, 'F') + R"("}})";
  const auto policy = load({{"key.json", key_policy(statement(both))}});
  ASSERT_TRUE(policy.ok()) << to_string(policy.error());
  EXPECT_EQ(policy->accept.front().require.at(1).claim, "nitro.pcr.31");
}

TEST(KmsKeyPolicy, StandsBesideBuildOutputs) {
  const auto policy = load({{"a.json", measurements()}, {"b.json", key_policy(statement(kPcr0))}});
  ASSERT_TRUE(policy.ok()) << to_string(policy.error());
  EXPECT_EQ(policy->accept.size(), 2U);
}

TEST(KmsKeyPolicy, RefusesConditionsItDoesNotUnderstand) {
  const std::string where = "f.json: Statement[0].Condition.";
  const std::string value = ":\"" + kA + "\"}}";
  for (const char* name : {"StringEqualsIfExists", "StringLike", "StringNotEquals",
                           "ForAnyValue:StringEquals", "Null", "stringequals"}) {
    expect_refused(key_policy(statement("{\"" + std::string(name) +
                                        "\":{\"kms:RecipientAttestation:PCR0\"" + value)),
                   where + name);
  }
  for (const char* key : {"kms:RecipientAttestation:PCR32", "kms:RecipientAttestation:PCR00",
                          "kms:RecipientAttestation:PCR", "kms:RecipientAttestation:pcr0",
                          "KMS:RecipientAttestation:PCR0", "kms:RecipientAttestation:NitroTPMPCR4",
                          "kms:RecipientAttestation:ImageSha384 "}) {
    expect_refused(key_policy(statement("{\"StringEquals\":{\"" + std::string(key) + "\"" + value)),
                   where + "StringEquals." + key);
  }
  expect_refused(key_policy(statement(R"({"StringEquals":{"kms:RecipientAttestation:PCR0":")" + kA +
                                      R"(","kms:ViaService":"s3"}})")),
                 where + "StringEquals.kms:ViaService");
  expect_refused(
      key_policy(statement(R"({"StringEquals":{"kms:RecipientAttestation:PCR0":")" + kA +
                           R"(","kms:RecipientAttestation:ImageSha384":")" + kA + R"("}})")),
      where + "StringEquals.kms:RecipientAttestation:ImageSha384");
}

TEST(KmsKeyPolicy, RefusesValuesThatCanNeverMatch) {
  const std::string where =
      "f.json: Statement[0].Condition.StringEqualsIgnoreCase.kms:RecipientAttestation:PCR0";
  for (const std::string& value :
       {std::string("\"\""), "\"" + kA.substr(2) + "\"", "\"" + kA + "00\"", std::string("[]"),
        std::string("null"), std::string("7"), "[\"" + kA + "\",null]"}) {
    expect_refused(key_policy(statement(equals("PCR0", value))), where);
  }
  expect_refused(key_policy(statement(R"({"StringEquals":{"kms:RecipientAttestation:PCR0":")" +
                                      std::string(96, 'A') + R"("}})")),
                 "f.json: Statement[0].Condition.StringEquals.kms:RecipientAttestation:PCR0");
}

TEST(KmsKeyPolicy, RefusesOtherStatementsOnAttestation) {
  std::string denial = statement(kPcr0);
  denial.replace(denial.find("Allow"), 5, "Deny");
  expect_refused(key_policy(denial), "f.json: Statement[0].Effect");
  expect_refused(key_policy(statement(kPcr0, R"("kms:Encrypt")")), "f.json: Statement[0].Action");
  expect_refused(key_policy(statement(kPcr0, "7")), "f.json: Statement[0].Action");
  expect_refused(key_policy(statement(kPcr0, R"("kms:Decrypt")", R"("NotResource":"x",)")),
                 "f.json: Statement[0].NotResource");
}

TEST(KmsKeyPolicy, RefusesPoliciesThatSayNothingOfAttestation) {
  expect_refused(key_policy(statement("{}")), "f.json: Statement");
  expect_refused(key_policy(""), "f.json: Statement");
  expect_refused(key_policy("7"), "f.json: Statement[0]");
  expect_refused(R"({"Version":"2008-10-17","Statement":[]})", "f.json: Version");
  expect_refused(R"({"Statement":[]})", "f.json: Version");
  expect_refused(R"({"Version":"2012-10-17","Statement":[],"X":1})", "f.json: X");
}

TEST(NitroFiles, AreNotCombinedWithOthers) {
  const std::string blindllama = R"({"measurements":{"0":")" + std::string(64, 'a') + "\"}}";
  const std::string own = R"({"version":1,"accept":[]})";
  for (const std::string& other : {blindllama, own}) {
    const auto policy = load({{"f.json", measurements()}, {"g.json", other}});
    ASSERT_FALSE(policy.ok());
    EXPECT_EQ(policy.error().where, "g.json");
  }
}

TEST(NitroFiles, AreWrittenInOurOwnFormAndReadAgain) {
  const Policy policy = load({{"f.json", key_policy(statement(kPcr0))}}).value();
  const auto again = load({{"own.json", to_json(policy)}});
  ASSERT_TRUE(again.ok()) << to_string(again.error());
  EXPECT_EQ(again->accept.front().require.at(0).values, policy.accept.front().require.at(0).values);
}

TEST(NitroFiles, OnRegistersThatSayNothingOfSoftwareAreAFinding) {
  for (const char* name : {"PCR3", "PCR4", "PCR16"}) {
    const PolicyFile file{
        "f.json", to_vector(as_bytes(key_policy(statement(equals(name, "\"" + kA + "\"")))))};
    const auto found = lint(std::span(&file, 1), UnixTime(0));
    EXPECT_TRUE(std::any_of(found.begin(), found.end(), [](const LintFinding& finding) {
      return finding.severity == LintFinding::Severity::error;
    })) << name;
  }
}

}  // namespace
}  // namespace cupel

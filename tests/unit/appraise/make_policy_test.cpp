// Policies that are made: each is read again, accepts what it was made for and refuses the rest.
#include <cupel/make_policy.hpp>
#include <filesystem>

#include "base/base64.hpp"
#include "codec/json.hpp"
#include "unit/appraise/support.hpp"

namespace cupel {
namespace {

const std::string kRego = "package policy\n";
const TokenExpectation kExpected{"A.attest.azure.net", "azure-compliant-uvm"};

std::string b64(std::string_view text) {
  return to_base64(as_bytes(text));
}

std::string group(const std::string& name, const std::string& cce_policy) {
  return R"({"type":"Microsoft.ContainerInstance/containerGroups","name":")" + name +
         R"(","properties":{"confidentialComputeProperties":{"ccePolicy":")" + cce_policy +
         R"("}}})";
}

std::string arm(const std::string& resources, const std::string& parameters = "{}") {
  return R"({"$schema":"x","parameters":)" + parameters + R"(,"resources":[)" + resources + "]}";
}

Result<std::vector<ContainerGroup>> groups(const std::string& text,
                                           const std::string& parameters = "") {
  const PolicyFile given = test::policy_file("p.json", parameters);
  return container_groups(test::policy_file("t.json", text), parameters.empty() ? nullptr : &given);
}

void expect_bad(const Result<std::vector<ContainerGroup>>& read, const std::string& where) {
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, Code::bad_policy);
  EXPECT_EQ(read.error().where, where) << read.error().detail;
}

MadeFrom made_from() {
  return {test::kNow, {test::policy_file("t.json", "content")}};
}

Policy reread(const Result<std::string>& text) {
  EXPECT_TRUE(text.ok()) << to_string(text.error());
  return test::load(text.value()).value();
}

Claims token(const ByteVector& host_data, const std::string& issuer = "https://a.attest.azure.net",
             bool debug = false, const std::string& status = "azure-compliant-uvm") {
  Assurance assurance;
  assurance.valid_until = test::kValidUntil;
  ClaimsBuilder builder("maa", detail::Sealer<test::Nothing>::seal(std::move(assurance)));
  builder.set("maa.iss", issuer)
      .set("maa.x-ms-attestation-type", std::string("sevsnpvm"))
      .set("maa.x-ms-compliance-status", status)
      .set("maa.x-ms-sevsnpvm-hostdata", host_data)
      .set("maa.x-ms-sevsnpvm-is-debuggable", debug)
      .set("maa.x-ms-runtime.certificate_hash", test::digest_of("certificate"))
      .set("common.debug", debug);
  return std::move(builder).build();
}

bool accepts(const Policy& policy, const Claims& claims) {
  return appraise(claims, policy, Challenge{test::kNow, std::nullopt}).accepted() != nullptr;
}

// ---- ARM templates
// -------------------------------------------------------------------------------

TEST(ContainerGroups, AreReadWithTheDigestOfTheDecodedPolicy) {
  const auto read = groups(arm(group("a", b64(kRego)) + "," + group("b", b64("other")) +
                               R"(,{"type":"Microsoft.Storage/storageAccounts"})"))
                        .value();
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].name, "a");
  EXPECT_EQ(to_vector(read[0].host_data), test::digest_of(kRego));
  EXPECT_EQ(to_vector(read[1].host_data), test::digest_of("other"));
}

TEST(ContainerGroups, TakeParametersFromTheFileThenFromTheDefault) {
  const std::string by_parameter = group("a", "[parameters('p')]");
  const std::string with_default =
      arm(by_parameter, R"({"p":{"type":"string","defaultValue":")" + b64(kRego) + "\"}}");
  EXPECT_EQ(to_vector(groups(with_default).value()[0].host_data), test::digest_of(kRego));
  const std::string file = R"({"parameters":{"p":{"value":")" + b64("other") + "\"}}}";
  EXPECT_EQ(to_vector(groups(with_default, file).value()[0].host_data), test::digest_of("other"));
}

TEST(ContainerGroups, RefuseWhatHasNoPolicyToHash) {
  const std::string at = "t.json: resources[0].properties.confidentialComputeProperties.ccePolicy";
  expect_bad(groups(arm(group("a", ""))), at);
  expect_bad(groups(arm(group("a", "****"))), at);
  expect_bad(groups(arm(group("a", b64(kRego) + "\\n"))), at);
  expect_bad(groups(arm(group("a", "[parameters('p')]"))), at);
  expect_bad(groups(arm(group("a", "[variables('p')]"))), at);
  expect_bad(groups(arm(group("a", "[concat(parameters('p'))]"))), at);
  expect_bad(groups(arm(group("a", "[parameters('')]"))), at);
  expect_bad(
      groups(arm(group("a", "[parameters('p')]"), R"({"p":{"defaultValue":"[parameters('q')]"}})")),
      at);
  expect_bad(groups(arm(group("a", "[parameters('p')]"), R"({"p":{"defaultValue":7}})")), at);
  expect_bad(groups(arm(R"({"type":"Microsoft.ContainerInstance/containerGroups"})")), at);
  expect_bad(groups(arm("")), "t.json: resources");
  expect_bad(groups("{}"), "t.json: resources");
  expect_bad(groups("["), "t.json");
  expect_bad(groups(arm(group("a", b64(kRego)) + "," + group("b", ""))),
             "t.json: resources[1].properties.confidentialComputeProperties.ccePolicy");
}

// ---- what is made of them
// ------------------------------------------------------------------------

std::vector<ContainerGroup> two_groups() {
  return groups(arm(group("a", b64(kRego)) + "," + group("b", b64("other")))).value();
}

void expect_fits(const Policy& policy, bool both) {
  EXPECT_TRUE(accepts(policy, token(test::digest_of(kRego))));
  EXPECT_EQ(accepts(policy, token(test::digest_of("other"))), both);
  EXPECT_FALSE(accepts(policy, token(test::digest_of("third"))));
  EXPECT_FALSE(accepts(policy, token(test::digest_of(kRego), "https://b.attest.azure.net")));
  EXPECT_FALSE(accepts(policy, token(test::digest_of(kRego), "https://a.attest.azure.net", true)));
  EXPECT_FALSE(
      accepts(policy, token(test::digest_of(kRego), "https://a.attest.azure.net", false, "other")));
}

TEST(MakeTokenPolicy, AcceptsItsGroupsAndBindsTheirCertificate) {
  const auto text = make_token_policy(two_groups(), kExpected, made_from());
  const Policy policy = reread(text);
  expect_fits(policy, true);
  ASSERT_EQ(policy.accept.size(), 2U);
  EXPECT_EQ(policy.accept[0].tls_key->form, TlsBinding::Form::certificate_sha256);
  EXPECT_NE(text->find("ccePolicy of container group 'a'"), std::string::npos);
  EXPECT_NE(text->find("t.json (SHA-256 "), std::string::npos);
  EXPECT_NE(text->find("2024-06-15T12:00:00Z"), std::string::npos);
}

TEST(MakeClaimFile, IsReadAsAFlatFile) {
  const std::vector<ContainerGroup> one{two_groups()[0]};
  const Policy policy = reread(make_claim_file(one, kExpected));
  EXPECT_EQ(policy.source, "maa-claims");
  expect_fits(policy, false);
  const auto both = make_claim_file(two_groups(), kExpected);
  ASSERT_FALSE(both.ok());
  EXPECT_EQ(both.error().where, "groups");
}

TEST(MakeReleasePolicy, IsReadAsOne) {
  const Policy policy = reread(make_release_policy(two_groups(), kExpected));
  EXPECT_EQ(policy.source, "key-release");
  expect_fits(policy, true);
}

TEST(MakeImportConfig, IsReadAsOne) {
  const ImportedKey key{"model-key", "oct-HSM", "v.managedhsm.azure.net"};
  const Policy policy = reread(make_import_config(two_groups(), kExpected, key));
  EXPECT_EQ(policy.source, "importkeyconfig");
  expect_fits(policy, true);
}

TEST(MakeTokenFiles, RefuseArgumentsThatMakeNoSense) {
  const auto where = [](const Result<std::string>& made) {
    return made.ok() ? "made" : made.error().where;
  };
  const std::vector<ContainerGroup> none;
  EXPECT_EQ(where(make_token_policy(none, kExpected, made_from())), "groups");
  EXPECT_EQ(where(make_release_policy(none, kExpected)), "groups");
  EXPECT_EQ(where(make_claim_file(none, kExpected)), "groups");
  for (const auto* issuer : {"", "http://a.b", "a", "https://a.b/certs"}) {
    EXPECT_EQ(where(make_release_policy(two_groups(), {issuer, "x"})), "issuer") << issuer;
    EXPECT_EQ(where(make_token_policy(two_groups(), {issuer, "x"}, made_from())), "issuer");
  }
  EXPECT_EQ(where(make_release_policy(two_groups(), {"a.b", ""})), "compliance_status");
  EXPECT_EQ(where(make_import_config(two_groups(), kExpected, {"", "oct-HSM", "v.b"})), "kid");
  EXPECT_EQ(where(make_import_config(two_groups(), kExpected, {"k", "oct-HSM", ""})), "vault");
  EXPECT_EQ(where(make_import_config(two_groups(), kExpected, {"k", "oct", "v.b"})), "kty");
}

// ---- files
// ---------------------------------------------------------------------------------------

TEST(MakePolicy, WritesBlindllamasFilesInOurForm) {
  const std::vector<PolicyFile> files{
      test::policy_file("measurements_x.json",
                        R"({"measurements":{"4":")" + std::string(64, 'a') + "\"}}"),
      test::policy_file("application.json",
                        R"({"application_disk_roothash":")" + std::string(64, 'b') + "\"}")};
  const auto text = make_policy(files, test::kNow);
  EXPECT_EQ(to_json(reread(text)), to_json(load_policy(files).value()));
  EXPECT_NE(text->find("measurements_x.json (SHA-256 "), std::string::npos);
  EXPECT_NE(text->find("application.json (SHA-256 "), std::string::npos);
  const auto wrong = make_policy(std::vector<PolicyFile>{test::policy_file("x", "{}")}, test::kNow);
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code, Code::bad_policy);
}

// ---- KMS
// -----------------------------------------------------------------------------------------

constexpr std::string_view kRole = "arn:aws:iam::123456789012:role/enclave";

Policy enclave(std::vector<Requirement> rules) {
  Alternative one;
  one.family = "nitro";
  one.require = std::move(rules);
  return test::policy(one);
}

Requirement pcr(unsigned index, std::uint8_t fill = 1) {
  return test::equals("nitro.pcr." + std::to_string(index), ByteVector(48, fill));
}

TEST(MakeKmsStatement, DemandsEveryRegister) {
  const auto text = make_kms_statement(enclave({pcr(0, 1), pcr(1, 2), pcr(8, 3)}), kRole);
  ASSERT_TRUE(text.ok()) << to_string(text.error());
  const json::Value statement = json::parse(*text, "statement").value();
  const json::Value& condition = *statement.find("Condition")->find("StringEqualsIgnoreCase");
  EXPECT_EQ(condition.object()->size(), 3U);
  EXPECT_EQ(*condition.find("kms:RecipientAttestation:PCR8")->string(), to_hex(ByteVector(48, 3)));
  EXPECT_EQ(*statement.find("Principal")->find("AWS")->string(), kRole);
  EXPECT_EQ(text->find("kms:Encrypt\""), std::string::npos);
}

TEST(MakeKmsStatement, RefusesWhatAConditionCannotSay) {
  const auto where = [](const Policy& policy, std::string_view principal = kRole) {
    const auto made = make_kms_statement(policy, principal);
    return made.ok() ? "made" : made.error().where;
  };
  EXPECT_EQ(where(enclave({})), "accept[0].require");
  EXPECT_EQ(where(enclave({pcr(0, 0)})), "accept[0].require.nitro.pcr.0");
  EXPECT_EQ(where(enclave({{"nitro.pcr.0", Requirement::Op::present, {}}})),
            "accept[0].require.nitro.pcr.0");
  EXPECT_EQ(
      where(enclave(
          {{"nitro.pcr.0", Requirement::Op::one_of, {ByteVector(48, 1), ByteVector(48, 2)}}})),
      "accept[0].require.nitro.pcr.0");
  EXPECT_EQ(where(enclave({pcr(0), test::equals("nitro.module_id", std::string("x"))})),
            "accept[0].require.nitro.module_id");
  EXPECT_EQ(where(enclave({test::equals("nitro.pcr.0", ByteVector(32, 1))})),
            "accept[0].require.nitro.pcr.0");
  EXPECT_EQ(where(test::policy(test::alternative())), "accept");
  EXPECT_EQ(where(Policy{}), "accept");
  for (const auto* principal : {"", "*", "arn:aws:iam::123456789012:role/*", "123456789012",
                                "arn:aws:iam::1:role/a b", "arn:aws:s3:::bucket"}) {
    EXPECT_EQ(where(enclave({pcr(0)}), principal), "principal") << principal;
  }
}

// ---- evidence
// ------------------------------------------------------------------------------------

TEST(MakePolicyFromEvidence, AcceptsTheEvidenceAndRefusesEveryChange) {
  const Claims claims = test::claims();
  const auto text = make_policy_from_evidence(claims, made_from());
  const Policy policy = reread(text);
  EXPECT_NE(text->find("TRUST ON FIRST USE"), std::string::npos);
  EXPECT_TRUE(accepts(policy, claims));
  ASSERT_EQ(policy.accept.size(), 1U);
  EXPECT_EQ(policy.accept[0].require.size(), 16U);  // not 16 (reset by software), not SHA-1
  for (const Requirement& rule : policy.accept[0].require) {
    EXPECT_FALSE(accepts(policy, test::claims([&](ClaimsBuilder& builder) {
                           builder.set(rule.claim, test::digest_of("changed"));
                         })))
        << rule.claim;
    EXPECT_FALSE(accepts(policy, test::claims({}, rule.claim))) << rule.claim;
  }
}

TEST(MakePolicyFromEvidence, FixesWhoseWordATokenIs) {
  const Claims claims = token(test::digest_of(kRego));
  const auto text = make_policy_from_evidence(claims, made_from());
  const Policy policy = reread(text);
  expect_fits(policy, false);
  ASSERT_TRUE(policy.accept[0].tls_key.has_value());
  EXPECT_EQ(policy.accept[0].tls_key->claim, "maa.x-ms-runtime.certificate_hash");
}

TEST(MakePolicyFromEvidence, RefusesEvidenceThatProvesNothing) {
  const auto refused = [](const Claims& claims, const MadeFrom& from = made_from()) {
    const auto made = make_policy_from_evidence(claims, from);
    EXPECT_FALSE(made.ok());
    return made.ok() ? "made" : made.error().where;
  };
  EXPECT_EQ(refused(test::claims([](ClaimsBuilder& b) { b.set("common.debug", true); })),
            "evidence");
  EXPECT_EQ(refused(test::claims({}, "common.debug")), "evidence");
  EXPECT_EQ(
      refused(test::claims([](ClaimsBuilder& b) { b.set("tpm.pcr.sha256.4", ByteVector(32, 0)); })),
      "evidence");
  EXPECT_EQ(refused(test::no_claims()), "evidence");
  EXPECT_EQ(refused(token(test::digest_of(kRego), "https://a.b", true)), "evidence");
  MadeFrom late = made_from();
  late.at = UnixTime(test::kValidUntil.seconds() + 1);
  EXPECT_EQ(refused(test::claims(), late), "evidence");
}

// ---- captured templates
// --------------------------------------------------------------------------

TEST(ContainerGroups, CapturedTemplatesHaveTheHostDataTheirCasesSay) {
  const char* set = std::getenv("CUPEL_VECTORS");  // NOLINT(concurrency-mt-unsafe): one thread
  const std::filesystem::path root =
      std::filesystem::path(set != nullptr ? set : CUPEL_DEFAULT_VECTORS) / "measure";
  if (!std::filesystem::is_directory(root)) {
    GTEST_SKIP() << "no captured vectors at " << root << " (CUPEL_VECTORS)";
  }
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    const auto folder = entry.path();
    if (!std::filesystem::exists(folder / "template.json")) {
      continue;
    }
    const json::Value c = json::parse(test::file(folder / "case.json"), "case").value();
    const std::string parameters = test::file(folder / "parameters.json");
    const auto read = groups(test::file(folder / "template.json"), parameters);
    const json::Value* expected = c.find("expected")->find("groups");
    ASSERT_EQ(read.ok(), expected != nullptr) << folder;
    if (expected == nullptr) {
      ++refused;
      continue;
    }
    ++accepted;
    ASSERT_EQ(read->size(), expected->array()->size()) << folder;
    for (std::size_t i = 0; i < read->size(); ++i) {
      const json::Value& one = (*expected->array())[i];
      EXPECT_EQ((*read)[i].name, *one.find("name")->string());
      EXPECT_EQ(to_hex((*read)[i].host_data), *one.find("hostdata")->string()) << folder;
    }
  }
  EXPECT_GE(accepted, 4U);
  EXPECT_GE(refused, 2U);
}

PolicyFile release(const std::string& file, const std::string& label, std::uint8_t value) {
  Alternative one = test::alternative();
  one.label = label;
  one.require[0].values = {ByteVector(32, value)};
  return test::policy_file(file, to_json(test::policy(one)));
}

TEST(MakePolicy, PutsTheReleasesOfARollOverTogether) {
  const std::vector<PolicyFile> files = {release("7.json", "release 7", 7),
                                         release("8.json", "release 8", 8)};
  const Policy both = reread(make_policy(files, test::kNow));
  ASSERT_EQ(both.accept.size(), 2U);
  EXPECT_EQ(both.accept[0].label, "release 7");
  EXPECT_EQ(both.accept[1].label, "release 8");
  EXPECT_EQ(both.accept[1].require[0].values, std::vector<ClaimValue>{ByteVector(32, 8)});
  // For appraising they stay two policies, one of which nobody asked for.
  EXPECT_FALSE(load_policy(files).ok());
}

TEST(MakePolicy, RefusesTwoReleasesOfOneLabel) {
  const std::vector<PolicyFile> files = {release("7.json", "release", 7),
                                         release("8.json", "release", 8)};
  const auto made = make_policy(files, test::kNow);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, Code::invalid_argument);
  EXPECT_EQ(made.error().where, "8.json");
}

TEST(MakePolicy, PutsNoOtherFormBesideOurOwn) {
  const std::vector<PolicyFile> files = {
      release("7.json", "release 7", 7),
      test::policy_file("measurements.json",
                        R"({"measurements": {"0": ")" + std::string(64, '1') + "\"}}")};
  const auto made = make_policy(files, test::kNow);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().where, "measurements.json");
}

}  // namespace
}  // namespace cupel

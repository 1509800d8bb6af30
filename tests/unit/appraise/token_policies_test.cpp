// Policies for claims that are somebody else's word: open names, whose word it is, measurements
// that count only in company, and rules beyond equality.
#include "unit/appraise/support.hpp"

namespace cupel {
namespace {

using Op = Requirement::Op;
using test::equals;

const std::string kIssuer = "https://a.attest.azure.net";

Alternative token_alternative() {
  Alternative out;
  out.family = "maa";
  out.require = {equals("maa.iss", kIssuer),
                 equals("maa.x-ms-compliance-status", std::string("azure-compliant-uvm")),
                 equals("maa.x-ms-sevsnpvm-hostdata", test::digest_of("rego"))};
  return out;
}

Claims token_claims(const std::function<void(ClaimsBuilder&)>& change = {}) {
  Assurance assurance;
  assurance.valid_until = test::kValidUntil;
  ClaimsBuilder builder("maa", detail::Sealer<test::Nothing>::seal(std::move(assurance)));
  builder.set("maa.iss", kIssuer)
      .set("maa.x-ms-compliance-status", std::string("azure-compliant-uvm"))
      .set("maa.x-ms-sevsnpvm-hostdata", test::digest_of("rego"))
      .set("maa.x-ms-sevsnpvm-microcode-svn", std::uint64_t{115})
      .set("maa.custom.text", std::string("5"))
      .set("maa.custom.number", std::uint64_t{5})
      .set("maa.custom.flag", false)
      .set("common.debug", false);
  if (change) {
    change(builder);
  }
  return std::move(builder).build();
}

bool accepts(const std::vector<Requirement>& more,
             const std::function<void(ClaimsBuilder&)>& change = {}) {
  Alternative one = token_alternative();
  one.require.insert(one.require.end(), more.begin(), more.end());
  return appraise(token_claims(change), test::policy(one), Challenge{test::kNow, std::nullopt})
             .accepted() != nullptr;
}

std::string json(const std::string& require) {
  return R"({"version":1,"accept":[{"family":"maa","require":{"maa.iss":{"equals":")" + kIssuer +
         R"("},"maa.x-ms-sgx-mrenclave":{"equals":")" + std::string(64, 'a') + "\"}" +
         (require.empty() ? "" : "," + require) + "}}]}";
}

void expect_bad(const std::string& text, const std::string& where) {
  const auto loaded = test::load(text);
  ASSERT_FALSE(loaded.ok()) << text;
  EXPECT_EQ(loaded.error().code, Code::bad_policy);
  EXPECT_EQ(loaded.error().where, where) << loaded.error().detail;
}

TEST(TokenPolicy, AcceptsWhatItDemands) {
  EXPECT_TRUE(accepts({}));
  EXPECT_TRUE(
      accepts({equals("maa.custom.text", std::string("5")),
               equals("maa.custom.number", std::uint64_t{5}), equals("maa.custom.flag", false)}));
}

TEST(TokenPolicy, RefusesAValueOfAnotherType) {
  EXPECT_FALSE(accepts({equals("maa.custom.text", std::uint64_t{5})}));
  EXPECT_FALSE(accepts({equals("maa.custom.number", std::string("5"))}));
  EXPECT_FALSE(accepts({equals("maa.custom.flag", std::string("false"))}));
  EXPECT_FALSE(accepts({equals("maa.custom.flag", std::uint64_t{0})}));
  EXPECT_FALSE(accepts({{"maa.custom.text", Op::at_least, {std::uint64_t{1}}}}));
  EXPECT_TRUE(accepts({{"maa.custom.number", Op::at_least, {std::uint64_t{5}}}}));
}

TEST(TokenPolicy, RefusesEveryRuleOnAMissingClaim) {
  for (const Op op : {Op::equals, Op::one_of, Op::none_of, Op::at_least, Op::at_most}) {
    EXPECT_FALSE(accepts({{"maa.absent", op, {std::uint64_t{5}}}})) << static_cast<int>(op);
  }
  EXPECT_FALSE(accepts({{"maa.absent", Op::present, {}}}));
}

TEST(TokenPolicy, NoneOfRefusesItsValuesAndOtherTypes) {
  const auto none = [](std::vector<ClaimValue> values) {
    return Requirement{"maa.custom.number", Op::none_of, std::move(values)};
  };
  EXPECT_TRUE(accepts({none({std::uint64_t{4}, std::uint64_t{6}})}));
  EXPECT_FALSE(accepts({none({std::uint64_t{4}, std::uint64_t{5}})}));
  // 5 is not the text "4", and not "5" either: of another type it satisfies nothing.
  EXPECT_FALSE(accepts({none({std::string("4")})}));
}

TEST(TokenPolicy, NoneOfSaysNothingAboutSoftware) {
  Alternative one = token_alternative();
  one.require.back() = {"maa.x-ms-sevsnpvm-launchmeasurement", Op::none_of, {ByteVector(48, 1)}};
  EXPECT_EQ(
      appraise(token_claims(), test::policy(one), Challenge{test::kNow, std::nullopt}).accepted(),
      nullptr);
}

TEST(TokenPolicy, SeveralRulesForOneClaimMustAllHold) {
  const std::string svn = "maa.x-ms-sevsnpvm-microcode-svn";
  const auto range = [&](std::uint64_t from, std::uint64_t to) {
    return std::vector<Requirement>{{svn, Op::at_least, {from}}, {svn, Op::at_most, {to}}};
  };
  EXPECT_TRUE(accepts(range(115, 115)));
  EXPECT_FALSE(accepts(range(116, 200)));
  EXPECT_FALSE(accepts(range(0, 114)));
  EXPECT_FALSE(accepts({{svn, Op::at_least, {std::uint64_t{1}}},
                        {svn, Op::at_least, {std::uint64_t{2}}}}));  // no policy at all
}

TEST(TokenPolicy, ListOfRulesIsReadAndWritten) {
  const std::string text =
      json(R"("maa.n":[{"at_least":3},{"at_most":7,"comment":"why"},{"none_of":[5,"5",true]}])");
  const Policy policy = test::load(text).value();
  ASSERT_EQ(policy.accept[0].require.size(), 5U);
  EXPECT_EQ(policy.accept[0].require[4].op, Op::none_of);
  EXPECT_EQ(policy.accept[0].require[4].values.size(), 3U);
  EXPECT_EQ(to_json(test::load(to_json(policy)).value()), to_json(policy));
  EXPECT_NE(explain(policy).find("none of 5 | 5 | true"), std::string::npos);
}

TEST(TokenPolicyFile, RefusesListsThatAreNone) {
  const std::string at = "p.json: accept[0].require.maa.n";
  expect_bad(json(R"("maa.n":[])"), at);
  expect_bad(json(R"("maa.n":[{"equals":1}])"), at);
  expect_bad(json(R"("maa.n":[{"equals":1},7])"), at + "[1]");
  expect_bad(json(R"("maa.n":[{"equals":1},{"equals":2,"at_most":3}])"), at + "[1]");
  expect_bad(json(R"("maa.n":[{"equals":1},[{"at_most":3},{"at_least":1}]])"), at + "[1]");
  expect_bad(json(R"("maa.n":[{"equals":1},{"equals":1}])"), "p.json: accept[0].require.maa.n");
}

TEST(TokenPolicyFile, RefusesValuesThatNoOpenClaimHas) {
  for (const std::string value : {"null", "-1", "0.5", "{}", "[]", "1e3"}) {
    expect_bad(json(R"("maa.n":{"equals":)" + value + "}"),
               "p.json: accept[0].require.maa.n.equals");
  }
  expect_bad(json(R"("maa.n":{"none_of":[]})"), "p.json: accept[0].require.maa.n.none_of");
  expect_bad(json(R"("maa.n":{"none_of":5})"), "p.json: accept[0].require.maa.n.none_of");
  expect_bad(json(R"("maa.n":{"at_least":"5"})"), "p.json: accept[0].require.maa.n.at_least");
  expect_bad(json(R"("maa.n":{"max_age_s":5})"), "p.json: accept[0].require.maa.n.max_age_s");
  expect_bad(json(R"("maa":{"equals":1})"), "p.json: accept[0].require.maa");
  expect_bad(json(R"("maa.":{"equals":1})"), "p.json: accept[0].require.maa.");
  expect_bad(json(R"("maa.a b":{"equals":1})"), "p.json: accept[0].require.maa.a b");
}

TEST(TokenPolicyFile, RefusesWrongTypesAndSizesOfDocumentedClaims) {
  const std::string at = "p.json: accept[0].require.maa.x-ms-sevsnpvm-";
  expect_bad(json(R"("maa.x-ms-sevsnpvm-is-debuggable":{"equals":"false"})"),
             at + "is-debuggable.equals");
  expect_bad(json(R"("maa.x-ms-sevsnpvm-vmpl":{"equals":"0"})"), at + "vmpl.equals");
  expect_bad(json(R"("maa.x-ms-sevsnpvm-hostdata":{"equals":"abcd"})"), at + "hostdata.equals");
}

TEST(TokenPolicyFile, RefusesAPolicyThatBelievesAnybody) {
  const std::string measured =
      R"("maa.x-ms-sgx-mrenclave":{"equals":")" + std::string(64, 'a') + "\"}";
  const auto with = [&](const std::string& issuer) {
    return R"({"version":1,"accept":[{"family":"maa","require":{)" + issuer + measured + "}}]}";
  };
  EXPECT_TRUE(test::load(with(R"("maa.iss":{"one_of":["https://a.b","https://c.d"]},)")).ok());
  for (const std::string rule : {"", R"("maa.iss":{"present":true},)",
                                 R"("maa.iss":{"none_of":["https://evil.example"]},)"}) {
    expect_bad(with(rule), "p.json: accept[0].require");
  }
}

TEST(TokenPolicyFile, RefusesHostDataWithoutWhoEnforcesIt) {
  const auto with = [&](const std::string& more) {
    return R"({"version":1,"accept":[{"family":"maa","require":{"maa.iss":{"equals":"https://a.b"},
             "maa.x-ms-sevsnpvm-hostdata":{"equals":")" +
           std::string(64, 'a') + "\"}" + more + "}}]}";
  };
  const std::string status = R"(,"maa.x-ms-compliance-status":)";
  EXPECT_TRUE(test::load(with(status + R"({"equals":"azure-compliant-uvm"})")).ok());
  EXPECT_TRUE(test::load(with(R"(,"maa.x-ms-sevsnpvm-launchmeasurement":{"equals":")" +
                              std::string(96, 'a') + "\"}"))
                  .ok());
  for (const std::string& more :
       {std::string(), status + R"({"present":true})", status + R"({"none_of":["x"]})",
        std::string(R"(,"maa.x-ms-isolation-tee.x-ms-compliance-status":{"equals":"x"})")}) {
    expect_bad(with(more), "p.json: accept[0].require");
  }
}

TEST(TokenPolicyLint, WarnsOfNamesThatNobodyDocuments) {
  const std::vector<PolicyFile> files = {
      test::policy_file("p.json", json(R"("maa.x-ms-complianse-status":{"equals":"x"})"))};
  bool found = false;
  for (const LintFinding& finding : lint(files, test::kNow)) {
    found = found || finding.id == "lint-open-claim";
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace cupel

// Policy files that others write about tokens of Azure Attestation.
#include "base/base64.hpp"
#include "unit/appraise/support.hpp"

namespace cupel {
namespace {

using Op = Requirement::Op;

const std::string kIssuer = "https://a.attest.azure.net";
const std::string kHostdata(64, 'a');

Result<Policy> load(std::vector<std::pair<std::string, std::string>> named) {
  std::vector<PolicyFile> files;
  for (const auto& [name, text] : named) {
    files.push_back(test::policy_file(name, text));
  }
  return load_policy(files);
}

void expect_bad(const Result<Policy>& loaded, const std::string& where) {
  ASSERT_FALSE(loaded.ok()) << to_json(*loaded);
  EXPECT_EQ(loaded.error().code, Code::bad_policy);
  EXPECT_EQ(loaded.error().where, where) << loaded.error().detail;
}

// The template of Microsoft's confidential inference sample, with an issuer.
std::string flat(const std::string& more = "") {
  return R"({"iss":")" + kIssuer +
         R"(","x-ms-attestation-type":"sevsnpvm",)"
         R"("x-ms-compliance-status":"azure-compliant-uvm","x-ms-sevsnpvm-hostdata":")" +
         kHostdata + R"(","x-ms-sevsnpvm-is-debuggable":false)" + more + "}";
}

using Values = std::map<std::string, ClaimValue>;

// A token that the flat file accepts; absent: a claim that is not there.
Verdict judged(const Policy& policy, const Values& changed = {}, const std::string& absent = "") {
  Values claims{{"maa.iss", kIssuer},
                {"maa.x-ms-attestation-type", std::string("sevsnpvm")},
                {"maa.x-ms-compliance-status", std::string("azure-compliant-uvm")},
                {"maa.x-ms-sevsnpvm-hostdata", ByteVector(32, 0xaa)},
                {"maa.x-ms-sevsnpvm-is-debuggable", false},
                {"maa.x-ms-sevsnpvm-bootloader-svn", std::uint64_t{3}},
                {"maa.custom", std::uint64_t{5}},
                {"common.debug", false}};
  for (const auto& [name, value] : changed) {
    claims.insert_or_assign(name, value);
  }
  claims.erase(absent);
  Assurance assurance;
  assurance.valid_until = test::kValidUntil;
  ClaimsBuilder builder("maa", detail::Sealer<test::Nothing>::seal(std::move(assurance)));
  for (const auto& [name, value] : claims) {
    builder.set(name, value);
  }
  return appraise(std::move(builder).build(), policy, Challenge{test::kNow, std::nullopt});
}

bool accepts(const Policy& policy, const Values& changed = {}, const std::string& absent = "") {
  return judged(policy, changed, absent).accepted() != nullptr;
}

// ---- flat files
// ----------------------------------------------------------------------------------

TEST(MaaClaimFile, DemandsEveryMember) {
  const Policy policy = load({{"flat.json", flat()}}).value();
  EXPECT_EQ(policy.source, "maa-claims");
  ASSERT_EQ(policy.accept.size(), 1U);
  EXPECT_EQ(policy.accept[0].require.size(), 5U);
  EXPECT_TRUE(accepts(policy));
  for (const Requirement& rule : policy.accept[0].require) {
    EXPECT_FALSE(accepts(policy, {}, rule.claim)) << rule.claim;
    EXPECT_FALSE(accepts(policy, {{rule.claim, std::string("other")}})) << rule.claim;
  }
  EXPECT_EQ(to_json(test::load(to_json(policy)).value()), to_json(policy));
}

TEST(MaaClaimFile, RefusesOtherTypesThanTheTokens) {
  const Policy policy = load({{"flat.json", flat(R"(,"custom":5)")}}).value();
  EXPECT_TRUE(accepts(policy));
  EXPECT_FALSE(accepts(policy, {{"maa.custom", std::string("5")}}));
  EXPECT_FALSE(accepts(policy, {{"maa.custom", true}}));
  // Of a documented claim the type is known, and the file is refused at once.
  for (const auto* value : {"\"false\"", "0", "null", "{}", "[]"}) {
    expect_bad(load({{"f", R"({"iss":")" + kIssuer + R"(","x-ms-sevsnpvm-is-debuggable":)" + value +
                               "}"}}),
               "f: x-ms-sevsnpvm-is-debuggable");
  }
  expect_bad(load({{"f", flat(R"(,"x-ms-sevsnpvm-bootloader-svn":"3")")}}),
             "f: x-ms-sevsnpvm-bootloader-svn");
  expect_bad(load({{"f", flat(R"(,"custom":-1)")}}), "f: custom");
}

TEST(MaaClaimFile, TakesTheIssuerFromASecondFile) {
  std::string without = flat();
  without.erase(1, std::string_view(R"("iss":"https://a.attest.azure.net",)").size());
  expect_bad(load({{"flat.json", without}}), "flat.json: accept[0].require");
  const Policy policy =
      load({{"flat.json", without}, {"issuer.json", R"({"iss":")" + kIssuer + "\"}"}}).value();
  EXPECT_TRUE(accepts(policy));
  EXPECT_EQ(policy.accept[0].label, "flat.json + issuer.json");
  expect_bad(load({{"a", flat()}, {"b", R"({"iss":"https://b.attest.azure.net"})"}}), "b: iss");
  EXPECT_TRUE(load({{"a", flat()}, {"b", flat()}}).ok());
}

TEST(MaaClaimFile, RefusesIssuersThatNoTokenHas) {
  for (const auto* issuer : {"\"https://a.attest.azure.net/\"", "\"a.attest.azure.net\"",
                             "\"https://A.attest.azure.net\"", "7", "null", "[]"}) {
    expect_bad(load({{"f", std::string(R"({"iss":)") + issuer + "}"}}), "f: iss");
  }
}

TEST(MaaClaimFile, ComparesObjectsAndArraysAsAWhole) {
  const Policy policy =
      load({{"f", flat(R"(,"x-ms-runtime":{"keys":["k"],"a":{"b":true}})")}}).value();
  const Values equal{{"maa.x-ms-runtime{}", std::uint64_t{2}},
                     {"maa.x-ms-runtime.keys[]", std::uint64_t{1}},
                     {"maa.x-ms-runtime.keys[0]", std::string("k")},
                     {"maa.x-ms-runtime.a{}", std::uint64_t{1}},
                     {"maa.x-ms-runtime.a.b", true}};
  EXPECT_TRUE(accepts(policy, equal));
  for (const auto& [name, value] : equal) {
    Values more = equal;
    more[name] = std::uint64_t{3};
    EXPECT_FALSE(accepts(policy, more)) << name;
    Values less = equal;
    less.erase(name);
    EXPECT_FALSE(accepts(policy, less)) << name;
  }
}

TEST(MaaClaimFile, RefusesMembersThatPoseAsPaths) {
  const Policy policy = load({{"f", flat(R"(,"a.b":1)")}}).value();
  EXPECT_FALSE(accepts(policy, {{"maa.a.b", std::uint64_t{1}}}));
  EXPECT_TRUE(accepts(policy, {{"maa.a\\x2eb", std::uint64_t{1}}}));
}

std::string jwk_with(const std::string& members) {
  return R"({"kty":"RSA",)" + members + "}";
}

TEST(MaaClaimFile, RefusesPolicySignersThatAreNoKey) {
  for (const std::string& value :
       {std::string("7"), std::string("{}"), std::string("null"), jwk_with(R"("x5c":[])"),
        jwk_with(R"("x5c":["AQID"])"), jwk_with(R"("n":"8Q","e":"AQAB")"),
        std::string(R"({"jwk":{}})"), std::string(R"({"kty":"oct","k":"AQ"})")}) {
    expect_bad(load({{"f", R"({"iss":")" + kIssuer + R"(","x-ms-policy-signer":)" + value + "}"}}),
               "f: x-ms-policy-signer");
  }
}

TEST(MaaClaimFile, ComparesPolicySignersByKey) {
  std::string pem = test::data("leaf.pem");
  std::string body;
  for (std::size_t at = pem.find('\n') + 1; pem[at] != '-'; at = pem.find('\n', at) + 1) {
    body += pem.substr(at, pem.find('\n', at) - at);
  }
  const auto kty = [&](const std::string& type) {
    return load({{"f", R"({"iss":")" + kIssuer +
                           R"(","x-ms-compliance-status":"x","x-ms-policy-signer":{"kty":")" +
                           type + R"(","alg":"x","use":"sig","x5c":[")" + body + "\"]}}"}});
  };
  const auto policy = kty("EC").ok() ? kty("EC") : kty("RSA");
  ASSERT_TRUE(policy.ok()) << to_string(policy.error());
  const Requirement& rule = policy->accept[0].require.back();
  EXPECT_EQ(rule.claim, "maa.policy_signer.spki_sha256");
  EXPECT_EQ(std::get<ByteVector>(rule.values[0]).size(), 32U);
}

TEST(MaaClaimFile, ReadsThePolicyHashAsTheServiceWritesIt) {
  const std::string hash = to_base64url(test::digest_of("policy"));
  const Policy policy =
      load({{"f", R"({"iss":")" + kIssuer + R"(","x-ms-policy-hash":")" + hash + "\"}"}}).value();
  EXPECT_TRUE(accepts(policy, {{"maa.x-ms-policy-hash", test::digest_of("policy")}}));
  EXPECT_FALSE(accepts(policy, {{"maa.x-ms-policy-hash", test::digest_of("other")}}));
  for (const std::string& wrong : {hash + "=", hash.substr(1), std::string("x"), std::string()}) {
    expect_bad(load({{"f", R"({"iss":")" + kIssuer + R"(","x-ms-policy-hash":")" + wrong + "\"}"}}),
               "f: x-ms-policy-hash");
  }
}

TEST(PolicyFiles, RefuseMixturesWithoutAMeaning) {
  const std::string release =
      R"({"version":"1.0.0","anyOf":[{"authority":"a.b","allOf":[{"claim":"x","equals":"y"}]}]})";
  expect_bad(load({{"a", flat()}, {"b", release}}), "b");
  expect_bad(load({{"a", release}, {"b", flat()}}), "b");
  expect_bad(load({{"a", release}, {"b", release}}), "b");
  expect_bad(load({{"a", R"({"measurements":{"4":")" + kHostdata + "\"}}"}, {"b", flat()}}), "b");
}

// ---- key-release policies
// ------------------------------------------------------------------------

std::string release(const std::string& conditions, const std::string& name = "allOf") {
  return R"({"version":"1.0.0","anyOf":[{"authority":"https://A.attest.azure.net/",")" + name +
         "\":[" + conditions + "]}]}";
}

std::string condition(const std::string& claim, const std::string& op, const std::string& value) {
  return R"({"claim":")" + claim + R"(",")" + op + "\":" + value + "}";
}

const std::string kMeasured =
    condition("x-ms-sevsnpvm-hostdata", "equals", '"' + kHostdata + '"') + "," +
    condition("x-ms-compliance-status", "equals", "\"azure-compliant-uvm\"");

bool release_accepts(const std::string& more, const Values& changed = {},
                     const std::string& absent = "") {
  const auto policy = load({{"r", release(kMeasured + "," + more)}});
  EXPECT_TRUE(policy.ok()) << to_string(policy.error());
  return policy.ok() && accepts(*policy, changed, absent);
}

TEST(KeyRelease, ReadsAuthorityAndConditions) {
  const Policy policy = load({{"r", release(kMeasured)}}).value();
  EXPECT_EQ(policy.source, "key-release");
  EXPECT_TRUE(accepts(policy));
  EXPECT_FALSE(accepts(policy, {{"maa.iss", std::string("https://b.attest.azure.net")}}));
  EXPECT_FALSE(accepts(policy, {{"maa.x-ms-sevsnpvm-hostdata", ByteVector(32, 0xab)}}));
}

TEST(KeyRelease, UnderstandsTextsAsTheirValues) {
  const std::string debug = "x-ms-sevsnpvm-is-debuggable";
  EXPECT_TRUE(release_accepts(condition(debug, "equals", "\"false\"")));
  EXPECT_TRUE(release_accepts(condition(debug, "equals", "false")));
  EXPECT_FALSE(release_accepts(condition(debug, "equals", "\"true\"")));
  EXPECT_TRUE(release_accepts(condition(debug, "notEquals", "\"true\"")));
  EXPECT_FALSE(release_accepts(condition(debug, "notEquals", "\"false\"")));
  for (const std::string value : {"5", "\"5\""}) {
    EXPECT_TRUE(release_accepts(condition("custom", "equals", value)));
    EXPECT_FALSE(release_accepts(condition("custom", "notEquals", value)));
  }
  EXPECT_TRUE(
      release_accepts(condition("custom", "equals", "\"5\""), {{"maa.custom", std::string("5")}}));
  EXPECT_FALSE(
      release_accepts(condition("custom", "equals", "5"), {{"maa.custom", std::string("5")}}));
}

TEST(KeyRelease, ComparesNumbers) {
  const std::string svn = "x-ms-sevsnpvm-bootloader-svn";  // 3
  const std::vector<std::tuple<std::string, std::uint64_t, bool>> rows = {
      {"less", 3, false},
      {"less", 4, true},
      {"lessOrEquals", 2, false},
      {"lessOrEquals", 3, true},
      {"greater", 3, false},
      {"greater", 2, true},
      {"greaterOrEquals", 4, false},
      {"greaterOrEquals", 3, true}};
  for (const auto& [op, bound, expected] : rows) {
    EXPECT_EQ(release_accepts(condition(svn, op, std::to_string(bound))), expected) << op << bound;
    EXPECT_EQ(release_accepts(condition(svn, op, '"' + std::to_string(bound) + '"')), expected)
        << op << bound;
    EXPECT_FALSE(release_accepts(condition(svn, op, std::to_string(bound)), {},
                                 "maa.x-ms-sevsnpvm-bootloader-svn"))
        << op;
  }
}

TEST(KeyRelease, AMissingClaimMakesEveryConditionFalse) {
  for (const auto& [op, value] : std::map<std::string, std::string>{{"equals", "\"x\""},
                                                                    {"notEquals", "\"x\""},
                                                                    {"exists", "true"},
                                                                    {"exists ", "\"true\""},
                                                                    {"less", "7"},
                                                                    {"greaterOrEquals", "0"}}) {
    const std::string name = op.substr(0, op.find(' '));
    EXPECT_FALSE(release_accepts(condition("absent", name, value))) << name;
  }
  EXPECT_TRUE(release_accepts(condition("custom", "exists", "\"true\"")));
}

TEST(KeyRelease, FollowsDotsIntoTheToken) {
  const std::string nested =
      condition("x-ms-isolation-tee.x-ms-attestation-type", "equals", "\"sevsnpvm\"");
  const Values claim{{"maa.x-ms-isolation-tee.x-ms-attestation-type", std::string("sevsnpvm")}};
  EXPECT_TRUE(release_accepts(nested, claim));
  EXPECT_FALSE(release_accepts(nested));
}

TEST(KeyRelease, NestsAnyOfAndAllOf) {
  const std::string any = R"({"anyOf":[)" + condition("custom", "equals", "4") + R"(,{"allOf":[)" +
                          condition("custom", "equals", "5") + "," +
                          condition("other", "equals", "1") + "]}]}";
  EXPECT_FALSE(release_accepts(any));
  EXPECT_TRUE(release_accepts(any, {{"maa.other", std::uint64_t{1}}}));
  EXPECT_TRUE(release_accepts(any, {{"maa.custom", std::uint64_t{4}}}));
  EXPECT_EQ(load({{"r", release(kMeasured + "," + any)}})->accept.size(), 2U);
}

TEST(KeyRelease, EveryWayNeedsAMeasurementOfItsOwn) {
  expect_bad(load({{"r", release(kMeasured + "," + condition("a", "equals", "1"), "anyOf")}}),
             "r: accept[0].require");
}

TEST(KeyRelease, JoinsRulesAboutOneClaim) {
  const auto two = [&](const std::string& a, const std::string& b) { return a + "," + b; };
  const auto custom = [&](const std::string& op, const std::string& value) {
    return condition("custom", op, value);
  };
  EXPECT_TRUE(release_accepts(two(custom("greater", "4"), custom("less", "6"))));
  EXPECT_FALSE(release_accepts(two(custom("greater", "4"), custom("greater", "5"))));
  EXPECT_FALSE(release_accepts(two(custom("notEquals", "4"), custom("notEquals", "5"))));
  EXPECT_TRUE(release_accepts(two(custom("equals", "5"), custom("equals", "\"5\""))));
  expect_bad(
      load({{"r", release(kMeasured + "," + two(custom("equals", "5"), custom("equals", "6")))}}),
      "r: anyOf[0].allOf[3]");
}

TEST(KeyRelease, RefusesWhatIsNoReleasePolicy) {
  const std::string good = condition("custom", "equals", "5");
  const auto bad = [&](const std::string& text, const std::string& where) {
    expect_bad(load({{"r", text}}), where);
  };
  bad(R"({"anyOf":[]})", "r: version");
  bad(R"({"version":1,"anyOf":[]})", "r: version");
  bad(R"({"version":"1.0","anyOf":[]})", "r: version");
  bad(R"({"version":"1.0.0","anyOf":[]})", "r: anyOf");
  bad(R"({"version":"1.0.0","anyOf":{}})", "r: anyOf");
  bad(R"({"version":"1.0.0","anyOf":[7]})", "r: anyOf[0]");
  bad(R"({"version":"1.0.0","anyOf":[{"allOf":[)" + good + "]}]}", "r: anyOf[0].authority");
  bad(R"({"version":"1.0.0","anyOf":[{"authority":"http://a.b","allOf":[)" + good + "]}]}",
      "r: anyOf[0].authority");
  bad(R"({"version":"1.0.0","anyOf":[{"authority":"a.b"}]})", "r: anyOf[0]");
  bad(R"({"version":"1.0.0","anyOf":[{"authority":"a.b","allOf":[],"anyOf":[]}]})", "r: anyOf[0]");
  bad(R"({"version":"1.0.0","anyOf":[],"more":1})", "r: more");
  bad(release(""), "r: anyOf[0].allOf");
  bad(release(R"({"anyOf":[]})"), "r: anyOf[0].allOf[0].anyOf");
  bad(release(R"({"claim":"a"})"), "r: anyOf[0].allOf[0]");
  bad(release(R"({"claim":"a","equals":1,"less":2})"), "r: anyOf[0].allOf[0]");
  bad(release(R"({"claim":"a","Equals":1})"), "r: anyOf[0].allOf[0].Equals");
  bad(release(R"({"claim":"a","matches":"x"})"), "r: anyOf[0].allOf[0].matches");
  bad(release(R"({"claim":7,"equals":1})"), "r: anyOf[0].allOf[0].claim");
  bad(release(R"({"claim":"a..b","equals":1})"), "r: anyOf[0].allOf[0].claim");
  bad(release(R"({"claim":"","equals":1})"), "r: anyOf[0].allOf[0].claim");
  bad(release(R"({"claim":"a[0]","equals":1})"), "r: anyOf[0].allOf[0].claim");
  bad(release(condition("a", "exists", "false")), "r: anyOf[0].allOf[0].exists");
  bad(release(condition("a", "exists", "\"false\"")), "r: anyOf[0].allOf[0].exists");
  bad(release(condition("a", "less", "0")), "r: anyOf[0].allOf[0].less");
  bad(release(condition("a", "greater", "18446744073709551615")), "r: anyOf[0].allOf[0].greater");
  bad(release(condition("a", "less", "\"five\"")), "r: anyOf[0].allOf[0].less");
  bad(release(condition("a", "less", "-1")), "r: anyOf[0].allOf[0].less");
  bad(release(condition("a", "equals", "null")), "r: anyOf[0].allOf[0].equals");
  bad(release(condition("x-ms-compliance-status", "less", "5")), "r: anyOf[0].allOf[0].less");
  bad(release(condition("x-ms-sevsnpvm-is-debuggable", "equals", "\"no\"")),
      "r: anyOf[0].allOf[0].equals");
  bad(release(condition("x-ms-sevsnpvm-hostdata", "equals", "\"abcd\"")),
      "r: anyOf[0].allOf[0].equals");
}

TEST(KeyRelease, RefusesMoreWaysThanCanBeRead) {
  std::string pair =
      R"({"anyOf":[)" + condition("a", "equals", "1") + "," + condition("b", "equals", "1") + "]}";
  std::string many = pair;
  for (int i = 0; i < 6; ++i) {
    many += "," + pair;
  }
  expect_bad(load({{"r", release(many)}}), "r: anyOf[0].allOf[6]");
  std::string deep = condition("a", "equals", "1");
  for (int i = 0; i < 9; ++i) {
    deep = R"({"allOf":[)" + deep + "]}";
  }
  EXPECT_FALSE(load({{"r", release(deep)}}).ok());
}

TEST(KeyRelease, ReadsTheStoredForm) {
  const auto stored = [](const std::string& data) {
    return R"({"contentType":"application/json; charset=utf-8","immutable":false,"data":")" + data +
           "\"}";
  };
  const Policy policy = load({{"s", stored(to_base64url(as_bytes(release(kMeasured))))}}).value();
  EXPECT_TRUE(accepts(policy));
  expect_bad(load({{"s", stored("***")}}), "s: data");
  expect_bad(load({{"s", stored(to_base64url(as_bytes("{")))}}), "s: data");
}

// ---- importkeyconfig.json
// ------------------------------------------------------------------------

std::string import_config(const std::string& claims, const std::string& more = "") {
  return R"({"key":{"kid":"k","kty":"RSA-HSM","authority":{"endpoint":"a.attest.azure.net"},)"
         R"("akv":{"endpoint":"v.vault.azure.net","api_version":"x","bearer_token":""}},)"
         R"("key_derivation":{"salt":"00","label":"l"},"claims":)" +
         claims + more + "}";
}

TEST(ImportKeyConfig, AcceptsAnyOfItsLists) {
  const std::string other =
      condition("x-ms-sevsnpvm-hostdata", "equals", '"' + std::string(64, 'b') + '"') + "," +
      condition("x-ms-compliance-status", "equals", "\"azure-compliant-uvm\"");
  const Policy policy =
      load({{"i", import_config("[[" + kMeasured + "],[" + other + "]]")}}).value();
  EXPECT_EQ(policy.source, "importkeyconfig");
  EXPECT_EQ(policy.accept.size(), 2U);
  EXPECT_TRUE(accepts(policy));
  EXPECT_TRUE(accepts(policy, {{"maa.x-ms-sevsnpvm-hostdata", ByteVector(32, 0xbb)}}));
  EXPECT_FALSE(accepts(policy, {{"maa.x-ms-sevsnpvm-hostdata", ByteVector(32, 0xcc)}}));
  EXPECT_FALSE(accepts(policy, {{"maa.iss", std::string("https://b.attest.azure.net")}}));
}

TEST(ImportKeyConfig, RefusesWhatTheImporterWouldNotTake) {
  const auto bad = [&](const std::string& claims, const std::string& where) {
    expect_bad(load({{"i", import_config(claims)}}), where);
  };
  bad("[]", "i: claims");
  bad("{}", "i: claims");
  bad("[[]]", "i: claims[0]");
  bad("[{}]", "i: claims[0]");
  bad("[[" + condition("a", "equals", "false") + "]]", "i: claims[0][0].equals");
  bad("[[" + condition("a", "less", "\"1\"") + "]]", "i: claims[0][0].less");
  bad("[[{\"claim\":\"a\"}]]", "i: claims[0][0].equals");
  bad("[[{\"equals\":\"a\"}]]", "i: claims[0][0].claim");
  expect_bad(load({{"i", import_config("[[" + kMeasured + "]]", R"(,"more":1)")}}), "i: more");
  expect_bad(load({{"i", R"({"key":{"kid":"k"},"claims":[[]]})"}}), "i: key.authority");
  expect_bad(load({{"i", R"({"key":{"authority":{"endpoint":""}},"claims":[[]]})"}}),
             "i: key.authority.endpoint");
}

}  // namespace
}  // namespace cupel

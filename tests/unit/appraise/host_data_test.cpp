// Container policies as files beside a policy: Rego text, base64 of it, ARM templates.
#include "appraise/host_data.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "unit/appraise/support.hpp"

namespace cupel {
namespace {

constexpr std::string_view kRego = "# a comment\npackage policy\n\nallow := true\n";
const std::string kSchema =
    "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

PolicyFile file(std::string_view text) {
  return {"host.txt", to_vector(as_bytes(text))};
}

std::string encoded(std::string_view text) {
  return to_base64(as_bytes(text));
}

std::string arm(const std::vector<std::string>& policies) {
  std::string resources;
  for (const std::string& policy : policies) {
    resources += (resources.empty() ? "" : ",") +
                 std::string(R"({"properties":{"confidentialComputeProperties":{"ccePolicy":)") +
                 policy + "}}}";
  }
  return R"({"$schema":")" + kSchema + R"(","resources":[)" + resources + "]}";
}

std::string quoted(std::string_view text) {
  return "\"" + encoded(text) + "\"";
}

void expect_refused(std::string_view text, const std::string& where) {
  const auto got = host_data::digests(file(text));
  ASSERT_FALSE(got.ok()) << text;
  EXPECT_EQ(got.error().code, Code::bad_policy);
  EXPECT_EQ(got.error().where, where);
}

TEST(HostData, IsTheDigestOfTheTextAsItIs) {
  const std::vector<ByteVector> expected{test::digest_of(kRego)};
  EXPECT_EQ(host_data::digests(file(kRego)).value(), expected);
  EXPECT_EQ(host_data::digests(file(encoded(kRego))).value(), expected);
  EXPECT_EQ(host_data::digests(file(" \n" + encoded(kRego) + "\r\n")).value(), expected);
  EXPECT_EQ(host_data::digests(file(arm({quoted(kRego)}))).value(), expected);
}

TEST(HostData, CountsLineEndsAndSpaces) {
  const std::string windows = "package policy\r\n";
  const auto got = host_data::digests(file(windows)).value();
  EXPECT_EQ(got.front(), test::digest_of(windows));
  EXPECT_NE(got.front(), test::digest_of("package policy\n"));
  EXPECT_NE(host_data::digests(file("package policy\n\n")).value().front(),
            test::digest_of("package policy\n"));
}

TEST(HostData, OfATemplateIsThatOfEachOfItsGroups) {
  const auto got = host_data::digests(file(arm({quoted(kRego), quoted("package b")}))).value();
  EXPECT_EQ(got, (std::vector<ByteVector>{test::digest_of(kRego), test::digest_of("package b")}));
}

TEST(HostData, IsRecognisedByWhatStandsInTheFile) {
  for (const std::string& text :
       {std::string(kRego), encoded(kRego), arm({quoted(kRego)}), std::string("package x")}) {
    EXPECT_TRUE(host_data::looks_like(as_bytes(text))) << text;
  }
  for (const std::string& text :
       {std::string(), std::string(" \n"), std::string("# only a comment"), std::string("packages"),
        std::string("{\"version\":1}"), encoded("hello"),
        std::string("allow := true\npackage x")}) {
    EXPECT_FALSE(host_data::looks_like(as_bytes(text))) << text;
  }
}

TEST(HostData, RefusesPoliciesThatAreNotThereYet) {
  const std::string at =
      "host.txt: resources[0].properties.confidentialComputeProperties.ccePolicy";
  expect_refused(arm({"\"\""}), at);
  expect_refused(arm({"7"}), at);
  expect_refused(arm({"null"}), at);
  expect_refused(arm({"\"[parameters('ccePolicy')]\""}), at);
  expect_refused(arm({quoted("hello")}), at);
  expect_refused(arm({"\"%%%\""}), at);
  expect_refused(arm({quoted(kRego), "\"\""}),
                 "host.txt: resources[1].properties.confidentialComputeProperties.ccePolicy");
}

TEST(HostData, RefusesFilesWithoutAPolicy) {
  expect_refused(arm({}), "host.txt");
  expect_refused(R"({"$schema":")" + kSchema + R"(","a":1,"a":2})", "host.txt");
  expect_refused(encoded("hello"), "host.txt");
  expect_refused("hello", "host.txt");
  expect_refused("", "host.txt");
}

// ---- together with an SNP policy ----------------------------------------------------------------

constexpr std::string_view kMeasured =
    R"({"version":1,"accept":[{"family":"FAMILY","require":{"snp.measurement":{"equals":"MEASUREMENT"}}}]})";

Result<Policy> load(const std::string& family, const std::vector<std::string>& host_files) {
  std::string text(kMeasured);
  text.replace(text.find("FAMILY"), 6, family);
  text.replace(text.find("MEASUREMENT"), 11, std::string(96, 'a'));
  std::vector<PolicyFile> files{{"policy.json", to_vector(as_bytes(text))}};
  for (const std::string& one : host_files) {
    files.push_back(file(one));
  }
  return load_policy(files);
}

Claims report(const ByteVector& host_data, const std::string& family = "snp") {
  Assurance assurance;
  assurance.valid_until = test::kValidUntil;
  ClaimsBuilder builder(family, detail::Sealer<test::Nothing>::seal(std::move(assurance)));
  builder.set("snp.measurement", ByteVector(48, 0xaa))
      .set("snp.host_data", host_data)
      .set("snp.vmpl", std::uint64_t{0})
      .set("snp.policy.migrate_ma", false)
      .set("common.debug", false);
  return std::move(builder).build();
}

bool accepts(const Policy& policy, const Claims& claims) {
  return appraise(claims, policy, Challenge{test::kNow, std::nullopt}).accepted() != nullptr;
}

TEST(HostDataPolicy, DemandsOneOfTheTextsBesideTheMeasurement) {
  for (const char* family : {"snp", "hcl"}) {
    const auto policy = load(family, {std::string(kRego), encoded("package b")});
    ASSERT_TRUE(policy.ok()) << to_string(policy.error());
    EXPECT_TRUE(accepts(*policy, report(test::digest_of(kRego), family)));
    EXPECT_TRUE(accepts(*policy, report(test::digest_of("package b"), family)));
    EXPECT_FALSE(accepts(*policy, report(test::digest_of("package c"), family)));
    EXPECT_FALSE(accepts(*policy, report(ByteVector(32, 0), family)));
  }
}

TEST(HostDataPolicy, RefusesEveryChangedBitOfTheHostData) {
  const auto policy = load("snp", {arm({quoted(kRego)})}).value();
  const ByteVector good = test::digest_of(kRego);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    ByteVector changed = good;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(accepts(policy, report(changed))) << bit;
  }
}

TEST(HostDataPolicy, IsNoPolicyAlone) {
  const auto got = load_policy(std::vector<PolicyFile>{file(kRego)});
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, Code::bad_policy);
}

TEST(HostDataPolicy, CannotBeDemandedOfOtherFamilies) {
  const std::string text =
      R"({"version":1,"accept":[{"family":"tdx","require":{"tdx.mrtd":{"equals":")" +
      std::string(96, 'a') + R"("}}}]})";
  const std::vector<PolicyFile> files{{"policy.json", to_vector(as_bytes(text))}, file(kRego)};
  const auto got = load_policy(files);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, Code::bad_policy);
}

}  // namespace
}  // namespace cupel

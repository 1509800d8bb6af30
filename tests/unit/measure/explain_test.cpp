#include <gtest/gtest.h>

#include <cupel/measure/boot.hpp>
#include <cupel/measure/explain.hpp>
#include <cupel/measure/hostdata.hpp>
#include <cupel/measure/snp.hpp>

#include "crypto/digest.hpp"
#include "support/measure_case.hpp"

namespace cupel::measure {
namespace {

using Files = std::map<std::string, ByteVector>;

std::vector<std::string> changes(const Recipe& recipe, Bytes found, const Files& files = {}) {
  std::vector<std::string> missing;
  const auto explanations = explain(
      recipe, found,
      [&](const RecipeInput& input) -> Result<ByteVector> {
        const auto file = files.find(input.name);
        return file == files.end() ? Result<ByteVector>(Error{Code::invalid_argument, input.name})
                                   : file->second;
      },
      missing);
  std::vector<std::string> out;
  for (const Explanation& one : explanations.value()) {
    out.push_back(one.value + ": " + one.change);
  }
  return out;
}

Recipe with_input(Recipe recipe, const std::string& role, const ByteVector& content) {
  recipe.inputs.push_back(recipe_input(role, role, content));
  return recipe;
}

ByteVector bytes(std::string_view text) {
  return to_vector(as_bytes(text));
}

bool has(const std::vector<std::string>& all, std::string_view wanted) {
  return std::find(all.begin(), all.end(), wanted) != all.end();
}

TEST(MeasureExplain, NamesTheCrlfInACertificate) {
  const ByteVector root(32, 7);
  const ByteVector pem = bytes("-----BEGIN-----\nabc\n-----END-----\n");
  const Recipe recipe = with_input(predict_pcr15(root, pem).value(), "root_ca", pem);
  const ByteVector windows = bytes("-----BEGIN-----\r\nabc\r\n-----END-----\r\n");
  const Files files = {{"root_ca", pem}};
  EXPECT_TRUE(has(changes(recipe, predict_pcr15(root, windows).value().values.at(0).value, files),
                  "pcr15: the CA's PEM with CRLF line endings"));
  EXPECT_TRUE(has(changes(recipe, predict_pcr15(root, std::nullopt).value().values.at(0).value),
                  "pcr15: the root hash alone, without sentinel and CA"));
}

TEST(MeasureExplain, FindsNothingForAnUnrelatedValue) {
  const ByteVector pem = bytes("x\n");
  const Recipe recipe = with_input(predict_pcr15(ByteVector(32), pem).value(), "root_ca", pem);
  EXPECT_TRUE(changes(recipe, testing::test_bytes(32), {{"root_ca", pem}}).empty());
}

TEST(MeasureExplain, TrustsNoInputThatIsAnotherFileNow) {
  const ByteVector pem = bytes("a\n");
  const Recipe recipe = with_input(predict_pcr15(ByteVector(32), pem).value(), "root_ca", pem);
  const ByteVector found = predict_pcr15(ByteVector(32), bytes("b")).value().values.at(0).value;
  std::vector<std::string> missing;
  const auto none = explain(
      recipe, found,
      [](const RecipeInput&) -> Result<ByteVector> {
        return ByteVector{'b', '\n'};
      },
      missing);
  EXPECT_TRUE(none.value().empty());
  EXPECT_EQ(missing, std::vector<std::string>{"root_ca"});
}

TEST(MeasureExplain, SaysThatZerosMeanDebugOrNothing) {
  const Recipe recipe = predict_pcr15(ByteVector(32), std::nullopt).value();
  EXPECT_EQ(changes(recipe, ByteVector(32)).size(), 1U);
}

TEST(MeasureExplain, RefusesAValueTheRecipeHasAndLengthsItHasNot) {
  const Recipe recipe = predict_pcr15(ByteVector(32), std::nullopt).value();
  std::vector<std::string> missing;
  const InputLoader none = [](const RecipeInput&) -> Result<ByteVector> { return ByteVector(); };
  EXPECT_EQ(explain(recipe, recipe.values.at(0).value, none, missing).error().code,
            Code::invalid_argument);
  EXPECT_EQ(explain(recipe, ByteVector(31, 1), none, missing).error().code, Code::invalid_argument);
}

TEST(MeasureExplain, NamesWhatChangedInABoot) {
  const auto path = testing::measure_root() / "boot-stub257-ovmf25/uki.efi";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "no " << path;
  }
  const ByteVector uki = testing::read_test_file(path);
  const Files files = {{"uki", uki}};
  const auto predicted = [&](BootPlan plan) {
    plan.uki = uki;
    return with_input(predict_boot(plan, Algorithm::sha256).value(), "uki", uki);
  };
  const Recipe recipe = predicted({.uki = {}, .stub = 257});
  const auto pcr = [&](const BootPlan& plan, std::string_view name) {
    return predicted(plan).value(name)->value;
  };
  EXPECT_TRUE(has(changes(recipe, pcr({.uki = {}, .stub = 258}, "pcr4"), files),
                  "pcr4: without kernel (.linux)"));
  EXPECT_TRUE(has(changes(recipe, pcr({.uki = {}, .stub = 257, .returning = true}, "pcr4"), files),
                  "pcr4: with an earlier boot attempt (firmware tried another option first)"));
  EXPECT_TRUE(has(changes(recipe, pcr({.uki = {}, .stub = 252}, "pcr11"), files),
                  "pcr11: systemd-stub 252"));
}

TEST(MeasureExplain, NamesTheNumberOfProcessors) {
  const auto path = testing::measure_root() / "snp-amdsev-epyc-milan/ovmf.bin";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "no " << path;
  }
  const ByteVector ovmf = testing::read_test_file(path);
  SnpLaunch launch;
  launch.ovmf = ovmf;
  launch.vcpus = 2;
  const Recipe recipe = with_input(measure_snp(launch).value(), "ovmf", ovmf);
  launch.vcpus = 8;
  EXPECT_TRUE(has(changes(recipe, measure_snp(launch).value().values.at(0).value, {{"ovmf", ovmf}}),
                  "measurement: 8 vCPUs instead of 2"));
  launch.vcpus = 2;
  launch.vcpu_signature = *cpu_signature("EPYC-Genoa");
  EXPECT_TRUE(has(changes(recipe, measure_snp(launch).value().values.at(0).value, {{"ovmf", ovmf}}),
                  "measurement: CPU type EPYC-Genoa"));
  launch.vcpus = 8;
  EXPECT_TRUE(
      changes(recipe, measure_snp(launch).value().values.at(0).value, {{"ovmf", ovmf}}).empty());
}

TEST(MeasureRecipe, ComesBackAsItWasWritten) {
  const ByteVector pem = bytes("x\n");
  const Recipe recipe = with_input(predict_pcr15(ByteVector(32, 1), pem).value(), "root_ca", pem);
  const std::string text = to_json(recipe);
  EXPECT_EQ(to_json(parse_recipe(text).value()), text);
}

TEST(MeasureRecipe, RefusesOtherDocuments) {
  const std::string good = to_json(predict_pcr15(ByteVector(32), std::nullopt).value());
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return parse_recipe(text).error();
  };
  EXPECT_EQ(changed("cupel.recipe/1", "cupel.recipe/2").code, Code::unsupported_version);
  EXPECT_EQ(changed("\"kind\"", "\"kinds\"").code, Code::missing_field);
  EXPECT_EQ(changed("\"inputs\": []", "\"inputs\": [{}]").code, Code::missing_field);
  EXPECT_EQ(changed("\"notes\": []", "\"notes\": [1]").code, Code::bad_encoding);
  EXPECT_EQ(parse_recipe("{}").ok(), false);
  EXPECT_EQ(parse_recipe("").ok(), false);
}

}  // namespace
}  // namespace cupel::measure

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

using Brought = Result<std::shared_ptr<const Source>>;

InputLoader loader(const Files& files) {
  return [files](const RecipeInput& input) -> Brought {
    const auto file = files.find(input.name);
    return file == files.end() ? Brought(Error{Code::invalid_argument, input.name})
                               : Brought(loaded_input(file->second));
  };
}

std::vector<std::string> changes(const Recipe& recipe, Bytes found, const Files& files = {},
                                 const ExplainOptions& options = {}) {
  std::vector<std::string> missing;
  const auto explanations = explain(recipe, found, loader(files), missing, options);
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
  const auto none = explain(recipe, found, loader({{"root_ca", bytes("b\n")}}), missing);
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
  const InputLoader none = loader({});
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

// Root hashes of a forged image, with everything that can be otherwise.
Recipe verity_recipe_of(const ByteVector& image, const VerityFormat& format) {
  const MemorySource source(image);
  const VerityRoot root = verity_root(source, format).value();
  Recipe out;
  out.kind = "verity";
  out.parameters = {{"hash", std::string(to_string(format.algorithm))},
                    {"hash_type", std::to_string(format.hash_type)},
                    {"data_block_size", std::to_string(format.data_block_size)},
                    {"hash_block_size", std::to_string(format.hash_block_size)},
                    {"salt", to_hex(format.salt)},
                    {"data_blocks", std::to_string(root.layout.data_blocks)},
                    {"offset", "0"},
                    {"size", std::to_string(image.size())}};
  out.values = {{"root_hash", "sha256", root.root_hash, {}}};
  return with_input(out, "image", image);
}

TEST(MeasureExplain, NamesTheSaltOfAHashTree) {
  const ByteVector image = testing::test_bytes(300 * 4096);
  const Files files = {{"image", image}};
  const Uuid seed = uuid_from_text("11111111-2222-3333-4444-555555555555", "seed").value();
  const auto root = [&](const ByteVector& salt) {
    return verity_recipe_of(image, {.salt = salt}).value("root_hash")->value;
  };
  Recipe recipe = verity_recipe_of(image, {.salt = {1, 2, 3}});
  const ByteVector other(16, 9);
  EXPECT_EQ(changes(recipe, root({}), files),
            std::vector<std::string>{"root_hash: without a salt"});
  EXPECT_TRUE(changes(recipe, root(other), files).empty());
  EXPECT_EQ(changes(recipe, root(other), files, {.salts = {{"with another", other}}}),
            std::vector<std::string>{"root_hash: with another"});
  EXPECT_TRUE(changes(recipe, root(repart_salt(seed)), files).empty());
  recipe.parameters.emplace_back("repart_seed", to_text(seed));
  EXPECT_EQ(changes(recipe, root(repart_salt(seed)), files),
            std::vector<std::string>{"root_hash: with systemd-repart's salt of the recipe's seed"});
}

// A source that is too large to be held, and says so when it is.
class Pieces : public Source {
 public:
  explicit Pieces(ByteVector content) : content_(std::move(content)) {}
  std::uint64_t size() const noexcept override { return content_.size(); }
  Result<Unit> read(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    if (into.size() > content_.size() / 2) {
      return Error{Code::too_large, "pieces"};
    }
    return MemorySource(content_).read(offset, into);
  }

 private:
  ByteVector content_;
};

TEST(MeasureExplain, ReadsImagesPieceByPiece) {
  const ByteVector image = testing::test_bytes(8U << 20U);
  const Recipe recipe = verity_recipe_of(image, {.salt = {1}});
  const InputLoader pieces = [&](const RecipeInput&) -> Brought {
    return std::shared_ptr<const Source>(std::make_shared<Pieces>(image));
  };
  std::vector<std::string> missing;
  const ByteVector wanted = verity_recipe_of(image, {}).value("root_hash")->value;
  const auto found = explain(recipe, wanted, pieces, missing).value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().change, "without a salt");
  EXPECT_TRUE(missing.empty());
}

TEST(MeasureExplain, AsksWhichRegisterIsMeant) {
  Registers registers(Algorithm::sha256);
  registers.extend(4, "a", ByteVector(32, 1));
  registers.extend(4, "b", ByteVector(32, 2));
  registers.extend(9, "c", ByteVector(32, 3));
  Recipe recipe;
  recipe.kind = "event-log";
  recipe.events = registers.events();
  for (const unsigned pcr : {4U, 9U, 12U}) {
    recipe.values.push_back({"pcr" + std::to_string(pcr), "sha256", registers.value(pcr), {}});
  }
  const auto of = [&](Bytes found, const std::string& name) {
    std::vector<std::string> missing;
    return explain(recipe, found, loader({}), missing, {.of = name});
  };
  const ByteVector nine = registers.value(9);
  EXPECT_EQ(of(nine, "").error().code, Code::invalid_argument);
  EXPECT_EQ(of(nine, "pcr9").error().code, Code::invalid_argument);
  EXPECT_EQ(of(nine, "pcr10").error().code, Code::invalid_argument);
  EXPECT_EQ(of(nine, "pcr4").value().at(0).change, "it is the recipe's pcr9");
  const ByteVector zeros(32);
  EXPECT_EQ(of(zeros, "pcr12").error().code, Code::invalid_argument);
  EXPECT_EQ(of(zeros, "pcr4").value().size(), 1U);
  EXPECT_EQ(of(zeros, "pcr4").value().at(0).value, "pcr4");
  EXPECT_EQ(of(zeros, "").value().size(), 1U);
}

TEST(MeasureExplain, LeavesOutASectionWithItsName) {
  Registers registers(Algorithm::sha256);
  extend_sections(registers, {{".linux", {1}}, {".cmdline", {2}}, {".initrd", {3}}});
  Registers found(Algorithm::sha256);
  extend_sections(found, {{".linux", {1}}, {".initrd", {3}}});
  Recipe recipe;
  recipe.kind = "event-log";
  recipe.events = registers.events();
  extend_phases(registers, "enter-initrd");
  recipe.values = {{"pcr11:enter-initrd", "sha256", registers.value(11), {}}};
  extend_phases(found, "enter-initrd");
  EXPECT_EQ(changes(recipe, found.value(11)),
            std::vector<std::string>{"pcr11:enter-initrd: without section .cmdline"});
}

TEST(MeasureExplain, RefusesRegistersOfVeryManyEvents) {
  Registers registers(Algorithm::sha256);
  for (unsigned i = 0; i < 1500; ++i) {
    registers.extend(i % 2 == 0 ? 11 : 12, "event", ByteVector(32, 1));
  }
  Recipe recipe;
  recipe.kind = "event-log";
  recipe.events = registers.events();
  for (unsigned i = 0; i < 200; ++i) {
    Registers later(Algorithm::sha256);
    later = registers;
    const std::string phases = "phase-" + std::to_string(i);
    extend_phases(later, phases);
    recipe.values.push_back({"pcr11:" + phases, "sha256", later.value(11), {}});
  }
  std::vector<std::string> missing;
  EXPECT_EQ(explain(recipe, ByteVector(32, 1), loader({}), missing).error().code, Code::too_large);
}

TEST(MeasureExplain, StartsRegistersWhereTheRecipeSays) {
  Recipe recipe;
  recipe.kind = "event-log";
  ByteVector start(32);
  start.back() = 3;
  const ByteVector one(32, 1);
  const ByteVector two(32, 2);
  const auto extended = [](const ByteVector& value, const ByteVector& digest) {
    return crypto::digest(crypto::Hash::sha256, {value, digest});
  };
  recipe.events = {{"pcr0", "one", one}, {"pcr0", "two", two}};
  recipe.values = {{"pcr0", "sha256", extended(extended(start, one), two), {}}};
  EXPECT_TRUE(changes(recipe, extended(start, one)).empty());
  recipe.parameters = {{"start:pcr0", to_hex(start)}};
  EXPECT_EQ(changes(recipe, extended(start, one)), std::vector<std::string>{"pcr0: without two"});
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

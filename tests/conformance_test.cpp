// Every vector through the C++ interface: forged ones, and captured ones where they are present.
// With CUPEL_TABLE=1 each case also prints a line for tests/table.py.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "support/captured.hpp"
#include "support/run.hpp"

namespace cupel::testing {

// What GoogleTest calls a case in its messages.
void PrintTo(const Folder& folder, std::ostream* out);
void PrintTo(const Folder& folder, std::ostream* out) {
  *out << folder.name;
}

namespace {

void expect_as_described(const Folder& folder) {
  const auto loaded = load_case(folder);
  ASSERT_TRUE(loaded.ok()) << to_string(loaded.error());
  const Got got = run(*loaded);
  if (std::getenv("CUPEL_TABLE") != nullptr) {  // NOLINT(concurrency-mt-unsafe): one thread
    std::cout << "TABLE\t" << loaded->family << "\t" << folder.name << "\t"
              << to_string(loaded->expect) << "\t" << to_string(got.outcome) << "\n";
  }
  for (const std::string& difference : differences(*loaded, got)) {
    ADD_FAILURE() << folder.name << ": " << difference;
  }
}

class Forged : public ::testing::TestWithParam<Folder> {};

TEST_P(Forged, IsJudgedAsItsCaseSays) {
  expect_as_described(GetParam());
}

// The name says what comes out, so that a folder listing is a coverage report.
TEST_P(Forged, IsNamedAfterItsOutcome) {
  const auto loaded = load_case(GetParam());
  ASSERT_TRUE(loaded.ok()) << to_string(loaded.error());
  const std::string title = GetParam().name.substr(GetParam().name.find('/') + 1);
  const std::string code = title.substr(0, title.find("--"));
  const Expectation& expect = loaded->expect;
  EXPECT_EQ(code, expect.verdict == "accepted"  ? "ok"
                  : expect.verdict == "refused" ? "refused"
                                                : expect.code);
}

INSTANTIATE_TEST_SUITE_P(Vectors, Forged, ::testing::ValuesIn(read_folders(forged_root())),
                         [](const auto& param) { return test_name(param.param.name); });

TEST(ForgedVectors, ArePresentAndRefuseMoreThanTheyAccept) {
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const Folder& folder : read_folders(forged_root())) {
    (folder.name.find("/ok--") != std::string::npos ? accepted : refused) += 1;
  }
  EXPECT_GT(accepted, 0U);
  EXPECT_GT(refused, accepted);
}

const Result<std::vector<Folder>>& captured() {
  static const auto kCases = captured_cases(captured_root());
  return kCases;
}

std::vector<Folder> captured_or_none() {
  return captured().ok() ? *captured() : std::vector<Folder>{};
}

class Captured : public ::testing::TestWithParam<Folder> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Captured);

TEST_P(Captured, IsJudgedAsItsCollectionSays) {
  expect_as_described(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Vectors, Captured, ::testing::ValuesIn(captured_or_none()),
                         [](const auto& param) { return test_name(param.param.name); });

TEST(CapturedVectors, AreAllUnderstood) {
  if (!std::filesystem::is_directory(captured_root() / "tpm")) {
    GTEST_SKIP() << "no captured vectors at " << captured_root() / "tpm"
                 << " (CUPEL_VECTORS)";
  }
  ASSERT_TRUE(captured().ok()) << to_string(captured().error());
  EXPECT_GT(captured()->size(), 0U);
}

// The loader itself: a case that says more than the format knows is no case.
TEST(CaseLoader, RefusesUnknownKeysAndFilesThatNobodyNames) {
  const auto folders = read_folders(forged_root() / "tpm");
  ASSERT_FALSE(folders.empty());
  Folder folder = folders.front();
  folder.files["notes.txt"] = {};
  EXPECT_EQ(load_case(folder).error().code, Code::unknown_field);
  folder.files.erase("notes.txt");
  ASSERT_TRUE(load_case(folder).ok());
  std::string text(as_text(folder.files["case.json"]));
  text.replace(text.find("\"family\""), 8, "\"colour\": 1, \"family\"");
  folder.files["case.json"] = to_vector(as_bytes(text));
  EXPECT_EQ(load_case(folder).error().code, Code::unknown_field);
}

}  // namespace
}  // namespace cupel::testing

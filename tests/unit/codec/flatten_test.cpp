#include "codec/flatten.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace cupel::json {
namespace {

std::map<std::string, std::string> leaves(const std::string& text) {
  std::map<std::string, std::string> out;
  for (const auto& [path, value] : flatten(parse(text, "v").value()).leaves) {
    EXPECT_TRUE(out.emplace(path, dump(value)).second) << path << " twice";
  }
  return out;
}

using Map = std::map<std::string, std::string>;

TEST(Flatten, KeepsTypesAndNamesNestedMembers) {
  EXPECT_EQ(leaves(R"({"a":true,"b":{"c":7,"d":{"e":"7"}},"f":["x",{"g":false}]})"),
            (Map{{"a", "true"},
                 {"b{}", "2"},
                 {"b.c", "7"},
                 {"b.d{}", "1"},
                 {"b.d.e", "\"7\""},
                 {"f[]", "2"},
                 {"f[0]", "\"x\""},
                 {"f[1]{}", "1"},
                 {"f[1].g", "false"}}));
}

TEST(Flatten, CountsWhatIsEmpty) {
  EXPECT_EQ(leaves(R"({"a":{},"b":[]})"), (Map{{"a{}", "0"}, {"b[]", "0"}}));
  EXPECT_TRUE(leaves("{}").empty());
  EXPECT_TRUE(leaves("[1]").empty());
}

TEST(Flatten, NamesWhatNoClaimCanHold) {
  const Flat flat = flatten(parse(R"({"a":null,"b":-1,"c":[0.5,1]})", "v").value());
  EXPECT_EQ(flat.left_out, (std::vector<std::string>{"a", "b", "c[0]"}));
  EXPECT_EQ(flat.leaves.size(), 2U);
}

// Two different documents never have one set of paths: a member cannot pose as a path.
TEST(Flatten, GivesDifferentMembersDifferentPaths) {
  EXPECT_EQ(leaves(R"({"a.b":1})"), (Map{{"a\\x2eb", "1"}}));
  EXPECT_EQ(leaves(R"({"a[0]":1})"), (Map{{"a\\x5b0\\x5d", "1"}}));
  EXPECT_EQ(leaves(R"({"a{}":1})"), (Map{{"a\\x7b\\x7d", "1"}}));
  EXPECT_EQ(leaves(R"({"a\\x2eb":1})"), (Map{{"a\\x5cx2eb", "1"}}));
  EXPECT_EQ(leaves(R"({"":1,"a":{"":2}})"), (Map{{"\\x", "1"}, {"a{}", "1"}, {"a.\\x", "2"}}));
  std::set<std::string> steps;
  std::size_t count = 0;
  for (int first = 0; first < 256; ++first) {
    for (const std::string more : {"", "x", ".", "2e", "\\"}) {
      steps.insert(path_step(std::string(1, static_cast<char>(first)) + more));
      ++count;
    }
  }
  EXPECT_EQ(steps.size(), count);
}

// A short text whose paths would fill gigabytes.
TEST(Flatten, StopsBeforePathsGrowTooLarge) {
  std::string items = "1";
  for (int i = 0; i < 20'000; ++i) {
    items += ",1";
  }
  const Flat flat =
      flatten(parse(R"({")" + std::string(100'000, 'k') + R"(":[)" + items + "]}", "v").value());
  EXPECT_TRUE(flat.too_large);
  EXPECT_LT(flat.leaves.size(), 50U);
  EXPECT_FALSE(flatten(parse(R"({"k":[)" + items + "]}", "v").value()).too_large);
}

TEST(Flatten, WritesPlainAsciiOnly) {
  for (const char c : path_step("\x1b[31m\xe2\x80\xae caf\xc3\xa9\n\x7f")) {
    EXPECT_TRUE(c > 0x20 && c < 0x7f);
  }
}

}  // namespace
}  // namespace cupel::json

#include <gtest/gtest.h>

#include <algorithm>
#include <cupel/explain.hpp>
#include <set>

#include "transport/checks.hpp"

namespace cupel {
namespace {

TEST(Checks, AreSortedAndUnique) {
  const std::vector<CheckInfo> checks = all_checks();
  EXPECT_TRUE(std::is_sorted(checks.begin(), checks.end(),
                             [](const auto& a, const auto& b) { return a.id < b.id; }));
  std::set<std::string_view> ids;
  for (const CheckInfo& check : checks) {
    EXPECT_TRUE(ids.insert(check.id).second) << check.id;
  }
}

TEST(Checks, CoverEveryRoom) {
  for (const std::string_view id : {"tpm-01", "tpm-12", "policy-01", "tls-01", "tls-10"}) {
    ASSERT_NE(find_check(id), nullptr) << id;
    EXPECT_EQ(find_check(id)->id, id);
  }
  for (const std::string_view id : {"", "tls", "tls-00", "tls-11", "TLS-01", "tls-01 "}) {
    EXPECT_EQ(find_check(id), nullptr) << id;
  }
}

TEST(Checks, HaveFullPages) {
  for (const CheckInfo& check : session_checks()) {
    for (const std::string_view text : {check.title, check.source, check.meaning, check.why,
                                        check.not_proved, check.causes, check.remedy}) {
      EXPECT_FALSE(text.empty()) << check.id;
    }
  }
}

TEST(Checks, AreExplainedInLinesThatFitATerminal) {
  for (const CheckInfo& check : all_checks()) {
    const std::string text = explain(check);
    EXPECT_TRUE(text.starts_with(std::string(check.id) + ": ")) << text;
    std::size_t start = text.find('\n') + 1;
    while (start < text.size()) {
      const std::size_t end = text.find('\n', start);
      ASSERT_NE(end, std::string::npos);
      EXPECT_LE(end - start, 80U) << text.substr(start, end - start);
      start = end + 1;
    }
  }
}

}  // namespace
}  // namespace cupel

// Eight threads, one ChainCache, evidence of four families at once: every case must come out as it
// does alone. Under ThreadSanitizer (`.ci/run tsan`) this also says that nothing is touched by two
// threads without order.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "support/case.hpp"
#include "support/run.hpp"

namespace cupel::testing {
namespace {

constexpr std::size_t kThreads = 8;
constexpr std::array<std::string_view, 4> kFamilies = {"nitro", "snp", "maa", "sgx"};

// The forged cases of these families that reach verification: all of them, or every `stride`th.
std::vector<Case> cases(std::size_t stride) {
  std::vector<Case> out;
  for (const std::string_view family : kFamilies) {
    std::size_t seen = 0;
    for (const Folder& folder : read_folders(forged_root())) {
      if (!folder.name.starts_with(std::string(family) + "/")) {
        continue;
      }
      auto loaded = load_case(folder);
      if (loaded && loaded->expect.stage != "parse" && loaded->expect.stage != "policy" &&
          seen++ % stride == 0) {
        out.push_back(std::move(*loaded));
      }
    }
    EXPECT_GE(seen, 20U) << family;
  }
  return out;
}

// What went wrong, said once per case.
class Complaints {
 public:
  void add(const std::string& text) {
    const std::lock_guard lock(mutex_);
    texts_.push_back(text);
  }
  std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return texts_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> texts_;
};

// Every thread goes through all cases, each from another place on, the odd ones backwards; they
// start together, so that the first use of each certificate is everybody's at once.
std::vector<std::string> run_together(std::vector<Case> all, ChainCache& cache) {
  for (Case& one : all) {
    one.context.cache = &cache;
  }
  Complaints complaints;
  std::barrier start(static_cast<std::ptrdiff_t>(kThreads));
  const auto work = [&](std::size_t number) {
    start.arrive_and_wait();
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::size_t step = (i + number / 2 * (all.size() / kThreads)) % all.size();
      const Case& one = all.at(number % 2 == 0 ? step : all.size() - 1 - step);
      for (const std::string& difference : differences(one, run(one))) {
        complaints.add(one.name + ": " + difference);
      }
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (std::size_t number = 0; number < kThreads; ++number) {
    threads.emplace_back(work, number);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  return complaints.all();
}

TEST(ChainCacheThreads, ServesEightThreadsWithFourFamiliesAtOnce) {
  ChainCache cache;
  EXPECT_EQ(run_together(cases(1), cache), std::vector<std::string>{});
  EXPECT_GT(cache.size(), 10U);  // it was used
}

TEST(ChainCacheThreads, IsAsRightWhenEverythingIsForgottenAtOnce) {
  ChainCache cache(3);
  EXPECT_EQ(run_together(cases(4), cache), std::vector<std::string>{});
  EXPECT_LE(cache.size(), 3U);
}

TEST(ChainCacheThreads, RemembersNoFailureForTheOthers) {
  // One thread's forgeries beside another's good evidence of the same chains.
  std::vector<Case> good;
  std::vector<Case> bad;
  for (Case& one : cases(1)) {
    (one.expect.verdict.empty() ? bad : good).push_back(std::move(one));
  }
  ASSERT_FALSE(good.empty());
  ASSERT_GT(bad.size(), good.size() / 2);
  ChainCache cache;
  std::vector<Case> mixed = std::move(bad);
  mixed.insert(mixed.end(), good.begin(), good.end());
  EXPECT_EQ(run_together(std::move(mixed), cache), std::vector<std::string>{});
  // What was left behind makes nothing acceptable, and nothing unacceptable.
  EXPECT_EQ(run_together(cases(3), cache), std::vector<std::string>{});
}

// The cache itself, without evidence: pairs come and go while everybody asks.
TEST(ChainCacheThreads, NeverSaysYesToAPairThatNobodyRemembered) {
  ChainCache cache(16);
  const auto digest = [](std::size_t number) {
    Sha256Digest out{};
    out.front() = static_cast<std::uint8_t>(number);
    out.back() = static_cast<std::uint8_t>(number >> 8U);
    return out;
  };
  constexpr std::size_t kRounds = 2000;
  std::atomic<std::size_t> wrong{0};
  std::vector<std::thread> threads;
  for (std::size_t number = 0; number < kThreads; ++number) {
    threads.emplace_back([&, number] {
      for (std::size_t i = 0; i < kRounds; ++i) {
        const std::size_t even = 2 * (i + number);
        cache.remember(digest(even), digest(1));
        wrong += cache.contains(digest(even + 1), digest(1)) ? 1U : 0U;
        wrong += cache.contains(digest(even), digest(2)) ? 1U : 0U;
        wrong += cache.size() > 16 ? 1U : 0U;
        wrong += cache.find_parsed(digest(even)) != nullptr ? 1U : 0U;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong.load(), 0U);
}

}  // namespace
}  // namespace cupel::testing

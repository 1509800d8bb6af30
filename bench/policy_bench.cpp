// policy/*: judging claims by a policy, and reading the policy.
#include <benchmark/benchmark.h>

#include <cupel/verdict.hpp>

#include "support.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a benchmark program

void appraise_claims(benchmark::State& state) {
  const UnixTime now = parse_time(bench::kNow).value();
  const Claims claims = evaluate("tpm", bench::read(std::string(bench::kCase) + "evidence.json"),
                                 {}, {.now = now, .anchors = bench::anchors()})
                            .value();
  const Policy policy = bench::policy();
  bench::must(appraise(claims, policy, {.now = now}).accepted() != nullptr, "accepted");
  bench::must(appraise(claims, {}, {.now = now}).accepted() == nullptr, "the empty policy refuses");
  for (auto _ : state) {
    benchmark::DoNotOptimize(appraise(claims, policy, {.now = now}));
  }
}

void load(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    const std::vector<PolicyFile> files = {
        {"m", bench::read(std::string(bench::kCase) + "measurements_azure.json")},
        {"a", bench::read(std::string(bench::kCase) + "application.json")}};
    state.ResumeTiming();
    benchmark::DoNotOptimize(load_policy(files));
  }
}

}  // namespace

BENCHMARK(appraise_claims)->Name("policy/appraise");
BENCHMARK(load)->Name("policy/load");
BENCHMARK_MAIN();

// tdx/*: parsing and verifying one quote with collateral that was parsed once, next to its raw
// signature checks.
#include <cupel/tdx.hpp>

#include "dcap_support.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a benchmark program

const bench::DcapCase& input() {
  static const bench::DcapCase loaded("tests/vectors/tdx/ok--v4/");
  return loaded;
}

void parse(benchmark::State& state) {
  bench::must(tdx::parse(input().evidence).ok(), "the quote parses");
  for (auto _ : state) {
    benchmark::DoNotOptimize(tdx::parse(input().evidence));
  }
}

void parse_collateral(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(dcap::Collateral::parse(input().endorsements));
  }
}

// One judgement of a parsed quote by parsed collateral; `cache` makes it warm.
void verify_with(benchmark::State& state, ChainCache* cache) {
  const auto collateral = dcap::Collateral::parse(input().endorsements).value();
  const auto quote = tdx::parse(input().evidence).value();
  const VerifyContext context = input().context(cache);
  bench::must(tdx::verify(quote, collateral, context).ok(), "the quote verifies");
  auto bad = quote;
  bad.raw.at(300) ^= 1U;
  bench::must(!tdx::verify(bad, collateral, context).ok(), "a changed quote does not");
  for (auto _ : state) {
    benchmark::DoNotOptimize(tdx::verify(quote, collateral, context));
  }
}

void verify_cold(benchmark::State& state) {
  verify_with(state, nullptr);
}

void verify_warm(benchmark::State& state) {
  ChainCache cache;
  verify_with(state, &cache);
}

void end_to_end(benchmark::State& state) {
  ChainCache cache;
  const VerifyContext context = input().context(&cache);
  bench::must(tdx::evaluate(input().evidence, input().endorsements, context).ok(), "verifies");
  for (auto _ : state) {
    benchmark::DoNotOptimize(tdx::evaluate(input().evidence, input().endorsements, context));
  }
}

void floor_of(benchmark::State& state) {
  const auto quote = tdx::parse(input().evidence).value();
  bench::dcap_floor(state, Bytes(input().evidence).first(632), quote.signature,
                    quote.signature.certification.data);
}

}  // namespace

BENCHMARK(parse)->Name("tdx/parse");
BENCHMARK(parse_collateral)->Name("tdx/parse_collateral");
BENCHMARK(verify_cold)->Name("tdx/verify_cold");
BENCHMARK(verify_warm)->Name("tdx/verify_warm");
BENCHMARK(floor_of)->Name("tdx/floor");
BENCHMARK(end_to_end)->Name("tdx/end_to_end");
BENCHMARK_MAIN();

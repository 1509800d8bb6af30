// threads/*: 1, 2, 4 and 8 threads that verify documents of three families over one ChainCache.
#include <cupel/nitro.hpp>
#include <cupel/sgx.hpp>
#include <cupel/snp.hpp>

#include "dcap_support.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a benchmark program

// Everything that callers share: parsed collateral, anchors, and the cache.
class Service {
 public:
  explicit Service(bool remembers) : remembers_(remembers) {
    bench::must(
        anchors_.add_certificates("nitro", bench::read(nitro_folder() + "anchors.pem")).ok() &&
            anchors_.add_certificates("snp", bench::read(snp_folder() + "anchors.pem")).ok() &&
            anchors_.add_certificates("sgx", bench::read(quote_.folder + "anchors.pem")).ok(),
        "anchors");
    bench::must(once(), "the documents verify");
  }

  // One document of each family.
  bool once() {
    const VerifyContext context{.now = parse_time("2024-06-15T12:00:00Z").value(),
                                .anchors = anchors_,
                                .cache = remembers_ ? &cache_ : nullptr};
    return nitro::verify(document_, {}, context).ok() &&
           snp::verify(report_.report, vek_, context).ok() &&
           sgx::verify(parsed_, collateral_, context).ok();
  }
  static constexpr std::int64_t kDocuments = 3;

 private:
  static std::string nitro_folder() { return "tests/vectors/nitro/ok--as_newer_hypervisors/"; }
  static std::string snp_folder() { return "tests/vectors/snp/ok--milan_v3_vcek/"; }
  static Endorsements of(const snp::Evidence& evidence) {
    Endorsements out;
    out.certificates = evidence.certificates;
    return out;
  }

  bool remembers_;
  ChainCache cache_;
  TrustAnchors anchors_{{}};
  nitro::Document document_ = nitro::parse(bench::read(nitro_folder() + "evidence.bin")).value();
  snp::Evidence report_ = snp::parse_evidence(bench::read(snp_folder() + "evidence.json")).value();
  snp::VekTrust vek_ = snp::VekTrust::from(of(report_)).value();
  bench::DcapCase quote_{"tests/vectors/sgx/ok--v3/"};
  dcap::Collateral collateral_ = dcap::Collateral::parse(quote_.endorsements).value();
  sgx::Quote parsed_ = sgx::parse(quote_.evidence).value();
};

void verify(benchmark::State& state, bool remembers) {
  // Made once, before the threads start; the same for all of them.
  static Service with_memory(true);
  static Service without(false);
  Service& service = remembers ? with_memory : without;
  for (auto _ : state) {
    bench::must(service.once(), "the documents verify");
  }
  state.SetItemsProcessed(state.iterations() * Service::kDocuments);
}

void one_cache(benchmark::State& state) {
  verify(state, true);
}

void no_cache(benchmark::State& state) {
  verify(state, false);
}

}  // namespace

BENCHMARK(one_cache)->Name("threads/one_cache")->ThreadRange(1, 8)->UseRealTime();
BENCHMARK(no_cache)->Name("threads/no_cache")->ThreadRange(1, 8)->UseRealTime();
BENCHMARK_MAIN();

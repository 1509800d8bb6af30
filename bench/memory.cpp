// Verifies one quote a million times and prints the resident memory as it goes: it must stay flat.
#include <cupel/tpm.hpp>
#include <fstream>
#include <iostream>
#include <string>

#include "support.hpp"

namespace {

long resident_kib(const char* key) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.rfind(key, 0) == 0) {
      return std::stol(line.substr(line.find(':') + 1));
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace cupel;  // NOLINT(google-build-using-namespace): a benchmark program
  const std::vector<std::string> args(argv, argv + argc);
  const long rounds = args.size() > 1 ? std::stol(args[1]) : 1'000'000;
  const ByteVector document = bench::read(std::string(bench::kCase) + "evidence.json");
  const auto evidence = tpm::parse_evidence(document).value();
  const auto trust = tpm::AkTrust::from_chain(evidence.ak_certificates).value();
  ChainCache cache;
  const VerifyContext context{
      .now = parse_time(bench::kNow).value(), .anchors = bench::anchors(), .cache = &cache};
  long early = 0;
  for (long i = 0; i < rounds; ++i) {
    auto quote = tpm::parse(evidence.quote.message, evidence.quote.signature_bytes).value();
    quote.pcrs = evidence.quote.pcrs;
    bench::must(tpm::verify(std::move(quote), trust, {}, context).ok(), "verifies");
    if (i == rounds / 100) {
      early = resident_kib("VmRSS");
    }
  }
  std::cout << "{\"rounds\": " << rounds << ", \"resident_kib_after_1_percent\": " << early
            << ", \"resident_kib_at_the_end\": " << resident_kib("VmRSS")
            << ", \"peak_kib\": " << resident_kib("VmHWM") << "}\n";
  return 0;
}

// Target: cupel::snp::parse_evidence, to_json, evaluate     Max input: 256 KiB
// Seeds: evidence of tests/vectors/snp
// Property: to_json() of what was read is read as the same, and writes the same again; nothing is
// ever accepted without an anchor.
#include <cstddef>
#include <cstdint>
#include <cupel/snp.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cupel::Bytes in(data, size);
  const auto evidence = cupel::snp::parse_evidence(in);
  if (!evidence) {
    if (evidence.error().code == cupel::Code::internal) {
      __builtin_trap();
    }
    return 0;
  }
  constexpr std::size_t kBundleHolds = 10;
  if (evidence->certificates.size() <= kBundleHolds && evidence->crls.size() <= kBundleHolds) {
    const std::string text = cupel::snp::to_json(*evidence);
    const auto again = cupel::snp::parse_evidence(cupel::as_bytes(text));
    if (!again.ok() || again->report.raw != evidence->report.raw ||
        again->certificates != evidence->certificates || again->crls != evidence->crls ||
        again->uvm_endorsements != evidence->uvm_endorsements ||
        again->runtime_data != evidence->runtime_data || cupel::snp::to_json(*again) != text) {
      __builtin_trap();
    }
  }
  const cupel::VerifyContext nobody{cupel::UnixTime(1'700'000'000), cupel::TrustAnchors({})};
  if (cupel::snp::evaluate(in, {}, nobody).ok()) {
    __builtin_trap();
  }
  return 0;
}

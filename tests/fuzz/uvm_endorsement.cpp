// Target: cupel::uvm::parse, verify     Max input: 64 KiB
// Seeds: made by hand in seeds.py (structure only; nothing signed them)
// Property: what is accepted keeps its bytes and the measurement's length, and nothing that
// Microsoft did not sign is authentic.
#include <cstddef>
#include <cstdint>
#include <cupel/uvm.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cupel;
  const Bytes in(data, size);
  auto parsed = uvm::parse(in);
  if (!parsed) {
    if (parsed.error().code == Code::internal) {
      __builtin_trap();
    }
    return 0;
  }
  constexpr std::size_t kMeasurement = 48;
  if (parsed->raw != to_vector(in) || parsed->launch_measurement.size() != kMeasurement ||
      parsed->certificates.empty() || parsed->issuer.empty() || parsed->feed.empty() ||
      !uvm::looks_like(in)) {
    __builtin_trap();
  }
  // As if the issuer whom the message names were trusted: he is not, without his signature.
  const uvm::Trust trust{parsed->issuer, parsed->feed};
  const VerifyContext context{UnixTime(4000000000), TrustAnchors({})};
  for (const uvm::Trust& who : {trust, uvm::container_platform()}) {
    if (uvm::verify(*parsed, who, context).ok()) {
      __builtin_trap();
    }
  }
  return 0;
}

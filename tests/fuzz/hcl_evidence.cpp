// Target: cupel::hcl::parse_evidence, evaluate     Max input: 1 MiB
// Seeds: evidence of tests/vectors/hcl
// Property: nothing is ever accepted without an anchor, and no error is an internal one.
#include <cstddef>
#include <cstdint>
#include <cupel/hcl.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cupel::Bytes in(data, size);
  const auto evidence = cupel::hcl::parse_evidence(in);
  const cupel::VerifyContext nobody{cupel::UnixTime(1'700'000'000), cupel::TrustAnchors({})};
  const auto claims = cupel::hcl::evaluate(in, {}, nobody);
  if (claims || claims.error().code == cupel::Code::internal ||
      (!evidence && evidence.error().code == cupel::Code::internal)) {
    __builtin_trap();
  }
  return 0;
}

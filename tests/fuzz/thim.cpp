// Target: cupel::thim::parse     Max input: 1 MiB     Seeds: tests/vectors/snp/*/endorsements
// Property: what is accepted is recognised, and holds at least two certificates.
#include "codec/thim.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cupel::Bytes in(data, size);
  const auto found = cupel::thim::parse(cupel::as_text(in), "thim");
  if (found && (found->ders.size() < 2 || found->tcbm.size() != 16)) {
    __builtin_trap();
  }
  return 0;
}

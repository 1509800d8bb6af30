// Target: cupel::dcap::take_endorsement     Max input: 1 MiB     Seeds: collateral of tests/vectors
// Property: what is taken is taken again without change, and parses as collateral.
#include <cupel/dcap.hpp>

#include "dcap/endorsement.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cupel::Bytes in(data, size);
  cupel::Endorsements first;
  const auto taken = cupel::dcap::take_endorsement(first, in);
  if (!taken || !*taken) {
    return 0;
  }
  cupel::Endorsements second = first;
  const auto again = cupel::dcap::take_endorsement(second, in);
  if (!again || !*again || second.items != first.items ||
      second.certificates != first.certificates || second.crls != first.crls ||
      !cupel::dcap::Collateral::parse(first).ok()) {
    __builtin_trap();
  }
  return 0;
}

// Target: cupel::measure::measure_eif
// Max input: 64 KiB     Seeds: enclave images
// Property: an accepted image is covered to its last byte: changing it makes the image refused.
#include <cstddef>
#include <cstdint>
#include <cupel/measure/eif.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cupel::measure;
  const cupel::Bytes in(data, size);
  const auto eif = measure_eif(MemorySource(in));
  if (!eif.ok()) {
    if (eif.error().code == cupel::Code::internal) {
      __builtin_trap();
    }
    return 0;
  }
  if (eif->pcr0.size() != 48 || eif->pcr1.size() != 48 || eif->pcr2.size() != 48) {
    __builtin_trap();
  }
  cupel::ByteVector other = cupel::to_vector(in);
  other.back() ^= 1U;

  if (measure_eif(MemorySource(other)).ok()) {
    __builtin_trap();
  }
  return 0;
}

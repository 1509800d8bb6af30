// Target: cupel::measure::find_sigstruct, measure_sgxs
// Max input: 64 KiB     Seeds: SIGSTRUCTs, ELF enclaves, .sgxs streams
// Property: what is accepted has hashes of 32 bytes; a recipe exists only for a right signature
//           with right quotients.
#include <cstddef>
#include <cstdint>
#include <cupel/measure/sgx.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cupel::measure;
  const cupel::Bytes in(data, size);
  const auto found = find_sigstruct(in);
  if (found.ok() &&
      (found->mrenclave.size() != 32 || found->mrsigner.size() != 32 ||
       sigstruct_recipe(*found).ok() != (found->signature_valid && found->quotients_valid))) {
    __builtin_trap();
  }
  const auto stream = measure_sgxs(MemorySource(in));
  if (stream.ok() && stream->mrenclave.size() != 32) {
    __builtin_trap();
  }
  return 0;
}

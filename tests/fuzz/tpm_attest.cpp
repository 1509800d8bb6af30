// Target: cupel::tpm::parse_attest     Max input: 4 KiB     Seeds: quote.message of
// tests/vectors/tpm Property: accepted bytes are what libtss2-mu writes for the structure it reads
// from them, so that a message has one spelling (PCR bitmaps have 1 to 4 bytes, which libtss2-mu
// keeps); and the two readings never differ.
#include <tss2/tss2_mu.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cupel/tpm.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cupel::Bytes in(data, size);
  const auto attest = cupel::tpm::parse_attest(in);
  if (!attest) {
    if (attest.error().code == cupel::Code::internal) {
      __builtin_trap();
    }
    return 0;
  }
  TPMS_ATTEST theirs{};
  std::size_t used = 0;
  if (Tss2_MU_TPMS_ATTEST_Unmarshal(data, size, &used, &theirs) != TSS2_RC_SUCCESS) {
    __builtin_trap();
  }
  cupel::ByteVector again(4096);
  std::size_t written = 0;
  if (Tss2_MU_TPMS_ATTEST_Marshal(&theirs, again.data(), again.size(), &written) !=
          TSS2_RC_SUCCESS ||
      !std::ranges::equal(cupel::Bytes(again).first(written), in)) {
    __builtin_trap();
  }
  return 0;
}

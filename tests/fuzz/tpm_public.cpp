// Target: cupel::tpm::parse_public     Max input: 2 KiB     Seeds: public areas written by
// tpm2-tools Property: a key that was accepted is a key for AkTrust too; a bare area and the same
// area with its size in front are one key with one name; libtss2-mu writes the accepted bytes back.
#include <tss2/tss2_mu.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cupel/tpm.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cupel::Bytes in(data, size);
  const auto area = cupel::tpm::parse_public(in);
  if (!area) {
    if (area.error().code == cupel::Code::internal) {
      __builtin_trap();
    }
    return 0;
  }
  if (!cupel::tpm::AkTrust::from_public_key("fuzz", area->spki).ok()) {
    __builtin_trap();
  }
  const bool has_size = (std::size_t{in[0]} << 8U | in[1]) == size - 2;
  cupel::ByteVector sized;
  if (!has_size) {
    sized = {static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size & 0xffU)};
  }
  sized.insert(sized.end(), in.begin(), in.end());
  const auto twin = cupel::tpm::parse_public(cupel::Bytes(sized).subspan(has_size ? 2 : 0));
  if (!twin.ok() || twin->name != area->name || twin->spki != area->spki) {
    __builtin_trap();
  }
  TPM2B_PUBLIC theirs{};
  std::size_t used = 0;
  if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(sized.data(), sized.size(), &used, &theirs) !=
      TSS2_RC_SUCCESS) {
    __builtin_trap();
  }
  cupel::ByteVector again(4096);
  std::size_t written = 0;
  if (Tss2_MU_TPM2B_PUBLIC_Marshal(&theirs, again.data(), again.size(), &written) !=
          TSS2_RC_SUCCESS ||
      !std::ranges::equal(cupel::Bytes(again).first(written), sized)) {
    __builtin_trap();
  }
  return 0;
}

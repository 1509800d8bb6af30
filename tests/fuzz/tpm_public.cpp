// Target: cupel::tpm::parse_public     Max input: 2 KiB     Seeds: public areas written by
// tpm2-tools
// Property: a key that was accepted is a key for AkTrust too; algorithm, attributes and the numbers
// of the key are those that libtss2-mu finds, which writes the accepted bytes back; a bare area and
// the same area with its size in front are one key with one name.
#include <tss2/tss2_mu.h>

#include <cupel/tpm.hpp>

#include "second_reading.hpp"

namespace {

using cupel::fuzz::must;

template <class Sized>
cupel::Bytes bytes_of(const Sized& sized) {
  return cupel::Bytes(sized.buffer).first(sized.size);
}

// The numbers stand in the key's DER as they stand in the area.
void check_fields(const TPMT_PUBLIC& theirs, const cupel::tpm::PublicArea& found) {
  must(theirs.nameAlg == static_cast<std::uint16_t>(found.name_alg));
  must(theirs.objectAttributes == found.object_attributes);
  const auto holds = [&](cupel::Bytes number) {
    return !number.empty() && std::search(found.spki.begin(), found.spki.end(), number.begin(),
                                          number.end()) != found.spki.end();
  };
  if (theirs.type == TPM2_ALG_RSA) {
    const std::uint32_t said = theirs.parameters.rsaDetail.exponent;
    cupel::ByteVector exponent;  // zero stands for 65537 (Part 2, 12.2.3.5)
    for (std::uint32_t rest = said == 0 ? 65537 : said; rest != 0; rest >>= 8U) {
      exponent.insert(exponent.begin(), static_cast<std::uint8_t>(rest & 0xffU));
    }
    must(holds(bytes_of(theirs.unique.rsa)) && holds(exponent));
  } else {
    must(theirs.type == TPM2_ALG_ECC);
    must(holds(bytes_of(theirs.unique.ecc.x)) && holds(bytes_of(theirs.unique.ecc.y)));
  }
  const cupel::fuzz::Places name(found.name);
  must(name.big(0, 2) == theirs.nameAlg);
  must(found.name.size() == 2 + cupel::tpm::digest_size(found.name_alg));
}

}  // namespace

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
  check_fields(theirs.publicArea, *area);
  cupel::ByteVector again(4096);
  std::size_t written = 0;
  if (Tss2_MU_TPM2B_PUBLIC_Marshal(&theirs, again.data(), again.size(), &written) !=
          TSS2_RC_SUCCESS ||
      !std::ranges::equal(cupel::Bytes(again).first(written), sized)) {
    __builtin_trap();
  }
  return 0;
}

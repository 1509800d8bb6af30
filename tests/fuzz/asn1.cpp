// Target: cupel::crypto::der_integer, der_ia5_string, der_octet_string     Max input: 4 KiB
// Seeds: written in tests/forge/seeds.py
// Property: one encoding has one type, and an integer that is read is below the limit and small.
#include "crypto/asn1.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cupel::Bytes in(data, size);
  const auto integer = cupel::crypto::der_integer(in, 255, "x");
  const auto text = cupel::crypto::der_ia5_string(in, "x");
  const auto octets = cupel::crypto::der_octet_string(in, "x");
  const int kinds = (integer.ok() ? 1 : 0) + (text.ok() ? 1 : 0) + (octets.ok() ? 1 : 0);
  if (kinds > 1 || (integer && (*integer > 255 || size > 4)) || (text && text->size() >= size) ||
      (octets && octets->size() >= size)) {
    __builtin_trap();
  }
  return 0;
}

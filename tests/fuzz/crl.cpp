// Target: cupel::crypto::Crl::from_der     Max input: 64 KiB
// Seeds: tests/vectors (DER CRLs)
// Property: an accepted list is refused with one byte less and with one byte more, so that it is
// the whole of what was read.
#include <cstddef>
#include <cstdint>

#include "crypto/x509.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cupel;  // NOLINT(google-build-using-namespace): a fuzz target
  const Bytes in(data, size);
  const auto crl = crypto::Crl::from_der(in, "fuzz");
  if (!crl) {
    if (crl.error().code == Code::internal) {
      __builtin_trap();
    }
    return 0;
  }
  ByteVector longer = to_vector(in);
  longer.push_back(0);
  if (crypto::Crl::from_der(longer, "fuzz").ok() ||
      crypto::Crl::from_der(in.first(size - 1), "fuzz").ok()) {
    __builtin_trap();
  }
  return 0;
}

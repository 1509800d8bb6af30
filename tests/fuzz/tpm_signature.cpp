// Target: cupel::tpm::parse_signature     Max input: 2 KiB     Seeds: quote.signature of
// tests/vectors/tpm
// Property: writing the fields that were read gives the accepted bytes back.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cupel/tpm.hpp>

namespace {

void put16(cupel::ByteVector& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8U));
  out.push_back(static_cast<std::uint8_t>(value & 0xffU));
}

void put_sized(cupel::ByteVector& out, const cupel::ByteVector& bytes) {
  put16(out, bytes.size());
  out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cupel::Bytes in(data, size);
  const auto signature = cupel::tpm::parse_signature(in);
  if (!signature) {
    if (signature.error().code == cupel::Code::internal) {
      __builtin_trap();
    }
    return 0;
  }
  cupel::ByteVector again;
  put16(again, static_cast<std::uint16_t>(signature->scheme));
  put16(again, static_cast<std::uint16_t>(signature->hash));
  if (signature->scheme == cupel::tpm::SignatureScheme::ecdsa) {
    put_sized(again, signature->ecdsa_r);
    put_sized(again, signature->ecdsa_s);
  } else {
    put_sized(again, signature->rsa);
  }
  if (!std::ranges::equal(again, in)) {
    __builtin_trap();
  }
  return 0;
}

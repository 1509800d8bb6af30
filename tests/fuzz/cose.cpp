// Target: cupel::cose::parse_sign1, algorithm, x5chain, to_be_signed     Max input: 64 KiB
// Seeds: evidence of tests/vectors/nitro
// Property: the parts of an accepted message, written again, are the message; what is signed holds
// the protected bytes as received; the payload is where the offset says.
#include "codec/cose.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cupel::Bytes in(data, size);
  const auto message = cupel::cose::parse_sign1(in, "fuzz");
  if (!message) {
    if (message.error().code == cupel::Code::internal) {
      __builtin_trap();
    }
    return 0;
  }
  cupel::cbor::Writer again;
  if (message->tagged) {
    again.tag(18);
  }
  again.array(4)
      .bytes(message->protected_bytes)
      .value(message->unprotected_header)
      .bytes(message->payload)
      .bytes(message->signature);
  if (!std::ranges::equal(again.written(), in) ||
      !std::ranges::equal(in.subspan(message->payload_offset, message->payload.size()),
                          message->payload)) {
    __builtin_trap();
  }
  const auto algorithm = cupel::cose::algorithm(*message, "fuzz");
  const auto chain = cupel::cose::x5chain(*message, "fuzz");
  if ((algorithm || chain) && message->protected_bytes.empty()) {
    __builtin_trap();
  }
  const cupel::ByteVector signed_bytes = cupel::cose::to_be_signed(*message);
  const auto& header = message->protected_bytes;
  if (!header.empty() && std::search(signed_bytes.begin(), signed_bytes.end(), header.begin(),
                                     header.end()) == signed_bytes.end()) {
    __builtin_trap();
  }
  return 0;
}

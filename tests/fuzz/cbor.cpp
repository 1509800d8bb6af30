// Target: cupel::cbor::parse, cupel::cbor::Writer     Max input: 64 KiB
// Seeds: evidence of tests/vectors/nitro, and texts in seeds.py
// Property: a value that was accepted is written back as the very bytes that were read, unless they
// had indefinite lengths, and is read as an equal value again; accepted bytes have no second value
// after them; what the strict rules accept, the open ones accept as the same.
#include "codec/cbor.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cupel::cbor;
  const cupel::Bytes in(data, size);
  constexpr Rules kOpen{.indefinite = true, .tags = true};
  const auto strict = parse(in, "fuzz");
  const auto open = parse(in, "fuzz", kOpen);
  for (const auto* read : {&strict, &open}) {
    if (!*read) {
      if (read->error().code == cupel::Code::internal) {
        __builtin_trap();
      }
      continue;
    }
    const cupel::ByteVector written = Writer().value(read->value()).written();
    const auto again = parse(written, "fuzz", kOpen);
    if (!again || !(*again == read->value())) {
      __builtin_trap();
    }
    if (read == &strict && !std::ranges::equal(written, in)) {
      __builtin_trap();
    }
    cupel::ByteVector longer(in.begin(), in.end());
    longer.push_back(0);
    if (parse(longer, "fuzz", kOpen).ok()) {
      __builtin_trap();
    }
  }
  if (strict && (!open || !(*strict == *open))) {
    __builtin_trap();
  }
  return 0;
}

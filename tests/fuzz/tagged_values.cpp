// Target: cupel::crypto::parse_tagged_values     Max input: 4 KiB     Seeds: PCK extensions
// Property: accepted bytes are DER, so that one changed length byte at the front is refused, and so
// is a byte after the end; values are parts of the input.
#include "crypto/tagged_values.hpp"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cupel::Bytes in(data, size);
  const auto values = cupel::crypto::parse_tagged_values(in, "fuzz");
  if (!values) {
    return 0;
  }
  for (const auto& value : *values) {
    if (std::search(in.begin(), in.end(), value.content.begin(), value.content.end()) == in.end() &&
        !value.content.empty()) {
      __builtin_trap();
    }
  }
  cupel::ByteVector longer = cupel::to_vector(in);
  longer.push_back(0);
  if (cupel::crypto::parse_tagged_values(longer, "fuzz").ok() ||
      cupel::crypto::parse_tagged_values(in.first(size - 1), "fuzz").ok()) {
    __builtin_trap();
  }
  return 0;
}

// Target: cupel::from_base64, cupel::from_base64url     Max input: 4 KiB
// Seeds: tests/vectors (evidence.json)
// Property: accepted text is canonical: encoding what it decodes to gives the text back. And any
// bytes survive encoding.
#include "base/base64.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cupel;  // NOLINT(google-build-using-namespace): a fuzz target
  const Bytes in(data, size);
  const std::string_view text = as_text(in);
  const auto standard = from_base64(text, "fuzz");
  const auto url = from_base64url(text, "fuzz");
  if ((standard.ok() && to_base64(*standard) != text) || (url.ok() && to_base64url(*url) != text)) {
    __builtin_trap();
  }
  if (from_base64(to_base64(in), "fuzz").value() != to_vector(in) ||
      from_base64url(to_base64url(in), "fuzz").value() != to_vector(in)) {
    __builtin_trap();
  }
  return 0;
}

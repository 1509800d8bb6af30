// Target: cupel::json::parse, cupel::json::dump     Max input: 64 KiB
// Seeds: tests/vectors (evidence.json, policy.json, case.json)
// Property: what was accepted is written as a text that parses to an equal value, and accepted text
// has no second value after it.
#include "codec/json.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = cupel::as_text({data, size});
  const auto value = cupel::json::parse(text, "fuzz");
  if (!value) {
    if (value.error().code == cupel::Code::internal) {
      __builtin_trap();
    }
    return 0;
  }
  for (const int indent : {-1, 2}) {
    const auto again = cupel::json::parse(cupel::json::dump(*value, indent), "fuzz",
                                          {.max_size = 16 * size + 4096, .max_depth = 32});
    if (!again || !(*again == *value)) {
      __builtin_trap();
    }
  }
  if (cupel::json::parse(std::string(text) + " 1", "fuzz").ok()) {
    __builtin_trap();
  }
  return 0;
}

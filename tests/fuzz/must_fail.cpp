// Target: none of ours; a planted bug that the harness must find     Max input: 64     Seeds: its
// own
//
// If this target does not fail, fuzzing is not happening, whatever the other targets say.
#include <cstddef>
#include <cstdint>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> input(data, size);
  if (input.size() >= 3 && input[0] == 'B' && input[1] == 'U' && input[2] == 'G') {
    __builtin_trap();
  }
  return 0;
}

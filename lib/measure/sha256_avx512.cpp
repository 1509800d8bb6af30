// 16 messages at once; compiled for AVX512 whatever the rest is compiled for (sources.cmake).
#include "measure/sha256_lanes.hpp"

namespace cupel::measure::kernels {

void avx512_16(LaneStates& states, const LaneInputs& inputs, std::size_t chunks) {
  Lanes<16>::compress(states, inputs, chunks);
}

}  // namespace cupel::measure::kernels

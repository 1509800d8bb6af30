// 8 messages at once; compiled for AVX2 whatever the rest is compiled for (sources.cmake).
#include "measure/sha256_lanes.hpp"

namespace cupel::measure::kernels {

void avx2_8(LaneStates& states, const LaneInputs& inputs, std::size_t chunks) {
  Lanes<8>::compress(states, inputs, chunks);
}

}  // namespace cupel::measure::kernels

// The vector code for sixteen lanes, here compiled for whatever processor the tests are for: the
// compilers break wide vectors into what there is. So the text of the AVX-512 kernel runs in every
// test, and only its instructions need a processor that has them.
#pragma GCC diagnostic ignored "-Wpsabi"  // no such vector crosses a call: all is inlined
#include <gtest/gtest.h>

#include "crypto/digest.hpp"
#include "measure/sha256_lanes.hpp"
#include "support/measure_case.hpp"

namespace cupel::measure::kernels {
namespace {

template <std::size_t N>
void expect_same_as_libcrypto() {
  constexpr std::size_t kMessage = 55;  // with its padding exactly one chunk, behind two others
  const ByteVector data = testing::test_bytes(N * (128 + kMessage), 8);
  std::vector<ByteVector> padded(N);
  LaneInputs inputs{};
  LaneStates states{};
  constexpr std::uint32_t kStart[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  for (std::size_t lane = 0; lane < N; ++lane) {
    padded[lane] = to_vector(Bytes(data).subspan(lane * (128 + kMessage), 128 + kMessage));
    padded[lane].push_back(0x80);
    padded[lane].resize(192 - 2);
    padded[lane].push_back(static_cast<std::uint8_t>((128 + kMessage) * 8 / 256));
    padded[lane].push_back(static_cast<std::uint8_t>((128 + kMessage) * 8 % 256));
    inputs.lane[lane] = padded[lane].data();
    for (std::size_t i = 0; i < 8; ++i) {
      states.word[i][lane] = kStart[i];
    }
  }
  Lanes<N>::compress(states, inputs, 3);
  for (std::size_t lane = 0; lane < N; ++lane) {
    const Sha256Digest expected =
        crypto::sha256(Bytes(data).subspan(lane * (128 + kMessage), 128 + kMessage));
    for (std::size_t i = 0; i < 32; ++i) {
      EXPECT_EQ(static_cast<std::uint8_t>(states.word[i / 4][lane] >> (24U - 8U * (i % 4))),
                expected.at(i))
          << lane << " " << i;
    }
  }
}

TEST(Sha256Lanes, SixteenLanesHashSixteenMessages) {
  expect_same_as_libcrypto<16>();
}

TEST(Sha256Lanes, EightLanesHashEightMessages) {
  expect_same_as_libcrypto<8>();
}

}  // namespace
}  // namespace cupel::measure::kernels

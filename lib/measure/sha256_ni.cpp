// Two messages at once with the SHA extensions: each round waits for the one before it, and the
// other message fills that wait. Compiled with -msha -msse4.1 and never with AVX: mixing in wider
// registers makes these instructions a hundred times slower on some processors (sources.cmake).
#include <immintrin.h>

#include "measure/sha256_kernels.hpp"

namespace cupel::measure::kernels {
namespace {

// NOLINTBEGIN: raw arrays and pointers on purpose, see sha256_kernels.hpp

struct Stream {
  __m128i abef;
  __m128i cdgh;
  __m128i w[4];
};

[[gnu::always_inline]] inline __m128i loaded(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

// Four rounds. The message schedule of the first sixteen rounds is the message itself.
template <int I>
[[gnu::always_inline]] inline void rounds(Stream& s, const std::uint8_t* chunk) {
  if constexpr (I < 4) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    s.w[I] = _mm_shuffle_epi8(loaded(chunk + 16 * I), swap);
  } else {
    const __m128i minus7 = _mm_alignr_epi8(s.w[(I + 3) % 4], s.w[(I + 2) % 4], 4);
    const __m128i partial =
        _mm_add_epi32(_mm_sha256msg1_epu32(s.w[I % 4], s.w[(I + 1) % 4]), minus7);
    s.w[I % 4] = _mm_sha256msg2_epu32(partial, s.w[(I + 3) % 4]);
  }
  const __m128i kw = _mm_add_epi32(s.w[I % 4], loaded(&kRound[4 * I]));
  s.cdgh = _mm_sha256rnds2_epu32(s.cdgh, s.abef, kw);
  s.abef = _mm_sha256rnds2_epu32(s.abef, s.cdgh, _mm_shuffle_epi32(kw, 0x0e));
}

template <int I>
[[gnu::always_inline]] inline void all_rounds(Stream& a, Stream& b, const std::uint8_t* chunk_a,
                                              const std::uint8_t* chunk_b) {
  if constexpr (I < 16) {
    rounds<I>(a, chunk_a);
    rounds<I>(b, chunk_b);
    all_rounds<I + 1>(a, b, chunk_a, chunk_b);
  }
}

int word(const LaneStates& states, int i, int lane) {
  return static_cast<int>(states.word[i][lane]);
}

Stream stream(const LaneStates& states, int lane) {
  Stream out;
  out.abef = _mm_set_epi32(word(states, 0, lane), word(states, 1, lane), word(states, 4, lane),
                           word(states, 5, lane));
  out.cdgh = _mm_set_epi32(word(states, 2, lane), word(states, 3, lane), word(states, 6, lane),
                           word(states, 7, lane));
  for (__m128i& w : out.w) {
    w = _mm_setzero_si128();
  }
  return out;
}

void store(LaneStates& states, int lane, const Stream& s) {
  std::uint32_t abef[4];
  std::uint32_t cdgh[4];
  __builtin_memcpy(abef, &s.abef, sizeof(abef));
  __builtin_memcpy(cdgh, &s.cdgh, sizeof(cdgh));
  states.word[0][lane] = abef[3];
  states.word[1][lane] = abef[2];
  states.word[4][lane] = abef[1];
  states.word[5][lane] = abef[0];
  states.word[2][lane] = cdgh[3];
  states.word[3][lane] = cdgh[2];
  states.word[6][lane] = cdgh[1];
  states.word[7][lane] = cdgh[0];
}

}  // namespace

void sha_ni_2(LaneStates& states, const LaneInputs& inputs, std::size_t chunks) {
  Stream a = stream(states, 0);
  Stream b = stream(states, 1);
  const std::uint8_t* at_a = inputs.lane[0];
  const std::uint8_t* at_b = inputs.lane[1];
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    const __m128i abef_a = a.abef;
    const __m128i cdgh_a = a.cdgh;
    const __m128i abef_b = b.abef;
    const __m128i cdgh_b = b.cdgh;
    all_rounds<0>(a, b, at_a, at_b);
    a.abef = _mm_add_epi32(a.abef, abef_a);
    a.cdgh = _mm_add_epi32(a.cdgh, cdgh_a);
    b.abef = _mm_add_epi32(b.abef, abef_b);
    b.cdgh = _mm_add_epi32(b.cdgh, cdgh_b);
    at_a += 64;
    at_b += 64;
  }
  store(states, 0, a);
  store(states, 1, b);
}

// NOLINTEND

}  // namespace cupel::measure::kernels

// SHA-256 over N messages in the lanes of N-word vectors. Written once for every vector width, with
// the compilers' own vector types; the file that includes it fixes the width and the instruction
// set. So what is tested with one width is the text that runs with the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "measure/sha256_kernels.hpp"

namespace {

// NOLINTBEGIN: raw arrays and pointers on purpose, see sha256_kernels.hpp

template <std::size_t N>
struct Lanes {
  using Words [[gnu::vector_size(N * 4)]] = std::uint32_t;
  using Octets [[gnu::vector_size(N * 4)]] = std::uint8_t;

  // Message bytes are big-endian, lanes little-endian.
  template <std::size_t... I>
  [[gnu::always_inline]] static inline void swap_bytes(Words& words, std::index_sequence<I...>) {
    const Octets octets = reinterpret_cast<const Octets&>(words);
    const Octets swapped = __builtin_shufflevector(octets, octets, (I ^ 3U)...);
    words = reinterpret_cast<const Words&>(swapped);
  }

  template <std::size_t... I>
  [[gnu::always_inline]] static inline void interleave(const Words& a, const Words& b, Words& low,
                                                       Words& high, std::index_sequence<I...>) {
    low = __builtin_shufflevector(a, b, (I % 2 == 0 ? I / 2 : N + I / 2)...);
    high = __builtin_shufflevector(a, b, (N / 2 + (I % 2 == 0 ? I / 2 : N + I / 2))...);
  }

  // Rows of lanes become rows of words: interleaving row i with row i + N/2 rotates the bits of an
  // element's address (row, column) by one; log2(N) times, row and column have changed places.
  [[gnu::always_inline]] static inline void transpose(Words (&rows)[N]) {
    for (std::size_t step = 1; step < N; step *= 2) {
      Words next[N];
      for (std::size_t i = 0; i < N / 2; ++i) {
        interleave(rows[i], rows[i + N / 2], next[2 * i], next[2 * i + 1],
                   std::make_index_sequence<N>());
      }
      for (std::size_t i = 0; i < N; ++i) {
        rows[i] = next[i];
      }
    }
  }

  // The 16 words of each lane's next 64 bytes: N words at a time.
  [[gnu::always_inline]] static inline void load(Words (&w)[16],
                                                 const std::uint8_t* const (&at)[N]) {
    for (std::size_t part = 0; part < 16; part += N) {
      Words rows[N];
      for (std::size_t lane = 0; lane < N; ++lane) {
        __builtin_memcpy(&rows[lane], at[lane] + part * 4, sizeof(Words));
        swap_bytes(rows[lane], std::make_index_sequence<N * 4>());
      }
      transpose(rows);
      for (std::size_t i = 0; i < N; ++i) {
        w[part + i] = rows[i];
      }
    }
  }

  template <int Bits>
  [[gnu::always_inline]] static inline Words rotated(const Words& x) {
    return (x >> Bits) | (x << (32 - Bits));
  }

  // One round; the caller rotates the names instead of moving the values.
  [[gnu::always_inline]] static inline void round(const Words& a, const Words& b, const Words& c,
                                                  Words& d, const Words& e, const Words& f,
                                                  const Words& g, Words& h, const Words& kw) {
    const Words t1 =
        h + (rotated<6>(e) ^ rotated<11>(e) ^ rotated<25>(e)) + (g ^ (e & (f ^ g))) + kw;
    const Words t2 = (rotated<2>(a) ^ rotated<13>(a) ^ rotated<22>(a)) + ((a & b) | (c & (a | b)));
    d += t1;
    h = t1 + t2;
  }

  template <std::size_t I>
  [[gnu::always_inline]] static inline void step(Words (&s)[8], Words (&w)[16], std::size_t base) {
    if (base != 0) {
      const Words& w1 = w[(I + 1) % 16];
      const Words& w14 = w[(I + 14) % 16];
      w[I] += (rotated<7>(w1) ^ rotated<18>(w1) ^ (w1 >> 3)) + w[(I + 9) % 16] +
              (rotated<17>(w14) ^ rotated<19>(w14) ^ (w14 >> 10));
    }
    const Words kw = w[I] + cupel::measure::kernels::kRound[base + I];
    round(s[(16 - I) % 8], s[(17 - I) % 8], s[(18 - I) % 8], s[(19 - I) % 8], s[(20 - I) % 8],
          s[(21 - I) % 8], s[(22 - I) % 8], s[(23 - I) % 8], kw);
  }

  template <std::size_t... I>
  [[gnu::always_inline]] static inline void steps(Words (&s)[8], Words (&w)[16], std::size_t base,
                                                  std::index_sequence<I...>) {
    (step<I>(s, w, base), ...);
  }

  static void compress(cupel::measure::kernels::LaneStates& states,
                       const cupel::measure::kernels::LaneInputs& inputs, std::size_t chunks) {
    const std::uint8_t* at[N];
    for (std::size_t lane = 0; lane < N; ++lane) {
      at[lane] = inputs.lane[lane];
    }
    Words start[8];
    for (std::size_t i = 0; i < 8; ++i) {
      __builtin_memcpy(&start[i], states.word[i], sizeof(Words));
    }
    for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
      Words w[16];
      load(w, at);
      Words s[8];
      for (std::size_t i = 0; i < 8; ++i) {
        s[i] = start[i];
      }
      for (std::size_t base = 0; base < 64; base += 16) {
        steps(s, w, base, std::make_index_sequence<16>());
      }
      for (std::size_t i = 0; i < 8; ++i) {
        start[i] += s[i];
      }
      for (std::size_t lane = 0; lane < N; ++lane) {
        at[lane] += 64;
      }
    }
    for (std::size_t i = 0; i < 8; ++i) {
      __builtin_memcpy(states.word[i], &start[i], sizeof(Words));
    }
  }
};

// NOLINTEND

}  // namespace

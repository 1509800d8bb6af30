#include "measure/sha256_many.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "crypto/digest.hpp"
#include "measure/sha256_kernels.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace cupel::measure {
namespace {

using kernels::kMaxLanes;
using kernels::LaneInputs;
using kernels::LaneStates;

constexpr std::size_t kChunk = 64;
constexpr std::array<std::uint32_t, 8> kStart = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

struct Processor {
  bool sha_ni = false;
  bool avx2 = false;
  bool avx512 = false;
};

#if defined(__x86_64__)
// The builtin knows AVX states that the operating system does not save; it has no name for SHA.
Processor examined() {
  Processor out;
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 1) {
    out.sha_ni = ((b >> 29U) & 1U) != 0 && __builtin_cpu_supports("sse4.1") != 0 &&
                 __builtin_cpu_supports("ssse3") != 0;
  }
  out.avx2 = __builtin_cpu_supports("avx2") != 0;
  out.avx512 = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0;
  return out;
}
#else
Processor examined() {
  return {};
}
#endif

const Processor& processor() {
  static const Processor found = examined();
  return found;
}

struct Way {
  kernels::Kernel kernel = nullptr;
  std::size_t lanes = 0;
};

Way way(Sha256Path path) {
  switch (path) {
#if defined(__x86_64__)
    case Sha256Path::avx512:
      return {&kernels::avx512_16, 16};
    case Sha256Path::sha_ni:
      return {&kernels::sha_ni_2, 2};
    case Sha256Path::avx2:
      return {&kernels::avx2_8, 8};
#else
    case Sha256Path::avx512:
    case Sha256Path::sha_ni:
    case Sha256Path::avx2:
#endif
    case Sha256Path::openssl:
      break;
  }
  return {};
}

// The message of each block is prefix || block || suffix || padding. What of it is the same for all
// blocks is compressed or laid out once; whole chunks inside a block are read where they are.
class Plan {
 public:
  Plan(Way chosen, Bytes prefix, std::size_t block_size, Bytes suffix)
      : way_(chosen), block_size_(block_size), carried_(prefix.size() % kChunk) {
    fill(start_, kStart);
    const std::size_t whole = prefix.size() - carried_;
    if (whole > 0) {
      LaneInputs inputs{};
      for (std::size_t lane = 0; lane < way_.lanes; ++lane) {
        inputs.lane[lane] = prefix.data();
      }
      way_.kernel(start_, inputs, whole / kChunk);
    }
    std::copy_n(prefix.begin() + static_cast<std::ptrdiff_t>(whole), carried_, head_.begin());
    // The end of the message: `carried_` bytes of the block, suffix, 0x80, zeros, length in bits.
    tail_size_ = carried_ + suffix.size() + 9;
    tail_size_ += (kChunk - tail_size_ % kChunk) % kChunk;
    std::copy(suffix.begin(), suffix.end(), tail_.begin() + static_cast<std::ptrdiff_t>(carried_));
    tail_.at(carried_ + suffix.size()) = 0x80;
    const std::uint64_t bits = (prefix.size() + block_size + suffix.size()) * 8;
    for (std::size_t i = 0; i < 8; ++i) {
      tail_.at(tail_size_ - 1 - i) = static_cast<std::uint8_t>(bits >> (8 * i));
    }
  }

  /// Hashes as many blocks as there are lanes.
  void group(Bytes data, std::span<std::uint8_t> out) const {
    LaneStates states = start_;
    if (carried_ == 0) {
      run(states, data, 0, block_size_ / kChunk);
      shared_tail(states);
    } else {
      heads(states, data);
      run(states, data, kChunk - carried_, block_size_ / kChunk - 1);
      tails(states, data);
    }
    for (std::size_t lane = 0; lane < way_.lanes; ++lane) {
      for (std::size_t i = 0; i < 8; ++i) {
        for (std::size_t j = 0; j < 4; ++j) {
          out[lane * 32 + i * 4 + j] =
              static_cast<std::uint8_t>(states.word[i][lane] >> (24U - 8U * j));
        }
      }
    }
  }

 private:
  static constexpr std::size_t kMaxTail = 6 * kChunk;  // 63 + 256 + 9, rounded up
  using Head = std::array<std::uint8_t, kChunk>;
  using Tail = std::array<std::uint8_t, kMaxTail>;

  static void fill(LaneStates& states, const std::array<std::uint32_t, 8>& value) {
    for (std::size_t i = 0; i < 8; ++i) {
      std::fill(std::begin(states.word[i]), std::end(states.word[i]), value.at(i));
    }
  }

  void run(LaneStates& states, Bytes data, std::size_t offset, std::size_t chunks) const {
    if (chunks == 0) {
      return;
    }
    LaneInputs inputs{};
    for (std::size_t lane = 0; lane < way_.lanes; ++lane) {
      inputs.lane[lane] = data.subspan(lane * block_size_ + offset, chunks * kChunk).data();
    }
    way_.kernel(states, inputs, chunks);
  }

  void shared_tail(LaneStates& states) const {
    LaneInputs inputs{};
    for (std::size_t lane = 0; lane < way_.lanes; ++lane) {
      inputs.lane[lane] = tail_.data();
    }
    way_.kernel(states, inputs, tail_size_ / kChunk);
  }

  void heads(LaneStates& states, Bytes data) const {
    std::array<Head, kMaxLanes> heads{};
    LaneInputs inputs{};
    for (std::size_t lane = 0; lane < way_.lanes; ++lane) {
      Head& head = heads.at(lane);
      head = head_;
      const Bytes first = data.subspan(lane * block_size_, kChunk - carried_);
      std::copy(first.begin(), first.end(), head.begin() + static_cast<std::ptrdiff_t>(carried_));
      inputs.lane[lane] = head.data();
    }
    way_.kernel(states, inputs, 1);
  }

  void tails(LaneStates& states, Bytes data) const {
    std::array<Tail, kMaxLanes> tails{};
    LaneInputs inputs{};
    for (std::size_t lane = 0; lane < way_.lanes; ++lane) {
      Tail& tail = tails.at(lane);
      tail = tail_;
      const Bytes last = data.subspan((lane + 1) * block_size_ - carried_, carried_);
      std::copy(last.begin(), last.end(), tail.begin());
      inputs.lane[lane] = tail.data();
    }
    way_.kernel(states, inputs, tail_size_ / kChunk);
  }

  Way way_;
  std::size_t block_size_;
  std::size_t carried_;  // bytes of the prefix after its last whole chunk
  std::size_t tail_size_ = 0;
  LaneStates start_{};
  Head head_{};
  Tail tail_{};
};

void with_openssl(Bytes prefix, Bytes data, std::size_t block_size, Bytes suffix,
                  std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i * block_size < data.size(); ++i) {
    const ByteVector digest = crypto::digest(
        crypto::Hash::sha256, {prefix, data.subspan(i * block_size, block_size), suffix});
    std::copy(digest.begin(), digest.end(), out.begin() + static_cast<std::ptrdiff_t>(i * 32));
  }
}

}  // namespace

std::string_view to_string(Sha256Path path) noexcept {
  switch (path) {
    case Sha256Path::openssl:
      return "openssl";
    case Sha256Path::avx2:
      return "avx2";
    case Sha256Path::sha_ni:
      return "sha_ni";
    case Sha256Path::avx512:
      return "avx512";
  }
  return "";
}

bool available(Sha256Path path) noexcept {
  switch (path) {
    case Sha256Path::openssl:
      return true;
    case Sha256Path::avx2:
      return processor().avx2;
    case Sha256Path::sha_ni:
      return processor().sha_ni;
    case Sha256Path::avx512:
      return processor().avx512;
  }
  return false;
}

std::size_t lanes(Sha256Path path) noexcept {
  return way(path).lanes;
}

Sha256Path best_sha256_path() noexcept {
  for (const Sha256Path path : {Sha256Path::avx512, Sha256Path::sha_ni, Sha256Path::avx2}) {
    if (available(path)) {
      return path;
    }
  }
  return Sha256Path::openssl;
}

void sha256_blocks(Sha256Path path, Bytes prefix, Bytes data, std::size_t block_size, Bytes suffix,
                   std::span<std::uint8_t> out) {
  if (block_size == 0 || block_size % kChunk != 0 || data.size() % block_size != 0 ||
      out.size() != data.size() / block_size * 32 || prefix.size() > 256 || suffix.size() > 256 ||
      !available(path)) {
    throw std::logic_error("sha256_blocks: sizes that do not fit, or no such path here");
  }
  const Way chosen = way(path);
  std::size_t done = 0;  // blocks
  if (chosen.kernel != nullptr) {
    const Plan plan(chosen, prefix, block_size, suffix);
    for (; (done + chosen.lanes) * block_size <= data.size(); done += chosen.lanes) {
      plan.group(data.subspan(done * block_size, chosen.lanes * block_size),
                 out.subspan(done * 32, chosen.lanes * 32));
    }
  }
  with_openssl(prefix, data.subspan(done * block_size), block_size, suffix, out.subspan(done * 32));
}

}  // namespace cupel::measure

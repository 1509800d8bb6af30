// measure/*: hash trees by each way of hashing, next to plain SHA-256 of the same bytes;
// Authenticode and an enclave image next to the digests they are made of.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <cupel/measure/eif.hpp>
#include <cupel/measure/pe.hpp>
#include <cupel/measure/verity.hpp>

#include "measure/sha256_many.hpp"
#include "support.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a benchmark program

constexpr std::size_t kSize = std::size_t{64} << 20U;

const ByteVector& data() {
  static const ByteVector bytes = [] {
    ByteVector out(kSize);
    std::uint32_t x = 1;
    for (std::uint8_t& byte : out) {
      x = x * 1664525U + 1013904223U;
      byte = static_cast<std::uint8_t>(x >> 24U);
    }
    return out;
  }();
  return bytes;
}

void rate(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(kSize));
}

// What `openssl dgst` does.
void one_digest(benchmark::State& state, const EVP_MD* digest) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  for (auto _ : state) {
    bench::must(EVP_Digest(data().data(), data().size(), out.data(), &size, digest, nullptr) == 1,
                "libcrypto hashes");
    benchmark::DoNotOptimize(out);
  }
  rate(state);
}

// 4 KiB blocks one by one through libcrypto: what veritysetup does.
void blocks(benchmark::State& state, measure::Sha256Path path) {
  if (!measure::available(path)) {
    state.SkipWithError("not on this processor");
    return;
  }
  const ByteVector salt(32, 1);
  ByteVector out(kSize / 4096 * 32);
  ByteVector expected(out.size());
  measure::sha256_blocks(measure::Sha256Path::openssl, salt, data(), 4096, {}, expected);
  measure::sha256_blocks(path, salt, data(), 4096, {}, out);
  bench::must(out == expected, "every way gives the same digests");
  for (auto _ : state) {
    measure::sha256_blocks(path, salt, data(), 4096, {}, out);
    benchmark::DoNotOptimize(out.data());
  }
  rate(state);
}

void verity(benchmark::State& state) {
  const measure::MemorySource source(data());
  bench::must(measure::verity_root(source, {}).ok(), "the image has a root hash");
  for (auto _ : state) {
    benchmark::DoNotOptimize(measure::verity_root(source, {}));
  }
  rate(state);
}

// The same bytes as the only section of a PE image.
void authenticode(benchmark::State& state) {
  ByteVector file(512);
  const auto put32 = [&](std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) {
      file.at(at + i) = static_cast<std::uint8_t>(value >> (8 * i));
    }
  };
  file[0] = 'M';
  file[1] = 'Z';
  put32(0x3c, 0x40);
  put32(0x40, 0x4550);
  put32(0x44, 0x00018664);
  put32(0x54, 0x002200f0);
  put32(0x58, 0x20b);
  put32(0x58 + 60, 512);
  put32(0x58 + 108, 16);
  put32(0x148 + 8, kSize);
  put32(0x148 + 16, kSize);
  put32(0x148 + 20, 512);
  file.insert(file.end(), data().begin(), data().end());
  const auto image = measure::PeImage::parse(file);
  bench::must(image.ok(), "the image is one");
  for (auto _ : state) {
    benchmark::DoNotOptimize(image->authenticode(measure::Algorithm::sha256));
  }
  rate(state);
}

const int kRegistered = [] {
  using measure::Sha256Path;
  benchmark::RegisterBenchmark("measure/floor_sha256", one_digest, EVP_sha256());
  benchmark::RegisterBenchmark("measure/floor_sha384", one_digest, EVP_sha384());
  benchmark::RegisterBenchmark("measure/blocks_openssl", blocks, Sha256Path::openssl);
  benchmark::RegisterBenchmark("measure/blocks_avx2", blocks, Sha256Path::avx2);
  benchmark::RegisterBenchmark("measure/blocks_sha_ni", blocks, Sha256Path::sha_ni);
  benchmark::RegisterBenchmark("measure/blocks_avx512", blocks, Sha256Path::avx512);
  benchmark::RegisterBenchmark("measure/verity", verity);
  benchmark::RegisterBenchmark("measure/authenticode", authenticode);
  return 0;
}();

}  // namespace

BENCHMARK_MAIN();

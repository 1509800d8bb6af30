// tpm/*: parsing and verifying one quote, next to its raw signature check.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cupel/tpm.hpp>
#include <memory>

#include "support.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a benchmark program

const ByteVector& document() {
  static const ByteVector bytes = bench::read(std::string(bench::kCase) + "evidence.json");
  return bytes;
}

const tpm::Evidence& evidence() {
  static const tpm::Evidence parsed = tpm::parse_evidence(document()).value();
  return parsed;
}

VerifyContext context(ChainCache* cache) {
  return {.now = parse_time(bench::kNow).value(), .anchors = bench::anchors(), .cache = cache};
}

void parse(benchmark::State& state) {
  bench::must(evidence().quote.pcrs->digests.size() == 16, "16 PCRs");
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        tpm::parse(evidence().quote.message, evidence().quote.signature_bytes));
  }
}

void parse_document(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(tpm::parse_evidence(document()));
  }
}

// One judgement of a parsed quote under a parsed key; `cache` makes it warm.
void verify_with(benchmark::State& state, ChainCache* cache) {
  const auto trust = tpm::AkTrust::from_chain(evidence().ak_certificates).value();
  const VerifyContext where = context(cache);
  bench::must(tpm::verify(evidence().quote, trust, {}, where).ok(), "the quote verifies");
  tpm::Quote bad = evidence().quote;
  bad.message.back() ^= 1U;
  bench::must(!tpm::verify(bad, trust, {}, where).ok(), "a changed quote does not");
  for (auto _ : state) {
    benchmark::DoNotOptimize(tpm::verify(evidence().quote, trust, {}, where));
  }
}

void verify_cold(benchmark::State& state) {
  verify_with(state, nullptr);
}

void verify_warm(benchmark::State& state) {
  ChainCache cache;
  verify_with(state, &cache);
}

void end_to_end(benchmark::State& state) {
  ChainCache cache;
  const VerifyContext where = context(&cache);
  bench::must(tpm::evaluate(document(), {}, where).ok(), "the document verifies");
  for (auto _ : state) {
    benchmark::DoNotOptimize(tpm::evaluate(document(), {}, where));
  }
}

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};

// The least any verifier of this quote must do: one SHA-256 and one RSA-2048 operation, with the
// key decoded and OpenSSL's context set up beforehand.
void floor_of(benchmark::State& state) {
  const ByteVector& message = evidence().quote.message;
  const ByteVector& signature = evidence().quote.signature.rsa;
  const ByteVector& der = evidence().ak_certificates.at(0);
  const unsigned char* cursor = der.data();
  const std::unique_ptr<X509, Freed<&X509_free>> certificate(
      d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
  const std::unique_ptr<EVP_PKEY_CTX, Freed<&EVP_PKEY_CTX_free>> key(
      EVP_PKEY_CTX_new(X509_get0_pubkey(certificate.get()), nullptr));
  bench::must(EVP_PKEY_verify_init(key.get()) == 1, "init");
  bench::must(EVP_PKEY_CTX_set_signature_md(key.get(), EVP_sha256()) == 1, "hash");
  const std::unique_ptr<EVP_MD, Freed<&EVP_MD_free>> sha256(
      EVP_MD_fetch(nullptr, "SHA256", nullptr));
  const std::unique_ptr<EVP_MD_CTX, Freed<&EVP_MD_CTX_free>> hasher(EVP_MD_CTX_new());
  std::array<unsigned char, 32> digest{};
  const auto once = [&] {
    unsigned size = 0;
    return EVP_DigestInit_ex2(hasher.get(), sha256.get(), nullptr) == 1 &&
           EVP_DigestUpdate(hasher.get(), message.data(), message.size()) == 1 &&
           EVP_DigestFinal_ex(hasher.get(), digest.data(), &size) == 1 &&
           EVP_PKEY_verify(key.get(), signature.data(), signature.size(), digest.data(),
                           digest.size()) == 1;
  };
  bench::must(once(), "the raw signature verifies");
  for (auto _ : state) {
    benchmark::DoNotOptimize(once());
  }
}

}  // namespace

BENCHMARK(parse)->Name("tpm/parse");
BENCHMARK(parse_document)->Name("tpm/parse_document");
BENCHMARK(verify_cold)->Name("tpm/verify_cold");
BENCHMARK(verify_warm)->Name("tpm/verify_warm");
BENCHMARK(floor_of)->Name("tpm/floor");
BENCHMARK(end_to_end)->Name("tpm/end_to_end");
BENCHMARK_MAIN();

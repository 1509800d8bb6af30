// snp/*: parsing and verifying one report, next to the signature checks that nobody can avoid.
#include <benchmark/benchmark.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cupel/snp.hpp>
#include <memory>

#include "support.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a benchmark program

// Version 3, Milan, VCEK and ASK beside it, the ARK with the caller.
constexpr const char* kReportCase = "tests/vectors/snp/ok--milan_v3_vcek/";

const ByteVector& document() {
  static const ByteVector bytes = bench::read(std::string(kReportCase) + "evidence.json");
  return bytes;
}

const snp::Evidence& evidence() {
  static const snp::Evidence parsed = snp::parse_evidence(document()).value();
  return parsed;
}

TrustAnchors anchors() {
  TrustAnchors out({});
  bench::must(
      out.add_certificates("bench", bench::read(std::string(kReportCase) + "anchors.pem")).ok(),
      "anchors");
  return out;
}

VerifyContext context(ChainCache* cache) {
  return {.now = parse_time(bench::kNow).value(), .anchors = anchors(), .cache = cache};
}

Endorsements endorsements() {
  Endorsements out;
  out.certificates = evidence().certificates;
  return out;
}

void parse(benchmark::State& state) {
  bench::must(evidence().report.body().version == 3, "version 3");
  for (auto _ : state) {
    benchmark::DoNotOptimize(snp::parse(evidence().report.raw));
  }
}

void parse_document(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(snp::parse_evidence(document()));
  }
}

void verify_with(benchmark::State& state, ChainCache* cache) {
  const VerifyContext where = context(cache);
  const auto chain = snp::VekTrust::from(endorsements()).value();
  bench::must(snp::verify(evidence().report, chain, where).ok(), "the report verifies");
  snp::Report bad = evidence().report;
  bad.raw[0x90] ^= 1U;
  bench::must(!snp::verify(bad, chain, where).ok(), "a changed report does not");
  for (auto _ : state) {
    benchmark::DoNotOptimize(snp::verify(evidence().report, chain, where));
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
  bench::must(snp::evaluate(document(), {}, where).ok(), "the document verifies");
  for (auto _ : state) {
    benchmark::DoNotOptimize(snp::evaluate(document(), {}, where));
  }
}

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
using X509Ptr = std::unique_ptr<X509, Freed<&X509_free>>;

X509Ptr certificate(const ByteVector& der) {
  const unsigned char* cursor = der.data();
  return X509Ptr(d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
}

// One SHA-384 and one ECDSA P-384 check, with everything set up beforehand.
class RawSignature {
 public:
  RawSignature() : vek_(certificate(evidence().certificates.at(0))) {
    const auto& body = evidence().report.body();
    ECDSA_SIG* made = ECDSA_SIG_new();
    ECDSA_SIG_set0(made, BN_bin2bn(body.signature_r.data(), 48, nullptr),
                   BN_bin2bn(body.signature_s.data(), 48, nullptr));
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(made, &der);
    signature_.assign(der, std::next(der, size));
    OPENSSL_free(der);
    ECDSA_SIG_free(made);
    key_.reset(EVP_PKEY_CTX_new(X509_get0_pubkey(vek_.get()), nullptr));
    bench::must(EVP_PKEY_verify_init(key_.get()) == 1, "init");
  }

  bool holds() {
    const auto& raw = evidence().report.raw;
    std::array<unsigned char, 48> digest{};
    unsigned size = 0;
    return EVP_DigestInit_ex2(hasher_.get(), sha384_.get(), nullptr) == 1 &&
           EVP_DigestUpdate(hasher_.get(), raw.data(), snp::kSignedSize) == 1 &&
           EVP_DigestFinal_ex(hasher_.get(), digest.data(), &size) == 1 &&
           EVP_PKEY_verify(key_.get(), signature_.data(), signature_.size(), digest.data(),
                           digest.size()) == 1;
  }

 private:
  X509Ptr vek_;
  ByteVector signature_;
  std::unique_ptr<EVP_PKEY_CTX, Freed<&EVP_PKEY_CTX_free>> key_;
  std::unique_ptr<EVP_MD, Freed<&EVP_MD_free>> sha384_{EVP_MD_fetch(nullptr, "SHA384", nullptr)};
  std::unique_ptr<EVP_MD_CTX, Freed<&EVP_MD_CTX_free>> hasher_{EVP_MD_CTX_new()};
};

// What no verifier can remember: the report's own signature.
void floor_of(benchmark::State& state) {
  RawSignature signature;
  bench::must(signature.holds(), "the raw signature verifies");
  for (auto _ : state) {
    benchmark::DoNotOptimize(signature.holds());
  }
}

// With nothing remembered: that, and the RSA-4096 signatures on VCEK and ASK.
void floor_cold(benchmark::State& state) {
  RawSignature signature;
  const X509Ptr vek = certificate(evidence().certificates.at(0));
  const X509Ptr ask = certificate(evidence().certificates.at(1));
  const TrustAnchors roots = anchors();
  const X509Ptr ark = certificate(roots.certificates().at(0).der);
  const auto once = [&] {
    return X509_verify(vek.get(), X509_get0_pubkey(ask.get())) == 1 &&
           X509_verify(ask.get(), X509_get0_pubkey(ark.get())) == 1 && signature.holds();
  };
  bench::must(once(), "the raw signatures verify");
  for (auto _ : state) {
    benchmark::DoNotOptimize(once());
  }
}

}  // namespace

BENCHMARK(parse)->Name("snp/parse");
BENCHMARK(parse_document)->Name("snp/parse_document");
BENCHMARK(verify_cold)->Name("snp/verify_cold");
BENCHMARK(verify_warm)->Name("snp/verify_warm");
BENCHMARK(floor_of)->Name("snp/floor");
BENCHMARK(floor_cold)->Name("snp/floor_cold");
BENCHMARK(end_to_end)->Name("snp/end_to_end");
BENCHMARK_MAIN();

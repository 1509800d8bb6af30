// hcl/*: one confidential VM, from its hardware report to its quote, next to the two signature
// checks that nobody can remember.
#include <benchmark/benchmark.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cupel/hcl.hpp>
#include <memory>

#include "support.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a benchmark program

constexpr const char* kMachine = "tests/vectors/hcl/ok--milan_quote/";

const ByteVector& document() {
  static const ByteVector bytes = bench::read(std::string(kMachine) + "evidence.json");
  return bytes;
}

const hcl::Evidence& evidence() {
  static const hcl::Evidence parsed = hcl::parse_evidence(document()).value();
  return parsed;
}

VerifyContext context(ChainCache* cache) {
  TrustAnchors anchors({});
  const auto file = bench::read(std::string(kMachine) + "anchors.pem");
  bench::must(anchors.add_certificates("bench", file).ok(), "anchors");
  return {.now = parse_time(bench::kNow).value(), .anchors = std::move(anchors), .cache = cache};
}

void parse(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(hcl::parse(evidence().report.raw));
  }
}

void parse_document(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(hcl::parse_evidence(document()));
  }
}

// Hardware, runtime data, quote: the whole chain of types.
bool judge(const snp::Report& report, const snp::VekTrust& trust, const VerifyContext& where) {
  const auto hardware = snp::verify(report, trust, where);
  if (!hardware) {
    return false;
  }
  const auto data = hcl::verify(evidence().report, *hardware);
  const auto ak = data ? hcl::ak_trust(*data) : Result<tpm::AkTrust>(data.error());
  return ak && tpm::verify(evidence().tpm->quote, *ak, {}, where).ok();
}

void verify_with(benchmark::State& state, ChainCache* cache) {
  const VerifyContext where = context(cache);
  Endorsements chain;
  chain.certificates = evidence().certificates;
  const auto trust = snp::VekTrust::from(chain).value();
  const auto report = snp::parse(evidence().report.hardware_report).value();
  bench::must(judge(report, trust, where), "the machine verifies");
  snp::Report bad = report;
  bad.raw[0x90] ^= 1U;
  bench::must(!judge(bad, trust, where), "a changed report does not");
  for (auto _ : state) {
    benchmark::DoNotOptimize(judge(report, trust, where));
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
  bench::must(hcl::evaluate(document(), {}, where).ok(), "the document verifies");
  for (auto _ : state) {
    benchmark::DoNotOptimize(hcl::evaluate(document(), {}, where));
  }
}

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;
using ContextPtr = std::unique_ptr<EVP_MD_CTX, Freed<&EVP_MD_CTX_free>>;

bool checks(EVP_PKEY* key, const EVP_MD* hash, Bytes message, const ByteVector& signature) {
  const ContextPtr context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, hash, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

// The report's ECDSA P-384 signature and the quote's RSA-2048 signature, keys decoded beforehand.
void floor_of(benchmark::State& state) {
  const auto report = snp::parse(evidence().report.hardware_report).value();
  const ByteVector& der = evidence().certificates.at(0);
  const unsigned char* cursor = der.data();
  const std::unique_ptr<X509, Freed<&X509_free>> certificate(
      d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
  ECDSA_SIG* made = ECDSA_SIG_new();
  ECDSA_SIG_set0(made, BN_bin2bn(report.body().signature_r.data(), 48, nullptr),
                 BN_bin2bn(report.body().signature_s.data(), 48, nullptr));
  unsigned char* encoded = nullptr;
  const int size = i2d_ECDSA_SIG(made, &encoded);
  const ByteVector ecdsa(encoded, std::next(encoded, size));
  OPENSSL_free(encoded);
  ECDSA_SIG_free(made);
  const auto data = hcl::parse_runtime_data(evidence().report.runtime_data).value();
  const unsigned char* spki = data.ak_public.data();
  const KeyPtr ak(d2i_PUBKEY(nullptr, &spki, static_cast<long>(data.ak_public.size())));
  const tpm::Quote& quote = evidence().tpm->quote;
  const auto once = [&] {
    return checks(X509_get0_pubkey(certificate.get()), EVP_sha384(),
                  Bytes(report.raw).first(snp::kSignedSize), ecdsa) &&
           checks(ak.get(), EVP_sha256(), quote.message, quote.signature.rsa);
  };
  bench::must(once(), "the raw signatures verify");
  for (auto _ : state) {
    benchmark::DoNotOptimize(once());
  }
}

}  // namespace

BENCHMARK(parse)->Name("hcl/parse");
BENCHMARK(parse_document)->Name("hcl/parse_document");
BENCHMARK(verify_cold)->Name("hcl/verify_cold");
BENCHMARK(verify_warm)->Name("hcl/verify_warm");
BENCHMARK(floor_of)->Name("hcl/floor");
BENCHMARK(end_to_end)->Name("hcl/end_to_end");
BENCHMARK_MAIN();

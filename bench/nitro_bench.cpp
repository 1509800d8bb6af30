// nitro/*: parsing and verifying one document, next to its raw signature checks.
#include <benchmark/benchmark.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cupel/nitro.hpp>
#include <memory>

#include "support.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a benchmark program

const std::string kFolder = "tests/vectors/nitro/ok--as_newer_hypervisors/";

const ByteVector& bytes() {
  static const ByteVector content = bench::read(kFolder + "evidence.bin");
  return content;
}

const nitro::Document& document() {
  static const nitro::Document parsed = nitro::parse(bytes()).value();
  return parsed;
}

VerifyContext context(ChainCache* cache) {
  TrustAnchors anchors({});
  bench::must(anchors.add_certificates("root", bench::read(kFolder + "anchors.pem")).ok(), "root");
  return {.now = parse_time("2024-06-15T12:00:00Z").value(),
          .anchors = std::move(anchors),
          .cache = cache};
}

void parse(benchmark::State& state) {
  bench::must(document().pcrs.size() == 16, "16 registers");
  for (auto _ : state) {
    benchmark::DoNotOptimize(nitro::parse(bytes()));
  }
}

void verify_with(benchmark::State& state, ChainCache* cache) {
  const VerifyContext where = context(cache);
  bench::must(nitro::verify(document(), {}, where).ok(), "the document verifies");
  nitro::Document bad = document();
  bad.raw.back() ^= 1U;
  bench::must(!nitro::verify(bad, {}, where).ok(), "a changed document does not");
  for (auto _ : state) {
    benchmark::DoNotOptimize(nitro::verify(document(), {}, where));
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
  bench::must(nitro::evaluate(bytes(), {}, where).ok(), "the document verifies");
  for (auto _ : state) {
    benchmark::DoNotOptimize(nitro::evaluate(bytes(), {}, where));
  }
}

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
using Certificate = std::unique_ptr<X509, Freed<&X509_free>>;

Certificate load(const ByteVector& der) {
  const unsigned char* cursor = der.data();
  return Certificate(d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
}

// One P-384 verification with the key decoded, the Sig_structure made, and OpenSSL's contexts set
// up beforehand.
class Raw {
 public:
  Raw() : leaf_(load(document().certificate)) {
    key_.reset(EVP_PKEY_CTX_new(X509_get0_pubkey(leaf_.get()), nullptr));
    bench::must(EVP_PKEY_verify_init(key_.get()) == 1, "init");
    bench::must(EVP_PKEY_CTX_set_signature_md(key_.get(), EVP_sha384()) == 1, "hash");
    const ByteVector& raw = bytes();
    const std::size_t at = raw.size() - 96;
    const std::unique_ptr<ECDSA_SIG, Freed<&ECDSA_SIG_free>> numbers(ECDSA_SIG_new());
    bench::must(ECDSA_SIG_set0(numbers.get(), BN_bin2bn(&raw[at], 48, nullptr),
                               BN_bin2bn(&raw[at + 48], 48, nullptr)) == 1,
                "numbers");
    unsigned char* out = nullptr;
    const int size = i2d_ECDSA_SIG(numbers.get(), &out);
    bench::must(size > 0, "signature");
    signature_.assign(out, out + size);
    OPENSSL_free(out);
    // RFC 9052, 4.4: the array's head and "Signature1", the protected header, no external data, and
    // the payload, both with their heads as they stand in the document.
    const Bytes document_bytes(raw);
    const ByteVector start = to_vector(as_bytes("\x84\x6aSignature1"));
    signed_ = start;
    const auto append = [&](Bytes part) {
      signed_.insert(signed_.end(), part.begin(), part.end());
    };
    append(document_bytes.subspan(1, 5));
    signed_.push_back(0x40);
    append(document_bytes.subspan(7, raw.size() - 98 - 7));
    hash_.reset(EVP_MD_fetch(nullptr, "SHA384", nullptr));
    hasher_.reset(EVP_MD_CTX_new());
    bench::must(once() == 1, "the raw signature verifies");
  }

  int once() {
    std::array<unsigned char, 48> digest{};
    unsigned size = 0;
    bench::must(EVP_DigestInit_ex2(hasher_.get(), hash_.get(), nullptr) == 1 &&
                    EVP_DigestUpdate(hasher_.get(), signed_.data(), signed_.size()) == 1 &&
                    EVP_DigestFinal_ex(hasher_.get(), digest.data(), &size) == 1,
                "digest");
    return EVP_PKEY_verify(key_.get(), signature_.data(), signature_.size(), digest.data(),
                           digest.size());
  }

 private:
  Certificate leaf_;
  std::unique_ptr<EVP_PKEY_CTX, Freed<&EVP_PKEY_CTX_free>> key_;
  ByteVector signature_;
  ByteVector signed_;
  std::unique_ptr<EVP_MD, Freed<&EVP_MD_free>> hash_;
  std::unique_ptr<EVP_MD_CTX, Freed<&EVP_MD_CTX_free>> hasher_;
};

// The least a verifier that remembers the chain must do: one P-384 verification.
void floor_warm(benchmark::State& state) {
  Raw raw;
  for (auto _ : state) {
    benchmark::DoNotOptimize(raw.once());
  }
}

// The least without memory: five certificates decoded, four signatures on them, and the document's.
void floor_cold(benchmark::State& state) {
  Raw raw;
  for (auto _ : state) {
    std::vector<Certificate> path;
    for (const ByteVector& der : document().cabundle) {
      path.push_back(load(der));
    }
    path.push_back(load(document().certificate));
    for (std::size_t i = 1; i < path.size(); ++i) {
      bench::must(X509_verify(path[i].get(), X509_get0_pubkey(path[i - 1].get())) == 1, "issued");
    }
    benchmark::DoNotOptimize(raw.once());
  }
}

}  // namespace

BENCHMARK(parse)->Name("nitro/parse");
BENCHMARK(verify_cold)->Name("nitro/verify_cold");
BENCHMARK(verify_warm)->Name("nitro/verify_warm");
BENCHMARK(floor_warm)->Name("nitro/floor");
BENCHMARK(floor_cold)->Name("nitro/floor_cold");
BENCHMARK(end_to_end)->Name("nitro/end_to_end");
BENCHMARK_MAIN();

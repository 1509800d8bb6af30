// maa/*: parsing and verifying one token, next to its raw signature check.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cupel/maa.hpp>
#include <memory>

#include "support.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a benchmark program

// A token of 2 kB, RSA-2048; the key set has the signing certificate with evidence in it.
constexpr const char* kToken = "tests/vectors/maa/ok--sgx_quote_in_the_certificate/";
// The same token; the key set comes as an endorsement and its certificate leads to a root.
constexpr const char* kCertified = "tests/vectors/maa/ok--certificate_under_a_root/";
constexpr const char* kIssuer = "https://testmaa.eus.attest.azure.net";

const std::string& document() {
  static const std::string text(as_text(bench::read(std::string(kToken) + "token.jwt")));
  return text;
}

const VerifyContext& trusted() {
  static const VerifyContext context = [] {
    TrustAnchors anchors({});
    bench::must(
        anchors.add_issuer_keys(kIssuer, bench::read(std::string(kToken) + "keys-0.json")).ok(),
        "the key set is read");
    return VerifyContext{.now = parse_time(bench::kNow).value(), .anchors = std::move(anchors)};
  }();
  return context;
}

void parse(benchmark::State& state) {
  bench::must(maa::parse(document()).ok(), "the token is read");
  for (auto _ : state) {
    benchmark::DoNotOptimize(maa::parse(document()));
  }
}

// The usual case: the issuer's keys were read once, tokens come and go.
void verify_warm(benchmark::State& state) {
  const maa::Token token = maa::parse(document()).value();
  bench::must(maa::verify(token, {}, trusted()).ok(), "the token verifies");
  std::string bad = document();
  bad.at(bad.size() - 20) = bad.at(bad.size() - 20) == 'A' ? 'B' : 'A';
  bench::must(!maa::verify(maa::parse(bad).value(), {}, trusted()).ok(), "a changed one does not");
  for (auto _ : state) {
    benchmark::DoNotOptimize(maa::verify(token, {}, trusted()));
  }
}

// The first time: key set, certificate and its path are read and judged too.
void verify_cold(benchmark::State& state) {
  const maa::Token token =
      maa::parse(as_text(bench::read(std::string(kCertified) + "token.jwt"))).value();
  VerifyContext where{.now = parse_time(bench::kNow).value(), .anchors = TrustAnchors({})};
  bench::must(
      where.anchors.add_certificates("root", bench::read(std::string(kCertified) + "anchors.pem"))
          .ok(),
      "the root is read");
  Endorsements endorsements;
  bench::must(
      add_endorsement(endorsements, bench::read(std::string(kCertified) + "endorsements/jwks.json"))
          .ok(),
      "the key set is read");
  bench::must(maa::verify(token, endorsements, where).ok(), "the token verifies");
  for (auto _ : state) {
    benchmark::DoNotOptimize(maa::verify(token, endorsements, where));
  }
}

void end_to_end(benchmark::State& state) {
  bench::must(maa::evaluate(as_bytes(document()), {}, trusted()).ok(), "the document verifies");
  for (auto _ : state) {
    benchmark::DoNotOptimize(maa::evaluate(as_bytes(document()), {}, trusted()));
  }
}

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};

// The least any verifier of this token must do: one SHA-256 and one RSA-2048 operation, with the
// key decoded and OpenSSL's context set up beforehand.
void floor_of(benchmark::State& state) {
  const auto verified = maa::verify(maa::parse(document()).value(), {}, trusted()).value();
  const ByteVector der = verified->key->certificate;
  const unsigned char* cursor = der.data();
  const std::unique_ptr<X509, Freed<&X509_free>> certificate(
      d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
  const std::string input = document().substr(0, document().rfind('.'));
  std::string encoded = document().substr(document().rfind('.') + 1);
  for (char& c : encoded) {
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  encoded += "==";
  ByteVector signature(encoded.size());
  const int size =
      EVP_DecodeBlock(signature.data(), as_bytes(encoded).data(), static_cast<int>(encoded.size()));
  bench::must(size == 258, "the signature decodes");
  signature.resize(256);
  const std::unique_ptr<EVP_PKEY_CTX, Freed<&EVP_PKEY_CTX_free>> key(
      EVP_PKEY_CTX_new(X509_get0_pubkey(certificate.get()), nullptr));
  bench::must(EVP_PKEY_verify_init(key.get()) == 1, "init");
  bench::must(EVP_PKEY_CTX_set_signature_md(key.get(), EVP_sha256()) == 1, "hash");
  const std::unique_ptr<EVP_MD, Freed<&EVP_MD_free>> sha256(
      EVP_MD_fetch(nullptr, "SHA256", nullptr));
  const std::unique_ptr<EVP_MD_CTX, Freed<&EVP_MD_CTX_free>> hasher(EVP_MD_CTX_new());
  std::array<unsigned char, 32> digest{};
  const auto once = [&] {
    unsigned length = 0;
    return EVP_DigestInit_ex2(hasher.get(), sha256.get(), nullptr) == 1 &&
           EVP_DigestUpdate(hasher.get(), input.data(), input.size()) == 1 &&
           EVP_DigestFinal_ex(hasher.get(), digest.data(), &length) == 1 &&
           EVP_PKEY_verify(key.get(), signature.data(), signature.size(), digest.data(),
                           digest.size()) == 1;
  };
  bench::must(once(), "the raw signature verifies");
  for (auto _ : state) {
    benchmark::DoNotOptimize(once());
  }
}

}  // namespace

BENCHMARK(parse)->Name("maa/parse");
BENCHMARK(verify_cold)->Name("maa/verify_cold");
BENCHMARK(verify_warm)->Name("maa/verify_warm");
BENCHMARK(floor_of)->Name("maa/floor");
BENCHMARK(end_to_end)->Name("maa/end_to_end");
BENCHMARK_MAIN();

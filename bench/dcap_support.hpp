// What the benchmarks of SGX and TDX share: one case, its collateral, and the floor.
#pragma once

#include <benchmark/benchmark.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cupel/dcap.hpp>
#include <memory>

#include "support.hpp"

namespace cupel::bench {

// One forged quote with its collateral: PCK chain of three, TCB info, identity, two CRLs.
struct DcapCase {
  std::string folder;
  ByteVector evidence;
  Endorsements endorsements;
  TrustAnchors anchors{{}};

  explicit DcapCase(std::string name) : folder(std::move(name)) {
    evidence = read(folder + "evidence.bin");
    for (const char* file :
         {"tcb_info.json", "qe_identity.json", "signer.pem", "pck.crl", "root.crl"}) {
      must(add_endorsement(endorsements, read(folder + "endorsements/" + file)).ok(), file);
    }
    must(anchors.add_certificates("bench", read(folder + "anchors.pem")).ok(), "anchors");
  }

  VerifyContext context(ChainCache* cache) const {
    return {.now = parse_time(kNow).value(), .anchors = anchors, .cache = cache};
  }
};

template <auto Free>
struct FreedBy {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};

using Pkey = std::unique_ptr<EVP_PKEY, FreedBy<&EVP_PKEY_free>>;

inline Pkey p256_key(Bytes point) {
  ByteVector octets{4};
  octets.insert(octets.end(), point.begin(), point.end());
  const std::unique_ptr<OSSL_PARAM_BLD, FreedBy<&OSSL_PARAM_BLD_free>> build(OSSL_PARAM_BLD_new());
  must(OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
           OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, octets.data(),
                                            octets.size()) == 1,
       "parameters");
  const std::unique_ptr<OSSL_PARAM, FreedBy<&OSSL_PARAM_free>> params(
      OSSL_PARAM_BLD_to_param(build.get()));
  const std::unique_ptr<EVP_PKEY_CTX, FreedBy<&EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  must(EVP_PKEY_fromdata_init(context.get()) == 1 &&
           EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1,
       "key");
  return Pkey(key);
}

inline ByteVector der_signature(Bytes raw) {
  const std::unique_ptr<ECDSA_SIG, FreedBy<&ECDSA_SIG_free>> signature(ECDSA_SIG_new());
  must(ECDSA_SIG_set0(signature.get(), BN_bin2bn(raw.data(), 32, nullptr),
                      BN_bin2bn(raw.subspan(32).data(), 32, nullptr)) == 1,
       "signature");
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  ByteVector out(der, std::next(der, size));
  OPENSSL_free(der);
  return out;
}

// The least any verifier of one quote must do when everything about the platform is known: take the
// attestation key from the quote, and check two ECDSA P-256 signatures over two SHA-256, with the
// PCK key decoded and signatures in DER beforehand.
inline void dcap_floor(benchmark::State& state, Bytes message, const dcap::SignatureData& data,
                       Bytes pck_pem) {
  const std::unique_ptr<BIO, FreedBy<&BIO_free_all>> text(
      BIO_new_mem_buf(pck_pem.data(), static_cast<int>(pck_pem.size())));
  const std::unique_ptr<X509, FreedBy<&X509_free>> leaf(
      PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
  must(leaf != nullptr, "PCK certificate");
  const ByteVector quote_signature = der_signature(data.signature);
  const ByteVector qe_signature = der_signature(data.qe_report_signature);
  const std::unique_ptr<EVP_MD, FreedBy<&EVP_MD_free>> sha256(
      EVP_MD_fetch(nullptr, "SHA256", nullptr));
  const auto verify = [&](EVP_PKEY* key, Bytes signed_bytes, const ByteVector& signature) {
    std::array<unsigned char, 32> digest{};
    unsigned size = 0;
    const std::unique_ptr<EVP_PKEY_CTX, FreedBy<&EVP_PKEY_CTX_free>> context(
        EVP_PKEY_CTX_new(key, nullptr));
    return EVP_Digest(signed_bytes.data(), signed_bytes.size(), digest.data(), &size, sha256.get(),
                      nullptr) == 1 &&
           EVP_PKEY_verify_init(context.get()) == 1 &&
           EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(),
                           digest.size()) == 1;
  };
  const auto once = [&] {
    const Pkey key = p256_key(data.attestation_key);
    return verify(X509_get0_pubkey(leaf.get()), data.qe_report_bytes, qe_signature) &&
           verify(key.get(), message, quote_signature);
  };
  must(once(), "the raw signatures verify");
  for (auto _ : state) {
    benchmark::DoNotOptimize(once());
  }
}

}  // namespace cupel::bench

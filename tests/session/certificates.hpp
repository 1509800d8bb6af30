// Keys and certificates for tests, made on the fly with OpenSSL. All dates are given: no test looks
// at the clock.
#pragma once

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cupel/bytes.hpp>
#include <cupel/time.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "codec/pem.hpp"
#include "crypto/digest.hpp"

namespace cupel::test {

// A Friday in 2027. Nothing depends on it but that all dates are around it.
inline constexpr std::int64_t kNow = 1'800'000'000;
inline constexpr std::int64_t kDay = 86'400;

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

using Key = std::shared_ptr<EVP_PKEY>;
using Cert = std::shared_ptr<X509>;

// Tests must not go on with half of what they need.
inline void must(bool condition, const char* what) {
  if (!condition) {
    throw std::runtime_error(what);
  }
}

inline Key make_key(const char* curve = "P-256") {
  return {EVP_EC_gen(curve), &EVP_PKEY_free};
}

struct CertSpec {
  std::string common_name = "test";
  bool is_ca = false;
  std::string subject_alt_name{};  ///< as in openssl.cnf: "DNS:localhost,IP:127.0.0.1"
  std::string extended_key_usage{};
  std::int64_t not_before = kNow - kDay;
  std::int64_t not_after = kNow + 365 * kDay;
};

inline void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, FreeWith<&X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  must(extension != nullptr, "X509V3_EXT_conf_nid");
  must(X509_add_ext(certificate, extension.get(), -1) == 1, "X509_add_ext");
}

/// Signed by `issuer`, or by itself when there is none.
inline Cert make_certificate(const CertSpec& spec, const Key& key, const Cert& issuer = nullptr,
                             const Key& issuer_key = nullptr) {
  Cert out(X509_new(), &X509_free);
  X509* x509 = out.get();
  static std::int64_t serial = 1000;
  must(X509_set_version(x509, X509_VERSION_3) == 1, "X509_set_version");
  must(ASN1_INTEGER_set_int64(X509_get_serialNumber(x509), ++serial) == 1, "serial");
  must(ASN1_TIME_set(X509_getm_notBefore(x509), spec.not_before) != nullptr, "notBefore");
  must(ASN1_TIME_set(X509_getm_notAfter(x509), spec.not_after) != nullptr, "notAfter");
  const Bytes name = as_bytes(spec.common_name);
  must(X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8, name.data(),
                                  static_cast<int>(name.size()), -1, 0) == 1,
       "subject");
  X509* by = issuer ? issuer.get() : x509;
  must(X509_set_issuer_name(x509, X509_get_subject_name(by)) == 1, "issuer");
  must(X509_set_pubkey(x509, key.get()) == 1, "X509_set_pubkey");
  add_extension(x509, by, NID_basic_constraints, spec.is_ca ? "critical,CA:TRUE" : "CA:FALSE");
  add_extension(x509, by, NID_key_usage,
                spec.is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  add_extension(x509, by, NID_subject_key_identifier, "hash");
  if (!spec.subject_alt_name.empty()) {
    add_extension(x509, by, NID_subject_alt_name, spec.subject_alt_name);
  }
  if (!spec.extended_key_usage.empty()) {
    add_extension(x509, by, NID_ext_key_usage, spec.extended_key_usage);
  }
  must(X509_sign(x509, issuer_key ? issuer_key.get() : key.get(), EVP_sha256()) > 0, "X509_sign");
  return out;
}

inline ByteVector der_of(const Cert& certificate) {
  const int size = i2d_X509(certificate.get(), nullptr);
  must(size > 0, "i2d_X509");
  ByteVector der(static_cast<std::size_t>(size));
  unsigned char* cursor = der.data();
  must(i2d_X509(certificate.get(), &cursor) == size, "i2d_X509");
  return der;
}

inline ByteVector spki_of(const Key& key) {
  const int size = i2d_PUBKEY(key.get(), nullptr);
  must(size > 0, "i2d_PUBKEY");
  ByteVector der(static_cast<std::size_t>(size));
  unsigned char* cursor = der.data();
  must(i2d_PUBKEY(key.get(), &cursor) == size, "i2d_PUBKEY");
  return der;
}

inline std::string pem_of(const Cert& certificate) {
  return pem::dump("CERTIFICATE", der_of(certificate));
}

/// A certification authority with its key.
struct Ca {
  Key key;
  Cert certificate;

  static Ca make(const std::string& name, std::int64_t not_after = kNow + 365 * kDay) {
    Ca out{make_key(), nullptr};
    CertSpec spec{.common_name = name, .is_ca = true};
    spec.not_after = not_after;
    out.certificate = make_certificate(spec, out.key);
    return out;
  }
  Ca intermediate(const std::string& name) const {
    Ca out{make_key(), nullptr};
    out.certificate =
        make_certificate({.common_name = name, .is_ca = true}, out.key, certificate, key);
    return out;
  }
};

/// A revocation list of this CA, for the certificates given: DER, good until `next_update`.
inline ByteVector crl_of(const Ca& ca, const std::vector<Cert>& revoked,
                         std::int64_t next_update = kNow + 30 * kDay) {
  const std::unique_ptr<X509_CRL, FreeWith<&X509_CRL_free>> crl(X509_CRL_new());
  must(X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) == 1, "X509_CRL_set_version");
  must(X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(ca.certificate.get())) == 1,
       "issuer");
  const std::unique_ptr<ASN1_TIME, FreeWith<&ASN1_TIME_free>> time(
      ASN1_TIME_set(nullptr, kNow - kDay));
  must(X509_CRL_set1_lastUpdate(crl.get(), time.get()) == 1, "thisUpdate");
  for (const Cert& certificate : revoked) {
    X509_REVOKED* entry = X509_REVOKED_new();
    must(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate.get())) == 1 &&
             X509_REVOKED_set_revocationDate(entry, time.get()) == 1 &&
             X509_CRL_add0_revoked(crl.get(), entry) == 1,
         "entry");
  }
  must(ASN1_TIME_set(time.get(), next_update) != nullptr &&
           X509_CRL_set1_nextUpdate(crl.get(), time.get()) == 1,
       "nextUpdate");
  must(X509_CRL_sign(crl.get(), ca.key.get(), EVP_sha256()) > 0, "X509_CRL_sign");
  const int size = i2d_X509_CRL(crl.get(), nullptr);
  must(size > 0, "i2d_X509_CRL");
  ByteVector der(static_cast<std::size_t>(size));
  unsigned char* cursor = der.data();
  must(i2d_X509_CRL(crl.get(), &cursor) == size, "i2d_X509_CRL");
  return der;
}

/// What a TLS server shows, and the key it holds.
struct Identity {
  Key key;
  std::vector<Cert> chain;  ///< leaf first

  ByteVector spki_sha256() const { return to_vector(crypto::sha256(spki_of(key))); }
  ByteVector leaf_sha256() const { return to_vector(crypto::sha256(der_of(chain.front()))); }
  std::vector<ByteVector> ders() const {
    std::vector<ByteVector> out;
    for (const Cert& certificate : chain) {
      out.push_back(der_of(certificate));
    }
    return out;
  }
};

inline constexpr const char* kLoopbackNames = "DNS:localhost,IP:127.0.0.1";

inline Identity self_signed(const std::string& name = "self", const char* curve = "P-256") {
  const Key key = make_key(curve);
  return {key, {make_certificate({.common_name = name, .subject_alt_name = kLoopbackNames}, key)}};
}

/// As Caddy does it: leaf, one intermediate; the root is not presented.
inline Identity issued_by(const Ca& root, const std::string& names = kLoopbackNames,
                          CertSpec leaf = {}) {
  const Ca middle = root.intermediate("test intermediate");
  const Key key = make_key();
  leaf.subject_alt_name = names;
  if (leaf.extended_key_usage.empty()) {
    leaf.extended_key_usage = "serverAuth";
  }
  return {key, {make_certificate(leaf, key, middle.certificate, middle.key), middle.certificate}};
}

}  // namespace cupel::test

// OpenSSL's handles and what the files of this folder share. The only place that names a free
// function.
#pragma once

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>
#include <string>

#include "crypto/x509.hpp"

namespace cupel::crypto {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};

// These three are macros in OpenSSL. A stack frees itself, not its elements: we only lend them.
inline void free_lent_stack(STACK_OF(X509) * stack) noexcept {
  sk_X509_free(stack);
}
inline void free_names(GENERAL_NAMES* names) noexcept {
  GENERAL_NAMES_free(names);
}
inline void free_openssl(void* memory) noexcept {
  OPENSSL_free(memory);
}

using PkeyPtr = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;
using PkeyCtxPtr = std::unique_ptr<EVP_PKEY_CTX, Freed<&EVP_PKEY_CTX_free>>;
using MdPtr = std::unique_ptr<EVP_MD, Freed<&EVP_MD_free>>;
using MdCtxPtr = std::unique_ptr<EVP_MD_CTX, Freed<&EVP_MD_CTX_free>>;
using BioPtr = std::unique_ptr<BIO, Freed<&BIO_free_all>>;
using BnPtr = std::unique_ptr<BIGNUM, Freed<&BN_free>>;
using EcdsaSigPtr = std::unique_ptr<ECDSA_SIG, Freed<&ECDSA_SIG_free>>;
using ParamBldPtr = std::unique_ptr<OSSL_PARAM_BLD, Freed<&OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, Freed<&OSSL_PARAM_free>>;
using X509PubkeyPtr = std::unique_ptr<X509_PUBKEY, Freed<&X509_PUBKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Freed<&X509_free>>;
using X509CrlPtr = std::unique_ptr<X509_CRL, Freed<&X509_CRL_free>>;
using LentStackPtr = std::unique_ptr<STACK_OF(X509), Freed<&free_lent_stack>>;
using StorePtr = std::unique_ptr<X509_STORE, Freed<&X509_STORE_free>>;
using StoreCtxPtr = std::unique_ptr<X509_STORE_CTX, Freed<&X509_STORE_CTX_free>>;
using Asn1ObjectPtr = std::unique_ptr<ASN1_OBJECT, Freed<&ASN1_OBJECT_free>>;
using EkuPtr = std::unique_ptr<EXTENDED_KEY_USAGE, Freed<&EXTENDED_KEY_USAGE_free>>;
using AkidPtr = std::unique_ptr<AUTHORITY_KEYID, Freed<&AUTHORITY_KEYID_free>>;
using IdpPtr = std::unique_ptr<ISSUING_DIST_POINT, Freed<&ISSUING_DIST_POINT_free>>;
using CrlDpPtr = std::unique_ptr<CRL_DIST_POINTS, Freed<&CRL_DIST_POINTS_free>>;
using OpensslBytes = std::unique_ptr<unsigned char, Freed<&free_openssl>>;

/// Empties OpenSSL's error queue and returns its first reason as a hint for people. Outcomes are
/// judged by return values alone; this only keeps the queue from leaking into the caller's calls.
inline std::string take_error_hint() {
  const unsigned long code = ERR_peek_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? std::string() : std::string(reason);
}

/// What is left when OpenSSL itself fails (no memory, a build without a needed algorithm).
inline Error library_error(std::string_view where) {
  return Error{Code::internal, std::string(where), kNoOffset, "libcrypto: " + take_error_hint()};
}

/// The digest, fetched once. Throws Exception (internal) when libcrypto has none such.
const EVP_MD* message_digest(Hash hash);

/// Whether re-encoding an object gives the bytes it was read from, i.e. they were its DER.
template <auto Encode, class T>
bool encodes_to(const T* object, Bytes der) {
  unsigned char* raw = nullptr;
  const int size = Encode(object, &raw);
  const OpensslBytes bytes(raw);
  if (size <= 0) {
    ERR_clear_error();
    return false;
  }
  return std::equal(der.begin(), der.end(), bytes.get(), std::next(bytes.get(), size));
}

/// DER of an object; empty on failure.
template <auto Encode, class T>
ByteVector encode(const T* object) {
  unsigned char* raw = nullptr;
  const int size = Encode(object, &raw);
  const OpensslBytes bytes(raw);
  if (size <= 0) {
    ERR_clear_error();
    return {};
  }
  return {bytes.get(), std::next(bytes.get(), size)};
}

/// Reads an object from the whole of `der`; nullptr when it is malformed, followed by other bytes,
/// or not in DER. Ptr is one of the types above.
template <auto Decode, auto Encode, class Ptr>
Ptr decode_exactly(Bytes der) {
  const unsigned char* at = der.data();
  Ptr out(Decode(nullptr, &at, static_cast<long>(der.size())));
  if (out == nullptr || at != std::to_address(der.end()) || !encodes_to<Encode>(out.get(), der)) {
    return nullptr;
  }
  return out;
}

struct PublicKey::Handle {
  PkeyPtr key;
  /// Set up for `usual_hash` (RSA: PKCS#1 v1.5) and only ever duplicated: setting one up costs a
  /// fifth of an RSA-2048 check, a copy next to nothing.
  PkeyCtxPtr verifier;
  Hash usual_hash;  ///< the one that keys of this size go with
  KeyType type;
  std::size_t bits;
  std::size_t signature_size;  ///< RSA: bytes of the modulus. EC: bytes of the order.
  ByteVector spki;
  Sha256Digest spki_sha256;
};

/// The key inside a SubjectPublicKeyInfo, if it is one that we take.
Result<PublicKey> public_key_of(X509_PUBKEY& spki, std::string_view where);

/// Signature algorithms on certificates and CRLs: RSA PKCS#1 v1.5, RSA-PSS (MGF1 and salt by the
/// same hash) and ECDSA, with SHA-256, SHA-384 or SHA-512. Empty when `algorithm` is one of them,
/// else its name.
std::string unacceptable_signature(const X509_ALGOR& algorithm);

struct Certificate::Handle {
  X509Ptr x509;
  ByteVector der;
  Sha256Digest sha256;
  PublicKey key;
  UnixTime not_before;
  UnixTime not_after;
  std::string subject;
  std::string issuer;
  std::string common_name;
  bool is_ca;
  bool self_issued;
  std::string signature_refusal;  ///< why the signature algorithm is not accepted; empty: it is
  bool has_extended_key_usage;
  std::vector<std::string> extended_key_usage;  ///< dotted OIDs
};

struct Crl::Handle {
  X509CrlPtr crl;
  Sha256Digest sha256;  ///< of the DER
  std::string issuer;
  UnixTime this_update;
  std::optional<UnixTime> next_update;
  std::string signature_refusal;
  IdpPtr distribution_point;  ///< may be null
  AkidPtr authority_key;      ///< may be null
};

/// A UTCTime or GeneralizedTime in the form RFC 5280 section 4.1.2.5 gives: with seconds, in UTC.
std::optional<UnixTime> unix_time(const ASN1_TIME* time);
/// RFC 2253 form, UTF-8, control characters escaped.
std::string name_text(const X509_NAME* name);
/// Dotted decimal.
std::string oid_text(const ASN1_OBJECT* object);

}  // namespace cupel::crypto

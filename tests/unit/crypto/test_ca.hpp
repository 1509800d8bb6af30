// A certification authority for tests: keys, certificates and CRLs of any shape, good and bad,
// made with OpenSSL alone and none of the code under test.
//
//   const Key root_key = make_key(KeyKind::p256, "root");
//   const Issued root  = issue({.subject = "Root", .ca = true}, root_key);
//   const Issued leaf  = issue({.subject = "Leaf"}, make_key(KeyKind::rsa2048, "leaf"), &root);
//   const ByteVector crl = issue_crl({.revoked = {leaf.serial}}, root);
//
// Everything is valid from 2024-01-01 to 2025-01-01 unless it says otherwise. Keys are made once a
// program for each (kind, label), because making RSA keys is slow.
#pragma once

#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cupel/bytes.hpp>
#include <cupel/time.hpp>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cupel::testing {

inline constexpr UnixTime kStart{1704067200};  // 2024-01-01T00:00:00Z
inline constexpr UnixTime kNow{1718409600};    // 2024-06-15T00:00:00Z
inline constexpr UnixTime kEnd{1735689600};    // 2025-01-01T00:00:00Z

/// Tests have no use for going on after OpenSSL failed.
inline void must(bool done, const char* what) {
  if (!done) {
    throw std::runtime_error(std::string("test CA: ") + what);
  }
}

template <class T, class Encode>
ByteVector encoded(Encode encode, T* object) {
  unsigned char* raw = nullptr;
  const int size = encode(object, &raw);
  must(size > 0, "encode");
  ByteVector out(raw, std::next(raw, size));
  OPENSSL_free(raw);
  return out;
}

// ---- keys ---------------------------------------------------------------------------------------

enum class KeyKind { rsa1024, rsa2048, rsa3072, rsa_pss, p224, p256, p384, p521, k256, ed25519 };

using Key = std::shared_ptr<EVP_PKEY>;

inline Key generate_key(KeyKind kind) {
  const auto rsa = [](const char* type, unsigned bits) {
    return EVP_PKEY_Q_keygen(nullptr, nullptr, type, static_cast<std::size_t>(bits));
  };
  const auto ec = [](const char* curve) {
    return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve);
  };
  EVP_PKEY* key = nullptr;
  switch (kind) {
    case KeyKind::rsa1024:
      key = rsa("RSA", 1024);
      break;
    case KeyKind::rsa2048:
      key = rsa("RSA", 2048);
      break;
    case KeyKind::rsa3072:
      key = rsa("RSA", 3072);
      break;
    case KeyKind::rsa_pss: {
      EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA-PSS", nullptr);
      must(EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_keygen(context, &key) == 1, "RSA-PSS");
      EVP_PKEY_CTX_free(context);
      break;
    }
    case KeyKind::p224:
      key = ec("P-224");
      break;
    case KeyKind::p256:
      key = ec("P-256");
      break;
    case KeyKind::p384:
      key = ec("P-384");
      break;
    case KeyKind::p521:
      key = ec("P-521");
      break;
    case KeyKind::k256:
      key = ec("secp256k1");
      break;
    case KeyKind::ed25519:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
      break;
  }
  must(key != nullptr, "key");
  return {key, [](EVP_PKEY* p) { EVP_PKEY_free(p); }};
}

/// The same key for the same kind and label.
inline Key make_key(KeyKind kind, const std::string& label = "") {
  static std::map<std::pair<KeyKind, std::string>, Key> made;
  Key& key = made[{kind, label}];
  if (key == nullptr) {
    key = generate_key(kind);
  }
  return key;
}

/// DER SubjectPublicKeyInfo.
inline ByteVector spki_of(const Key& key) {
  return encoded(&i2d_PUBKEY, key.get());
}

struct Signing {
  const char* digest = "SHA256";
  bool pss = false;
  int salt_length = RSA_PSS_SALTLEN_DIGEST;
  const char* mgf1_digest = nullptr;  ///< another than `digest`
};

inline EVP_MD_CTX* start_signing(const Key& key, const Signing& how) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* key_context = nullptr;
  const bool no_digest = EVP_PKEY_is_a(key.get(), "ED25519") == 1;
  must(EVP_DigestSignInit_ex(context, &key_context, no_digest ? nullptr : how.digest, nullptr,
                             nullptr, key.get(), nullptr) == 1,
       "sign init");
  if (how.pss) {
    must(EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, how.salt_length) == 1,
         "PSS");
    if (how.mgf1_digest != nullptr) {
      must(EVP_PKEY_CTX_set_rsa_mgf1_md(key_context, EVP_get_digestbyname(how.mgf1_digest)) == 1,
           "MGF1");
    }
  }
  return context;
}

/// RSA: the signature. ECDSA: its DER.
inline ByteVector sign(const Key& key, Bytes message, const Signing& how = {}) {
  EVP_MD_CTX* context = start_signing(key, how);
  std::size_t size = 0;
  must(EVP_DigestSign(context, nullptr, &size, message.data(), message.size()) == 1, "sign size");
  ByteVector out(size);
  must(EVP_DigestSign(context, out.data(), &size, message.data(), message.size()) == 1, "sign");
  out.resize(size);
  EVP_MD_CTX_free(context);
  return out;
}

/// r and s, big-endian, each padded to `width` bytes.
inline std::pair<ByteVector, ByteVector> sign_ecdsa(const Key& key, Bytes message,
                                                    std::size_t width, const Signing& how = {}) {
  const ByteVector der = sign(key, message, how);
  const unsigned char* at = der.data();
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  must(signature != nullptr, "ECDSA");
  std::pair<ByteVector, ByteVector> out{ByteVector(width), ByteVector(width)};
  const int size = static_cast<int>(width);
  must(BN_bn2binpad(ECDSA_SIG_get0_r(signature), out.first.data(), size) == size &&
           BN_bn2binpad(ECDSA_SIG_get0_s(signature), out.second.data(), size) == size,
       "r, s");
  ECDSA_SIG_free(signature);
  return out;
}

/// A big-endian number of the key, by OpenSSL's parameter name ("n", "e", "qx", "qy").
inline ByteVector key_number(const Key& key, const char* name) {
  BIGNUM* number = nullptr;
  must(EVP_PKEY_get_bn_param(key.get(), name, &number) == 1, name);
  ByteVector out(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, out.data());
  BN_free(number);
  return out;
}

// ---- certificates -------------------------------------------------------------------------------

/// An extension as it shall stand in the certificate, well formed or not.
struct RawExtension {
  std::string oid;
  bool critical = false;
  ByteVector value;
};

struct CertificateSpec {
  std::string subject;  ///< the CN, alone
  UnixTime not_before = kStart;
  UnixTime not_after = kEnd;
  bool ca = false;
  std::optional<int> path_length{};
  std::string key_usage{};                 ///< OpenSSL's words: "keyCertSign,cRLSign"; empty: none
  std::string extended_key_usage{};        ///< "2.23.133.8.3,…"; empty: none
  std::string name_constraints{};          ///< "critical,permitted;DNS:example"
  std::string subject_alt_name{};          ///< "DNS:example"
  std::string crl_distribution_points{};   ///< "URI:http://…"
  std::vector<RawExtension> extensions{};  ///< further ones
  std::optional<std::uint64_t> serial{};   ///< else counted up
  Signing signing{};                       ///< how the issuer signs
  bool key_identifiers = true;             ///< subject and authority key identifiers
  bool basic_constraints = true;
  std::string issuer{};   ///< issuer CN other than the issuer's subject
  bool version1 = false;  ///< and no extensions
};

struct Issued {
  std::string subject;
  Key key;
  std::uint64_t serial = 0;
  ByteVector der;
  std::shared_ptr<X509> x509;
};

inline void set_time(ASN1_TIME* out, UnixTime time) {
  std::string text = to_string(time);  // 2024-01-01T00:00:00Z
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'T'; });
  must(ASN1_TIME_set_string_X509(out, text.c_str()) == 1, "time");
}

inline void set_name(X509_NAME* name, const std::string& cn) {
  must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, as_bytes(cn).data(),
                                  static_cast<int>(cn.size()), -1, 0) == 1,
       "name");
}

inline X509_EXTENSION* raw_extension(const RawExtension& raw) {
  ASN1_OBJECT* oid = OBJ_txt2obj(raw.oid.c_str(), 1);
  ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
  ASN1_OCTET_STRING_set(value, raw.value.data(), static_cast<int>(raw.value.size()));
  X509_EXTENSION* out = X509_EXTENSION_create_by_OBJ(nullptr, oid, raw.critical ? 1 : 0, value);
  ASN1_OCTET_STRING_free(value);
  ASN1_OBJECT_free(oid);
  must(out != nullptr, "extension");
  return out;
}

inline void add_extension(X509* x509, X509V3_CTX* context, int nid, const std::string& text) {
  if (text.empty()) {
    return;
  }
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, context, nid, text.c_str());
  must(extension != nullptr && X509_add_ext(x509, extension, -1) == 1, text.c_str());
  X509_EXTENSION_free(extension);
}

/// Signs with `issuer`, or with the subject's own key when there is none.
inline Issued issue(const CertificateSpec& spec, const Key& key, const Issued* issuer = nullptr) {
  static std::uint64_t next_serial = 1000;
  Issued out{spec.subject,
             key,
             spec.serial.value_or(++next_serial),
             {},
             std::shared_ptr<X509>(X509_new(), [](X509* p) { X509_free(p); })};
  X509* x509 = out.x509.get();
  X509_set_version(x509, spec.version1 ? X509_VERSION_1 : X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), out.serial);
  set_time(X509_getm_notBefore(x509), spec.not_before);
  set_time(X509_getm_notAfter(x509), spec.not_after);
  set_name(X509_get_subject_name(x509), spec.subject);
  set_name(X509_get_issuer_name(x509), !spec.issuer.empty() ? spec.issuer
                                       : issuer != nullptr  ? issuer->subject
                                                            : spec.subject);
  must(X509_set_pubkey(x509, key.get()) == 1, "public key");
  if (!spec.version1) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer != nullptr ? issuer->x509.get() : x509, x509, nullptr, nullptr,
                   0);
    if (spec.basic_constraints) {
      add_extension(x509, &context, NID_basic_constraints,
                    !spec.ca ? "critical,CA:FALSE"
                    : spec.path_length
                        ? "critical,CA:TRUE,pathlen:" + std::to_string(*spec.path_length)
                        : "critical,CA:TRUE");
    }
    add_extension(x509, &context, NID_key_usage,
                  spec.key_usage.empty() ? "" : "critical," + spec.key_usage);
    add_extension(x509, &context, NID_ext_key_usage, spec.extended_key_usage);
    add_extension(x509, &context, NID_name_constraints, spec.name_constraints);
    add_extension(x509, &context, NID_subject_alt_name, spec.subject_alt_name);
    add_extension(x509, &context, NID_crl_distribution_points, spec.crl_distribution_points);
    if (spec.key_identifiers) {
      add_extension(x509, &context, NID_subject_key_identifier, "hash");
      if (issuer != nullptr && X509_get0_subject_key_id(issuer->x509.get()) != nullptr) {
        add_extension(x509, &context, NID_authority_key_identifier, "keyid:always");
      }
    }
    for (const RawExtension& raw : spec.extensions) {
      X509_EXTENSION* extension = raw_extension(raw);
      must(X509_add_ext(x509, extension, -1) == 1, "add extension");
      X509_EXTENSION_free(extension);
    }
  }
  EVP_MD_CTX* signing = start_signing(issuer != nullptr ? issuer->key : key, spec.signing);
  must(X509_sign_ctx(x509, signing) > 0, "sign certificate");
  EVP_MD_CTX_free(signing);
  out.der = encoded(&i2d_X509, x509);
  return out;
}

/// A certificate request's worth of trouble saved: root, `intermediates` authorities below it, and
/// a leaf. Index 0 is the leaf, the last the root.
inline std::vector<Issued> issue_chain(std::size_t intermediates,
                                       const std::string& label = "chain",
                                       CertificateSpec leaf = {.subject = "Leaf"}) {
  const std::string usage = "keyCertSign,cRLSign";
  std::vector<Issued> down;
  down.push_back(issue({.subject = label + " root", .ca = true, .key_usage = usage},
                       make_key(KeyKind::p256, label + " root")));
  for (std::size_t i = 0; i < intermediates; ++i) {
    const std::string name = label + " CA " + std::to_string(i);
    const Issued above = down.back();
    down.push_back(issue({.subject = name, .ca = true, .key_usage = usage},
                         make_key(KeyKind::p256, name), &above));
  }
  const Issued above = down.back();
  down.push_back(issue(leaf, make_key(KeyKind::p256, label + " leaf"), &above));
  return {down.rbegin(), down.rend()};
}

// ---- revocation lists ---------------------------------------------------------------------------

struct CrlSpec {
  std::vector<std::uint64_t> revoked{};
  UnixTime this_update = kStart;
  std::optional<UnixTime> next_update = kEnd;
  UnixTime revoked_on = kStart;
  std::vector<RawExtension> extensions{};
  std::vector<RawExtension> entry_extensions{};
  std::string issuer{};  ///< CN other than the signer's
  Signing signing{};
  bool key_identifier = true;
};

inline ByteVector issue_crl(const CrlSpec& spec, const Issued& issuer) {
  X509_CRL* crl = X509_CRL_new();
  X509_CRL_set_version(crl, X509_CRL_VERSION_2);
  X509_NAME* name = X509_NAME_new();
  set_name(name, spec.issuer.empty() ? issuer.subject : spec.issuer);
  X509_CRL_set_issuer_name(crl, name);
  X509_NAME_free(name);
  ASN1_TIME* time = ASN1_TIME_new();
  set_time(time, spec.this_update);
  X509_CRL_set1_lastUpdate(crl, time);
  if (spec.next_update) {
    set_time(time, *spec.next_update);
    X509_CRL_set1_nextUpdate(crl, time);
  }
  set_time(time, spec.revoked_on);
  for (const std::uint64_t serial : spec.revoked) {
    X509_REVOKED* entry = X509_REVOKED_new();
    ASN1_INTEGER* number = ASN1_INTEGER_new();
    ASN1_INTEGER_set_uint64(number, serial);
    X509_REVOKED_set_serialNumber(entry, number);
    ASN1_INTEGER_free(number);
    X509_REVOKED_set_revocationDate(entry, time);
    for (const RawExtension& raw : spec.entry_extensions) {
      X509_EXTENSION* extension = raw_extension(raw);
      X509_REVOKED_add_ext(entry, extension, -1);
      X509_EXTENSION_free(extension);
    }
    must(X509_CRL_add0_revoked(crl, entry) == 1, "entry");
  }
  ASN1_TIME_free(time);
  if (spec.key_identifier && X509_get0_subject_key_id(issuer.x509.get()) != nullptr) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer.x509.get(), nullptr, nullptr, crl, 0);
    X509_EXTENSION* extension =
        X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always");
    must(extension != nullptr && X509_CRL_add_ext(crl, extension, -1) == 1, "authority key id");
    X509_EXTENSION_free(extension);
  }
  for (const RawExtension& raw : spec.extensions) {
    X509_EXTENSION* extension = raw_extension(raw);
    must(X509_CRL_add_ext(crl, extension, -1) == 1, "CRL extension");
    X509_EXTENSION_free(extension);
  }
  X509_CRL_sort(crl);
  EVP_MD_CTX* signing = start_signing(issuer.key, spec.signing);
  must(X509_CRL_sign_ctx(crl, signing) > 0, "sign CRL");
  EVP_MD_CTX_free(signing);
  ByteVector out = encoded(&i2d_X509_CRL, crl);
  X509_CRL_free(crl);
  return out;
}

}  // namespace cupel::testing

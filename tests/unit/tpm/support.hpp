// What the tests of this room share: wire structures built by hand, keys that sign, a small
// authority, and the captured vectors.
#pragma once

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <cupel/tpm.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/base64.hpp"
#include "base/hex.hpp"
#include "codec/json.hpp"
#include "codec/pem.hpp"

namespace cupel::tpm::test {

// ---- errors -------------------------------------------------------------------------------------

template <class T>
void expect_error(const Result<T>& result, Code code, std::string_view where,
                  std::string_view check = {}) {
  ASSERT_FALSE(result.ok()) << "accepted; expected " << to_string(code) << " at " << where;
  EXPECT_EQ(result.error().code, code) << to_string(result.error());
  EXPECT_EQ(result.error().where, where) << to_string(result.error());
  EXPECT_EQ(result.error().check, check) << to_string(result.error());
}

inline ByteVector hex(std::string_view text) {
  return from_hex(text, "test").value();
}

// ---- wire structures ----------------------------------------------------------------------------

class Writer {
 public:
  Writer& u8(std::uint64_t v) { return be(v, 1); }
  Writer& u16(std::uint64_t v) { return be(v, 2); }
  Writer& u32(std::uint64_t v) { return be(v, 4); }
  Writer& u64(std::uint64_t v) { return be(v, 8); }
  Writer& raw(Bytes bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  Writer& sized(Bytes bytes) { return u16(bytes.size()).raw(bytes); }
  const ByteVector& bytes() const { return out_; }

 private:
  Writer& be(std::uint64_t v, unsigned size) {
    for (unsigned i = size; i-- > 0;) {
      out_.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
    }
    return *this;
  }
  ByteVector out_;
};

inline void write_selection(Writer& w, const std::vector<PcrSelection>& selection) {
  w.u32(selection.size());
  for (const PcrSelection& bank : selection) {
    std::uint32_t bits = 0;
    for (const unsigned i : bank.indices) {
      bits |= 1U << i;
    }
    w.u16(static_cast<std::uint16_t>(bank.bank)).u8(3);
    w.u8(bits & 0xffU).u8((bits >> 8U) & 0xffU).u8((bits >> 16U) & 0xffU);
  }
}

/// A quote's message; every member has a value that is accepted.
struct AttestSpec {
  std::uint32_t magic = 0xff544347;
  std::uint16_t type = 0x8018;
  ByteVector qualified_signer = hex("000b" + std::string(64, 'a'));
  ByteVector extra_data = hex("c0ffee");
  std::uint64_t clock = 88873;
  std::uint32_t reset_count = 2;
  std::uint32_t restart_count = 1;
  std::uint8_t safe = 1;
  std::uint64_t firmware_version = 0x2020031200120003;
  std::vector<PcrSelection> pcr_select{{HashAlg::sha256, {0, 4, 15}}};
  ByteVector pcr_digest = ByteVector(32, 0x5a);

  ByteVector build() const {
    Writer w;
    w.u32(magic).u16(type).sized(qualified_signer).sized(extra_data);
    w.u64(clock).u32(reset_count).u32(restart_count).u8(safe).u64(firmware_version);
    write_selection(w, pcr_select);
    return w.sized(pcr_digest).bytes();
  }
};

inline ByteVector digest(const EVP_MD* md, Bytes data) {
  ByteVector out(static_cast<std::size_t>(EVP_MD_get_size(md)));
  EVP_Digest(data.data(), data.size(), out.data(), nullptr, md, nullptr);
  return out;
}

inline const EVP_MD* md(HashAlg hash) {
  switch (hash) {
    case HashAlg::sha1:
      return EVP_sha1();
    case HashAlg::sha256:
      return EVP_sha256();
    case HashAlg::sha384:
      return EVP_sha384();
    case HashAlg::sha512:
      return EVP_sha512();
    case HashAlg::sm3_256:
      return EVP_sm3();
  }
  throw std::logic_error("no such hash");
}

// ---- keys ---------------------------------------------------------------------------------------

/// A key pair of the test. Generated once for each use of the same label.
class Key {
 public:
  static const Key& rsa(const std::string& label = "ak") {
    return cached("rsa:" + label, [] { return EVP_RSA_gen(2048); });
  }
  static const Key& ec(const std::string& curve, const std::string& label = "ak") {
    return cached("ec:" + curve + label, [&] { return EVP_EC_gen(curve.c_str()); });
  }

  EVP_PKEY* get() const { return key_.get(); }

  ByteVector spki() const {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key_.get(), &der);
    ByteVector out(der, der + size);
    OPENSSL_free(der);
    return out;
  }

  ByteVector sign_rsa(HashAlg hash, Bytes message, int padding = RSA_PKCS1_PADDING,
                      int salt = RSA_PSS_SALTLEN_DIGEST) const {
    return sign(hash, message, [&](EVP_PKEY_CTX* ctx) {
      EVP_PKEY_CTX_set_rsa_padding(ctx, padding);
      if (padding == RSA_PKCS1_PSS_PADDING) {
        EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, salt);
      }
    });
  }

  /// r and s, big-endian without leading zeros, as a TPM may give them.
  std::pair<ByteVector, ByteVector> sign_ecdsa(HashAlg hash, Bytes message) const {
    const ByteVector der = sign(hash, message, [](EVP_PKEY_CTX*) {});
    const unsigned char* p = der.data();
    ECDSA_SIG* sig = d2i_ECDSA_SIG(nullptr, &p, static_cast<long>(der.size()));
    const auto bytes = [](const BIGNUM* n) {
      ByteVector out(static_cast<std::size_t>(BN_num_bytes(n)));
      BN_bn2bin(n, out.data());
      return out;
    };
    std::pair out{bytes(ECDSA_SIG_get0_r(sig)), bytes(ECDSA_SIG_get0_s(sig))};
    ECDSA_SIG_free(sig);
    return out;
  }

  ByteVector number(const char* name) const {
    BIGNUM* n = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &n);
    ByteVector out(static_cast<std::size_t>(BN_num_bytes(n)));
    BN_bn2bin(n, out.data());
    BN_free(n);
    return out;
  }

 private:
  explicit Key(EVP_PKEY* key) : key_(key, &EVP_PKEY_free) {}

  template <class Make>
  static const Key& cached(const std::string& name, Make make) {
    static std::map<std::string, Key> keys;
    auto found = keys.find(name);
    if (found == keys.end()) {
      found = keys.emplace(name, Key(make())).first;
    }
    return found->second;
  }

  template <class Configure>
  ByteVector sign(HashAlg hash, Bytes message, Configure configure) const {
    EVP_MD_CTX* ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX* pkey_ctx = nullptr;
    EVP_DigestSignInit(ctx, &pkey_ctx, md(hash), nullptr, key_.get());
    configure(pkey_ctx);
    std::size_t size = 0;
    EVP_DigestSign(ctx, nullptr, &size, message.data(), message.size());
    ByteVector out(size);
    EVP_DigestSign(ctx, out.data(), &size, message.data(), message.size());
    out.resize(size);
    EVP_MD_CTX_free(ctx);
    return out;
  }

  std::shared_ptr<EVP_PKEY> key_;
};

inline ByteVector tpmt_rsa(HashAlg hash, Bytes signature,
                           SignatureScheme scheme = SignatureScheme::rsassa) {
  return Writer()
      .u16(static_cast<std::uint16_t>(scheme))
      .u16(static_cast<std::uint16_t>(hash))
      .sized(signature)
      .bytes();
}

inline ByteVector tpmt_ecdsa(HashAlg hash, Bytes r, Bytes s) {
  return Writer().u16(0x0018).u16(static_cast<std::uint16_t>(hash)).sized(r).sized(s).bytes();
}

// ---- certificates -------------------------------------------------------------------------------

struct CertificateSpec {
  std::string name;
  const Key* key = nullptr;
  std::string issuer_name{};  ///< empty: self-signed
  const Key* issuer_key = nullptr;
  bool ca = false;
  std::string extended_key_usage{};
  std::string instance_extension{};  ///< "DER:…" of 1.3.6.1.4.1.11129.2.1.21
  std::int64_t not_before = 1'700'000'000;
  std::int64_t not_after = 1'800'000'000;
};

inline void add_extension(X509* certificate, const char* name, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf(nullptr, nullptr, name, value.c_str());
  if (extension == nullptr) {
    throw std::logic_error(std::string("bad extension ") + name);
  }
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// A certificate as DER.
inline ByteVector certificate(const CertificateSpec& spec) {
  static long serial = 1;
  X509* x = X509_new();
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
  ASN1_TIME_set(X509_getm_notBefore(x), static_cast<time_t>(spec.not_before));
  ASN1_TIME_set(X509_getm_notAfter(x), static_cast<time_t>(spec.not_after));
  const auto set_name = [](X509_NAME* name, const std::string& cn) {
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, as_bytes(cn).data(), -1, -1, 0);
  };
  set_name(X509_get_subject_name(x), spec.name);
  set_name(X509_get_issuer_name(x), spec.issuer_name.empty() ? spec.name : spec.issuer_name);
  X509_set_pubkey(x, spec.key->get());
  if (spec.ca) {
    add_extension(x, "basicConstraints", "critical,CA:TRUE");
    add_extension(x, "keyUsage", "critical,keyCertSign,cRLSign");
  } else {
    add_extension(x, "keyUsage", "critical,digitalSignature");
  }
  if (!spec.extended_key_usage.empty()) {
    add_extension(x, "extendedKeyUsage", spec.extended_key_usage);
  }
  if (!spec.instance_extension.empty()) {
    add_extension(x, "1.3.6.1.4.1.11129.2.1.21", spec.instance_extension);
  }
  X509_sign(x, (spec.issuer_key != nullptr ? spec.issuer_key : spec.key)->get(), EVP_sha256());
  unsigned char* der = nullptr;
  const int size = i2d_X509(x, &der);
  ByteVector out(der, der + size);
  OPENSSL_free(der);
  X509_free(x);
  return out;
}

/// Root, intermediate and an attestation key's leaf, all valid at kNow.
struct Authority {
  static constexpr std::int64_t kNow = 1'750'000'000;
  const Key& root_key = Key::ec("P-384", "root");
  const Key& intermediate_key = Key::ec("P-256", "intermediate");
  ByteVector root = certificate({.name = "Test Root", .key = &root_key, .ca = true});
  ByteVector intermediate = certificate({.name = "Test Intermediate",
                                         .key = &intermediate_key,
                                         .issuer_name = "Test Root",
                                         .issuer_key = &root_key,
                                         .ca = true});

  ByteVector leaf(const Key& key, std::string usage = "2.23.133.8.3",
                  std::int64_t not_before = 1'700'000'000,
                  std::int64_t not_after = 1'800'000'000) const {
    return certificate({.name = "Test AK",
                        .key = &key,
                        .issuer_name = "Test Intermediate",
                        .issuer_key = &intermediate_key,
                        .extended_key_usage = std::move(usage),
                        .not_before = not_before,
                        .not_after = not_after});
  }

  VerifyContext context(std::int64_t now = kNow) const {
    VerifyContext out{UnixTime(now), TrustAnchors({})};
    EXPECT_TRUE(out.anchors.add_certificates("test root", root).ok());
    return out;
  }
};

// ---- whole quotes -------------------------------------------------------------------------------

/// A quote with values that fit it, before it is signed.
struct QuoteSpec {
  AttestSpec attest{};
  std::vector<ByteVector> values{ByteVector(32, 1), ByteVector(32, 2), ByteVector(32, 3)};
  HashAlg hash = HashAlg::sha256;  ///< of the signature

  ByteVector message() const {
    AttestSpec spec = attest;
    ByteVector all;
    for (const ByteVector& value : values) {
      all.insert(all.end(), value.begin(), value.end());
    }
    spec.pcr_digest = digest(md(hash), all);
    return spec.build();
  }

  Quote signed_by(const Key& key) const {
    const ByteVector text = message();
    Quote quote = parse(text, tpmt_rsa(hash, key.sign_rsa(hash, text))).value();
    quote.pcrs = PcrValues{values, std::nullopt};
    return quote;
  }
};

// ---- captured vectors ---------------------------------------------------------------------------

inline std::filesystem::path vectors() {
  const char* given = std::getenv("CUPEL_VECTORS");
  return std::filesystem::path(given != nullptr ? given : CUPEL_DEFAULT_VECTORS) / "tpm";
}

inline ByteVector read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw std::runtime_error("cannot read " + path.string());
  }
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline json::Value read_json(const std::filesystem::path& path) {
  return json::parse(as_text(read_file(path)), "test").value();
}

#define CUPEL_NEEDS_VECTORS()                                                        \
  if (!std::filesystem::is_directory(::cupel::tpm::test::vectors())) {               \
    GTEST_SKIP() << "captured vectors are not at " << ::cupel::tpm::test::vectors(); \
  }                                                                                  \
  static_assert(true)

/// Every prefix is refused as cut short, and one more byte as trailing.
template <class Parse>
void expect_exact_length(const ByteVector& whole, Parse parse, std::string_view where) {
  ASSERT_TRUE(parse(Bytes(whole)).ok()) << to_string(parse(Bytes(whole)).error());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto cut = parse(Bytes(whole).first(size));
    ASSERT_FALSE(cut.ok()) << "prefix of " << size << " bytes";
    EXPECT_EQ(cut.error().code, Code::truncated) << size << ": " << to_string(cut.error());
    EXPECT_LE(cut.error().offset, size);
    EXPECT_TRUE(cut.error().where.starts_with(where)) << cut.error().where;
  }
  ByteVector longer = whole;
  longer.push_back(0);
  const auto trailing = parse(Bytes(longer));
  ASSERT_FALSE(trailing.ok());
  EXPECT_EQ(trailing.error().code, Code::trailing_bytes);
  EXPECT_EQ(trailing.error().offset, whole.size());
}

}  // namespace cupel::tpm::test

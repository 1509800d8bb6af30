// Evidence for tests: a TPM quote whose attestation key, certificate and registers are made here.
// TPMS_ATTEST and TPMT_SIGNATURE are written by hand, from the tables of TPM 2.0 Part 2, so that
// nothing of the code under test is needed to make them.
#pragma once

#include <openssl/ecdsa.h>

#include <cupel/evidence.hpp>
#include <cupel/policy.hpp>
#include <cupel/session.hpp>
#include <cupel/verdict.hpp>
#include <string>

#include "base/base64.hpp"
#include "base/hex.hpp"
#include "codec/json.hpp"
#include "session/certificates.hpp"

namespace cupel::test {

inline const ByteVector kDiskHash(32, 0xd1);
inline const ByteVector kBootHash(32, 0xb0);

/// Big-endian, as the TPM writes.
struct Wire {
  ByteVector bytes;
  Wire& integer(std::uint64_t value, unsigned size) {
    for (unsigned i = size; i-- > 0;) {
      bytes.push_back(static_cast<std::uint8_t>(value >> (8U * i)));
    }
    return *this;
  }
  Wire& raw(Bytes data) {
    bytes.insert(bytes.end(), data.begin(), data.end());
    return *this;
  }
  Wire& sized(Bytes data) { return integer(data.size(), 2).raw(data); }
};

inline ByteVector sha256_of(Bytes data) {
  return to_vector(crypto::sha256(data));
}

inline ByteVector extend(const ByteVector& old, const ByteVector& digest) {
  return crypto::digest(crypto::Hash::sha256, {Bytes(old), Bytes(digest)});
}

/// What a piece of forged evidence says.
struct Said {
  ByteVector extra_data{};           ///< the nonce, or a key's digest
  std::string root_ca_pem{};         ///< bound by register 15, as BlindLlama does it; empty: none
  ByteVector boot_hash = kBootHash;  ///< register 4: "which software runs"
};

class ForgedTpm {
 public:
  /// The attestation key's certificate ends at `ak_not_after`.
  explicit ForgedTpm(std::int64_t ak_not_after = kNow + 365 * kDay)
      : root_(Ca::make("test AK root")), ak_(make_key()) {
    CertSpec spec{.common_name = "test AK", .extended_key_usage = "2.23.133.8.3"};
    spec.not_after = ak_not_after;
    certificate_ = make_certificate(spec, ak_, root_.certificate, root_.key);
  }

  TrustAnchors anchors() const {
    TrustAnchors out({});
    out.add_certificates("test AK root", der_of(root_.certificate)).value();
    return out;
  }

  /// The root's revocation list; `revoked`: with the attestation key's certificate in it.
  ByteVector crl(bool revoked, std::int64_t next_update = kNow + 30 * kDay) const {
    return crl_of(root_, revoked ? std::vector<Cert>{certificate_} : std::vector<Cert>{},
                  next_update);
  }

  /// A document of the "cupel.tpm/1" form.
  ByteVector evidence(const Said& said) const {
    const ByteVector pcr4 = extend(ByteVector(32, 0), said.boot_hash);
    const ByteVector pcr15 = pcr15_of(said);
    ByteVector values = pcr4;
    values.insert(values.end(), pcr15.begin(), pcr15.end());
    const ByteVector message = attest(said.extra_data, sha256_of(values));

    json::Object out{
        {"kind", "cupel.tpm/1"},
        {"quote", json::Object{{"message", to_base64(message)},
                               {"signature", to_base64(signature(message))}}},
        {"pcrs", json::Object{{"form", "values"}, {"data", to_base64(values)}}},
        {"ak", json::Object{{"certificates",
                             json::Array{pem_of(certificate_), pem_of(root_.certificate)}}}}};
    if (!said.root_ca_pem.empty()) {
      out.emplace_back("supplied", json::Object{{"webserver_rootca", said.root_ca_pem},
                                                {"application_disk_roothash", to_hex(kDiskHash)}});
    }
    return to_vector(as_bytes(json::dump(out)));
  }

 private:
  static ByteVector pcr15_of(const Said& said) {
    ByteVector value(32, 0);
    if (!said.root_ca_pem.empty()) {
      value = extend(value, kDiskHash);
      value = extend(value, ByteVector(32, 0));
      value = extend(value, sha256_of(as_bytes(said.root_ca_pem)));
    }
    return value;
  }

  // TPMS_ATTEST of a quote (Part 2, 10.12.12): registers 4 and 15 of the SHA-256 bank.
  static ByteVector attest(const ByteVector& extra_data, const ByteVector& pcr_digest) {
    Wire out;
    out.integer(0xff544347, 4).integer(0x8018, 2);
    out.sized(Wire{}.integer(0x000b, 2).raw(ByteVector(32, 0x51)).bytes);
    out.sized(extra_data);
    out.integer(1000, 8).integer(1, 4).integer(0, 4).integer(1, 1);  // clockInfo
    out.integer(0x2020031200120003, 8);                              // firmwareVersion
    out.integer(1, 4).integer(0x000b, 2).integer(3, 1).integer(0x108000, 3);
    out.sized(pcr_digest);
    return out.bytes;
  }

  // TPMT_SIGNATURE (Part 2, 11.3.4): ECDSA with SHA-256.
  ByteVector signature(const ByteVector& message) const {
    const std::unique_ptr<EVP_MD_CTX, FreeWith<&EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    must(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, ak_.get()) == 1, "sign");
    std::size_t size = 0;
    must(EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) == 1,
         "sign");
    ByteVector der(size);
    must(EVP_DigestSign(context.get(), der.data(), &size, message.data(), message.size()) == 1,
         "sign");
    const unsigned char* cursor = der.data();
    const std::unique_ptr<ECDSA_SIG, FreeWith<&ECDSA_SIG_free>> parts(
        d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(size)));
    must(parts != nullptr, "d2i_ECDSA_SIG");
    Wire out;
    out.integer(0x0018, 2).integer(0x000b, 2);
    for (const BIGNUM* number : {ECDSA_SIG_get0_r(parts.get()), ECDSA_SIG_get0_s(parts.get())}) {
      ByteVector padded(32);
      must(BN_bn2binpad(number, padded.data(), 32) == 32, "BN_bn2binpad");
      out.sized(padded);
    }
    return out.bytes;
  }

  Ca root_;
  Key ak_;
  Cert certificate_;
};

inline Alternative accept_boot_hash(const ByteVector& boot_hash = kBootHash) {
  Alternative out;
  out.family = "tpm";
  out.label = "test";
  out.require.push_back(Requirement{
      "tpm.pcr.sha256.4", Requirement::Op::equals, {extend(ByteVector(32, 0), boot_hash)}});
  return out;
}

/// The service's key stands in the quote's qualifying data.
inline Policy key_in_extra_data(TlsBinding::Form form) {
  Alternative alternative = accept_boot_hash();
  alternative.tls_key = TlsBinding{"tpm.extra_data", 0, form};
  return Policy{"test", "test", {alternative}};
}

/// The service's CA is bound by register 15, as in BlindLlama.
inline Policy ca_in_register_15() {
  Alternative alternative = accept_boot_hash();
  const std::string disk = "tpm.supplied.application_disk_roothash";
  const std::string ca = "tpm.supplied.webserver_rootca";
  alternative.require.push_back(Requirement{disk, Requirement::Op::equals, {kDiskHash}});
  alternative.replay.push_back(Replay{"tpm.pcr.sha256.15",
                                      {{ReplayStep::Kind::claim, {}, disk},
                                       {ReplayStep::Kind::digest, ByteVector(32, 0), {}},
                                       {ReplayStep::Kind::digest_of, {}, ca}}});
  alternative.tls_key = TlsBinding{ca, 0, TlsBinding::Form::root_ca_pem};
  return Policy{"test", "test", {alternative}};
}

/// Evidence to verdict, without a network.
inline Verdict judged(const ForgedTpm& tpm, const Said& said, const Policy& policy,
                      std::int64_t now = kNow) {
  const VerifyContext context{UnixTime(now), tpm.anchors()};
  const Claims claims = evaluate("tpm", tpm.evidence(said), {}, context).value();
  return appraise(claims, policy, Challenge{UnixTime(now)});
}

/// The pin that accepted evidence gives; throws when it is refused.
inline TlsPin pin_from(const ForgedTpm& tpm, const Said& said, const Policy& policy,
                       std::int64_t now = kNow) {
  const Verdict verdict = judged(tpm, said, policy, now);
  must(verdict.accepted() != nullptr, "the forged evidence was refused");
  return verdict.accepted()->pin().value();
}

inline TlsPin spki_pin(const ForgedTpm& tpm, const Identity& identity) {
  return pin_from(tpm, {.extra_data = identity.spki_sha256()},
                  key_in_extra_data(TlsBinding::Form::spki_sha256));
}
inline TlsPin certificate_pin(const ForgedTpm& tpm, const Identity& identity) {
  return pin_from(tpm, {.extra_data = identity.leaf_sha256()},
                  key_in_extra_data(TlsBinding::Form::certificate_sha256));
}
inline TlsPin root_ca_pin(const ForgedTpm& tpm, const Ca& ca) {
  return pin_from(tpm, {.root_ca_pem = pem_of(ca.certificate)}, ca_in_register_15());
}

}  // namespace cupel::test

// What the caller trusts, and when. Neither type can be left out: neither has a default.
#pragma once

#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <cupel/time.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cupel::crypto {
class Certificate;
class KeySet;
class PublicKey;
}  // namespace cupel::crypto

namespace cupel {

/// A vendor root named by fingerprint. The certificate itself comes with the evidence or the
/// endorsements, as an untrusted helper until its fingerprint is found here.
struct Anchor {
  /// What was hashed: the DER of which. A root named by its key must have signed itself, because
  /// anyone can write a certificate, with any dates, around a public key.
  enum class Of : std::uint8_t { certificate, spki };

  std::string name;
  Of of;
  Sha256Digest sha256;
  UnixTime not_after;  ///< for reports ("this root expires on …"); the certificate's own date rules
  std::string source;  ///< where the vendor publishes it
};

/// A root certificate, or a bare key, that the caller brought.
struct NamedDer {
  std::string name;  ///< a label for reports, e.g. the file it came from
  ByteVector der;    ///< X.509 certificate, or SubjectPublicKeyInfo for keys
};

/// The keys that an issuer of tokens publishes (a JWKS), which the caller vouches for: fetched from
/// that issuer over TLS, or brought from there by other means.
struct IssuerKeys {
  std::string issuer;  ///< "https://sharedeus.eus.attest.azure.net": these keys speak for no other
  std::shared_ptr<const crypto::KeySet> keys;
};

class TrustAnchors {
 public:
  explicit TrustAnchors(std::vector<Anchor> fingerprints)
      : fingerprints_(std::move(fingerprints)) {}

  /// Trusts these root certificates: PEM with one or more, or one DER. Nothing but certificates may
  /// be in the file. Errors: bad_encoding, bad_certificate, missing_field at "anchors".
  Result<Unit> add_certificates(std::string_view name, Bytes pem_or_der);

  /// Trusts this attestation key itself, with no certificate: PEM or DER SubjectPublicKeyInfo. The
  /// verdict lists it under `assumed`. Errors: bad_encoding, bad_key at "anchors.key".
  Result<Unit> add_key(std::string_view name, Bytes pem_or_der);

  /// Trusts the keys of this JWKS to sign tokens of this issuer, and of no other. The caller says
  /// so, and the verdict lists it under `assumed`. The issuer is an https URL as it stands in the
  /// tokens: lower case, without a path. Errors: invalid_argument at "anchors.issuer"; those of a
  /// key set at "anchors.jwks…".
  Result<Unit> add_issuer_keys(std::string_view issuer, Bytes jwks);
  /// The same, with keys that another set of anchors holds.
  void add_issuer_keys(IssuerKeys keys) { issuer_keys_.push_back(std::move(keys)); }

  /// Trusts all that the other set trusts, too.
  void add(const TrustAnchors& other);

  const std::vector<Anchor>& fingerprints() const noexcept { return fingerprints_; }
  const std::vector<NamedDer>& certificates() const noexcept { return certificates_; }
  const std::vector<NamedDer>& keys() const noexcept { return keys_; }
  /// For the library: `certificates()`, one by one, as they were parsed when they were added.
  const std::vector<std::shared_ptr<const crypto::Certificate>>& parsed() const noexcept {
    return parsed_;
  }
  const std::vector<IssuerKeys>& issuer_keys() const noexcept { return issuer_keys_; }
  bool empty() const noexcept {
    return fingerprints_.empty() && certificates_.empty() && keys_.empty() && issuer_keys_.empty();
  }

 private:
  std::vector<Anchor> fingerprints_;
  std::vector<NamedDer> certificates_;
  std::vector<std::shared_ptr<const crypto::Certificate>> parsed_;
  std::vector<NamedDer> keys_;
  std::vector<IssuerKeys> issuer_keys_;
};

enum class Revocation : std::uint8_t {
  required,      ///< a certificate without a current CRL is refused
  if_available,  ///< every CRL that is given is enforced; missing ones are named in `not_proved`
  dangerous_ignored,  ///< CRLs are not looked at; named in `assumed`
};

/// Remembers "this certificate (CRL, vendor's document, report on a key) was signed by that key",
/// which certificates keep the rules of a path in that order, and certificates as they were read
/// from their bytes; nothing else: dates, revocation and policy are judged anew on every call, and
/// a failure is never remembered. Thread-safe, bounded.
class ChainCache {
 public:
  explicit ChainCache(std::size_t capacity = 4096);
  ~ChainCache();
  ChainCache(const ChainCache&) = delete;
  ChainCache& operator=(const ChainCache&) = delete;

  /// Both are SHA-256: of the signed object's DER, and of the issuer's SubjectPublicKeyInfo.
  bool contains(const Sha256Digest& child, const Sha256Digest& issuer_spki) const;
  void remember(const Sha256Digest& child, const Sha256Digest& issuer_spki);
  std::size_t size() const;

  /// For the library: the certificate that was read from bytes with this SHA-256, or nullptr. It
  /// follows from the bytes alone, and nothing about it is authentic.
  std::shared_ptr<const crypto::Certificate> find_parsed(const Sha256Digest& der) const;
  void keep_parsed(std::shared_ptr<const crypto::Certificate> certificate);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct VerifyContext {
  UnixTime now;          ///< required: the time everything is judged at
  TrustAnchors anchors;  ///< required
  Revocation revocation = Revocation::if_available;
  ChainCache* cache = nullptr;  ///< optional; owned by the caller
};

}  // namespace cupel

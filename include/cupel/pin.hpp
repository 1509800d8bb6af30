// TlsPin: which TLS key a connection must have. Only an acceptance makes one.
#pragma once

#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <cupel/time.hpp>
#include <span>
#include <string>

namespace cupel {

class TlsPin {
 public:
  enum class Kind : std::uint8_t { spki_sha256, certificate_sha256, root_ca };

  Kind kind() const noexcept { return kind_; }
  /// The pinned digest; for root_ca the SHA-256 of the CA certificate's DER.
  const Sha256Digest& sha256() const noexcept { return sha256_; }
  /// For root_ca: the CA certificate, DER. Empty otherwise.
  const ByteVector& root_ca() const noexcept { return root_ca_; }
  UnixTime valid_until() const noexcept { return valid_until_; }

  /// Checks what a server presented in its handshake. `chain`: certificates as DER, leaf first.
  /// `host` matters for root_ca only. Checks tls-01 … (lib/transport/README.md).
  /// Errors: pin_mismatch, expired, not_yet_valid, bad_certificate at "tls.…".
  Result<Unit> check(std::span<const ByteVector> chain, const std::string& host,
                     UnixTime now) const;

  friend bool operator==(const TlsPin& a, const TlsPin& b) {
    return a.kind_ == b.kind_ && a.sha256_ == b.sha256_;
  }

 private:
  friend class Acceptance;
  TlsPin(Kind kind, Sha256Digest sha256, ByteVector root_ca, UnixTime valid_until)
      : kind_(kind), sha256_(sha256), root_ca_(std::move(root_ca)), valid_until_(valid_until) {}

  Kind kind_;
  Sha256Digest sha256_;
  ByteVector root_ca_;
  UnixTime valid_until_;
};

std::string_view to_string(TlsPin::Kind kind) noexcept;

}  // namespace cupel

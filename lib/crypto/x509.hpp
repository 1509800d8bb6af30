// X.509 certificates and CRLs, parsed once and immutable.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <cupel/time.hpp>
#include <cupel/trust.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/signature.hpp"

namespace cupel::crypto {

/// An immutable certificate; copies share it. Well formed, nothing about it is authentic.
class Certificate {
 public:
  /// DER, consumed exactly, at most 64 KiB, X.509 v3 or v1. Errors: bad_certificate, bad_key,
  /// too_large at `where`.
  static Result<Certificate> from_der(Bytes der, std::string_view where);

  const ByteVector& der() const noexcept;
  const Sha256Digest& sha256() const noexcept;  ///< of the DER
  const PublicKey& public_key() const noexcept;
  UnixTime not_before() const noexcept;
  UnixTime not_after() const noexcept;
  const std::string& subject() const noexcept;      ///< "CN=…,O=…" (RFC 2253), for people
  const std::string& issuer() const noexcept;       ///< the same
  const std::string& common_name() const noexcept;  ///< subject CN, or the whole subject
  bool is_ca() const noexcept;                      ///< BasicConstraints cA
  bool self_issued() const noexcept;                ///< subject and issuer names are equal
  /// Whether ExtendedKeyUsage is present and lists this dotted OID.
  bool has_extended_key_usage(std::string_view oid) const;
  /// The contents of the extnValue OCTET STRING of the extension with this dotted OID, found by
  /// parsing, never by searching bytes. nullopt when absent.
  std::optional<ByteVector> extension(std::string_view oid) const;

  struct Handle;  ///< defined in ossl.hpp
  const Handle& handle() const noexcept { return *handle_; }
  explicit Certificate(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}

 private:
  std::shared_ptr<const Handle> handle_;
};

/// Each DER in turn. Errors: as from_der, at where + "[i]". With a cache, those that were read
/// before are not read again; it may be null.
Result<std::vector<Certificate>> parse_certificates(std::span<const ByteVector> ders,
                                                    std::string_view where,
                                                    ChainCache* cache = nullptr);

/// The same for one. Errors: as from_der.
Result<Certificate> parse_certificate(Bytes der, std::string_view where, ChainCache* cache);

/// An immutable CRL; copies share it. Not authentic until a chain verification used it.
class Crl {
 public:
  /// DER, consumed exactly, at most 1 MiB. Errors: bad_encoding, too_large at `where`.
  static Result<Crl> from_der(Bytes der, std::string_view where);

  const std::string& issuer() const noexcept;
  UnixTime this_update() const noexcept;
  std::optional<UnixTime> next_update() const noexcept;

  struct Handle;  ///< defined in ossl.hpp
  const Handle& handle() const noexcept { return *handle_; }
  explicit Crl(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}

 private:
  std::shared_ptr<const Handle> handle_;
};

Result<std::vector<Crl>> parse_crls(std::span<const ByteVector> ders, std::string_view where);

}  // namespace cupel::crypto

// What is known about the roots of virtual TPMs: data, used for anchors, for what a leaf below them
// must show, and for where their certificates and CRLs are published.
#pragma once

#include <array>
#include <cstdint>
#include <cupel/tpm.hpp>
#include <span>
#include <string_view>

namespace cupel::tpm {

enum class Vendor : std::uint8_t { microsoft, google };

/// What an attestation key's certificate must show to be one.
enum class LeafSign : std::uint8_t {
  attestation_key_usage,  ///< ExtendedKeyUsage tcg-kp-AIKCertificate, as the TCG asks
  google_instance,        ///< Google, since 2022: the instance-identity extension
  endorsement_key_usage,  ///< Google, 2018 to 2022: ExtendedKeyUsage tcg-kp-EKCertificate
};

struct KnownRoot {
  std::string_view name;
  Vendor vendor;
  std::string_view sha256;  ///< hex, of the certificate
  UnixTime not_after;
  std::string_view source;
  std::array<std::string_view, 2>
      issuer_hints{};  ///< in issuer names of the path; hints for needed()
  std::string_view certificate_url{};
  std::string_view crl_url{};
  std::string_view cache_name{};
  LeafSign leaf_sign = LeafSign::attestation_key_usage;
};

std::span<const KnownRoot> known_roots();

/// By the SHA-256 of the certificate, or nullptr.
const KnownRoot* known_root(const Sha256Digest& certificate_sha256);

}  // namespace cupel::tpm

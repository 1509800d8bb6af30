// Certification path validation (RFC 5280 section 6), once, for every family.
#pragma once

#include <cupel/result.hpp>
#include <cupel/trust.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/x509.hpp"

namespace cupel::crypto {

/// What a family demands of a path beyond RFC 5280. Vendor oddities are named fields here.
struct ChainRules {
  std::string where;  ///< place in errors, e.g. "tpm.ak_certificate"
  std::size_t max_intermediates = 8;
  std::string leaf_extended_key_usage{};  ///< dotted OID the leaf must list; empty: none demanded
  std::vector<KeyType> leaf_key_types{};  ///< empty: any that PublicKey takes
  bool leaf_may_be_ca = false;
  /// The leaf's issuer publishes no CRLs at all (AMD, for the keys of its processors): even when
  /// revocation is required, its absence is said in `not_proved` and is no error. A CRL that is
  /// given is enforced.
  bool no_crl_for_leaf = false;
};

/// A path that holds at the time asked about.
struct VerifiedChain {
  std::vector<Certificate> path;          ///< leaf first, anchor last
  std::string anchor_name;                ///< the label of the Anchor or NamedDer that was matched
  UnixTime valid_until = kNoEnd;          ///< earliest notAfter and CRL nextUpdate that was used
  std::vector<std::string> not_proved{};  ///< e.g. "revocation of CN=…: no CRL was given"
  std::vector<std::string> assumed{};
};

/// Finds and validates a path from `leaf` to an anchor of `context.anchors`.
///
/// `helpers` are untrusted whatever their shape: a self-signed certificate among them is a root
/// only when its fingerprint is an anchor. Any order, duplicates allowed; at most 32 are looked at.
/// Signatures on certificates: RSA PKCS#1 v1.5 and PSS, ECDSA, with SHA-256/384/512 only.
/// Unknown critical extensions are refused. CRLs are used by `context.revocation`; a CRL must be
/// signed by the issuer in the path, be current at `context.now`, and is refused otherwise.
/// The anchor's own dates are judged too.
///
/// Errors: untrusted_chain, bad_certificate, bad_signature, expired, not_yet_valid (the detail
/// names the certificate), revoked, revocation_unknown at `rules.where`.
Result<VerifiedChain> verify_chain(const Certificate& leaf, std::span<const Certificate> helpers,
                                   std::span<const Crl> crls, const VerifyContext& context,
                                   const ChainRules& rules);

}  // namespace cupel::crypto

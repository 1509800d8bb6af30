// What path building and revocation share. Not for use outside of this folder.
#pragma once

#include <vector>

#include "crypto/chain.hpp"
#include "crypto/ossl.hpp"

namespace cupel::crypto {

/// What the CRLs say about a path whose signatures and dates hold already.
struct RevocationFindings {
  UnixTime valid_until = kNoEnd;  ///< earliest nextUpdate that was relied on
  std::vector<std::string> not_proved{};
  std::vector<std::string> assumed{};
};

/// Looks at every certificate of `path` (leaf first, anchor last) but the anchor. With
/// `no_crl_for_leaf` a missing CRL of the leaf's issuer is never an error.
/// Source: RFC 5280 section 6.3.3, for complete CRLs that the certificate's issuer signed itself.
/// Errors: revoked, revocation_unknown, expired and not_yet_valid (of a CRL), bad_signature,
/// bad_certificate at `where`.
Result<RevocationFindings> judge_revocation(std::span<const Certificate> path,
                                            std::span<const Crl> crls, const VerifyContext& context,
                                            std::string_view where, bool no_crl_for_leaf);

}  // namespace cupel::crypto

// What a verification of given evidence would like to have besides it.
#include "tpm/collateral.hpp"

#include <algorithm>

#include "crypto/x509.hpp"
#include "tpm/anchors.hpp"

namespace cupel::tpm {
namespace {

bool leads_to(const KnownRoot& root, const std::vector<crypto::Certificate>& certificates) {
  return std::any_of(certificates.begin(), certificates.end(), [&](const auto& certificate) {
    return std::any_of(root.issuer_hints.begin(), root.issuer_hints.end(), [&](auto hint) {
      return !hint.empty() && certificate.issuer().find(hint) != std::string::npos;
    });
  });
}

bool holds(const KnownRoot& root, const std::vector<crypto::Certificate>& certificates) {
  return std::any_of(certificates.begin(), certificates.end(), [&](const auto& certificate) {
    return known_root(certificate.sha256()) == &root;
  });
}

}  // namespace

// Issuer names steer nothing but which addresses are offered. A certificate's own pointers (AIA,
// CRL distribution points) are the evidence's word and are not followed: whoever wrote the evidence
// would learn who verifies it, and when.
Result<std::vector<CollateralRequest>> needed(Bytes evidence) {
  CUPEL_TRY(const Evidence parsed, parse_evidence(evidence));
  CUPEL_TRY(const std::vector<crypto::Certificate> certificates,
            crypto::parse_certificates(parsed.ak_certificates, "tpm.ak_certificate"));
  std::vector<CollateralRequest> out;
  for (const KnownRoot& root : known_roots()) {
    if (!leads_to(root, certificates)) {
      continue;
    }
    const std::string cache_name(root.cache_name);
    if (!holds(root, certificates)) {
      out.push_back({"certificate", std::string(root.certificate_url), cache_name + ".crt", {}});
    }
    out.push_back({"crl", std::string(root.crl_url), cache_name + ".crl", {}});
  }
  return out;
}

}  // namespace cupel::tpm

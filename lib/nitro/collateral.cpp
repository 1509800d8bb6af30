// What a verification of given evidence would like to have besides it.
#include "nitro/collateral.hpp"

#include <algorithm>

#include "crypto/x509.hpp"
#include "nitro/anchors.hpp"

namespace cupel::nitro {

// The document brings every certificate, the root too. Of the CRLs only the root's has an address
// that AWS never changed; the others stand in the certificates, which are the evidence's word, and
// are not followed: whoever wrote the evidence would learn who verifies it, and when.
Result<std::vector<CollateralRequest>> needed(const Document& document) {
  CUPEL_TRY(const std::vector<crypto::Certificate> bundle,
            crypto::parse_certificates(document.cabundle, "nitro.cabundle"));
  const bool under_root =
      std::any_of(bundle.begin(), bundle.end(), [](const crypto::Certificate& certificate) {
        return certificate.issuer().starts_with(kRootG1Name);
      });
  std::vector<CollateralRequest> out;
  if (under_root) {
    out.push_back({"crl", std::string(kRootG1Crl), "aws-nitro-enclaves-root-g1.crl", {}});
  }
  return out;
}

Result<std::vector<CollateralRequest>> needed_for(Bytes evidence) {
  CUPEL_TRY(const Document document, parse(evidence));
  return needed(document);
}

}  // namespace cupel::nitro

#include <cupel/hcl.hpp>

namespace cupel::hcl {

// The hardware is AMD's or Intel's; the virtual TPM's key needs no root, because the hardware names
// it.
TrustAnchors vendor_anchors() {
  std::vector<Anchor> roots = snp::vendor_anchors().fingerprints();
  const TrustAnchors intel = tdx::vendor_anchors();
  roots.insert(roots.end(), intel.fingerprints().begin(), intel.fingerprints().end());
  return TrustAnchors(std::move(roots));
}

}  // namespace cupel::hcl

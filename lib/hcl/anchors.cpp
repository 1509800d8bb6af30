#include <cupel/hcl.hpp>

namespace cupel::hcl {

// The hardware is AMD's; the virtual TPM's key needs no root, because the hardware names it.
TrustAnchors vendor_anchors() {
  return snp::vendor_anchors();
}

}  // namespace cupel::hcl

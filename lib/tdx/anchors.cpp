#include <cupel/tdx.hpp>

namespace cupel::tdx {

TrustAnchors vendor_anchors() {
  return dcap::vendor_anchors();
}

}  // namespace cupel::tdx

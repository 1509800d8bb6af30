#include <cupel/sgx.hpp>

namespace cupel::sgx {

TrustAnchors vendor_anchors() {
  return dcap::vendor_anchors();
}

}  // namespace cupel::sgx

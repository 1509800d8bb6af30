#include <cupel/maa.hpp>

namespace cupel::maa {

TrustAnchors vendor_anchors() {
  return TrustAnchors({});
}

}  // namespace cupel::maa

// Who is trusted to vouch for Nitro hypervisors.
#include "nitro/anchors.hpp"

#include <algorithm>
#include <cupel/nitro.hpp>

#include "base/hex.hpp"

namespace cupel::nitro {

TrustAnchors vendor_anchors() {
  Sha256Digest sha256{};
  // A typing error in the constant would leave zeros, which no certificate has; a test looks for
  // it.
  if (const auto bytes = from_hex(kRootG1Sha256, sha256.size(), "anchors"); bytes.ok()) {
    std::copy(bytes->begin(), bytes->end(), sha256.begin());
  }
  return TrustAnchors({Anchor{
      .name = "AWS Nitro Enclaves Root G1",
      .of = Anchor::Of::certificate,
      .sha256 = sha256,
      .not_after = UnixTime(2519044085),  // 2049-10-28T14:28:05Z
      .source = "https://aws-nitro-enclaves.amazonaws.com/AWS_NitroEnclaves_Root-G1.zip",
  }});
}

}  // namespace cupel::nitro

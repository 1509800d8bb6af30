#include <cupel/dcap.hpp>

#include "base/hex.hpp"

namespace cupel::dcap {

TrustAnchors vendor_anchors() {
  // SHA-256 of the SubjectPublicKeyInfo. Certificates for it: 44a0196b…74d3 until 2049, and the
  // first one, fc64f807…9404, until 2033.
  constexpr std::string_view kSpki =
      "a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e";
  Sha256Digest digest{};
  if (const auto bytes = from_hex(kSpki, digest.size(), "anchors"); bytes.ok()) {
    std::copy(bytes->begin(), bytes->end(), digest.begin());
  }
  return TrustAnchors({Anchor{"Intel SGX Root CA", Anchor::Of::spki, digest,
                              UnixTime(2524607999),  // 2049-12-31T23:59:59Z
                              "https://certificates.trustedservices.intel.com/"
                              "Intel_SGX_Provisioning_Certification_RootCA.pem"}});
}

}  // namespace cupel::dcap

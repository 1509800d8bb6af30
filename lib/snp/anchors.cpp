#include "snp/anchors.hpp"

#include <algorithm>
#include <array>

#include "base/hex.hpp"

namespace cupel::snp {
namespace {

// The fingerprint of a constant in this file; a typing error there would leave zeros, which no
// certificate has, and a test looks for that.
Sha256Digest fingerprint(std::string_view hex) {
  Sha256Digest out{};
  if (const auto bytes = from_hex(hex, out.size(), "anchors"); bytes.ok()) {
    std::copy(bytes->begin(), bytes->end(), out.begin());
  }
  return out;
}

constexpr std::array kRoots = {
    KnownRoot{Product::milan, "ARK-Milan",
              "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd",
              UnixTime(2392305785),  // 2045-10-22T17:23:05Z
              "https://kdsintf.amd.com/vcek/v1/Milan/cert_chain"},
    KnownRoot{Product::genoa, "ARK-Genoa",
              "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1",
              UnixTime(2432129677),  // 2047-01-26T15:34:37Z
              "https://kdsintf.amd.com/vcek/v1/Genoa/cert_chain"},
    KnownRoot{Product::turin, "ARK-Turin",
              "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a",
              UnixTime(2473185792),  // 2048-05-15T20:03:12Z
              "https://kdsintf.amd.com/vcek/v1/Turin/cert_chain"},
};

}  // namespace

std::span<const KnownRoot> known_roots() {
  return kRoots;
}

bool is_root(Product product, const Sha256Digest& certificate_sha256) {
  return std::any_of(kRoots.begin(), kRoots.end(), [&](const KnownRoot& root) {
    return root.product == product && fingerprint(root.sha256) == certificate_sha256;
  });
}

TrustAnchors vendor_anchors() {
  std::vector<Anchor> out;
  for (const KnownRoot& root : kRoots) {
    out.push_back({std::string(root.name), Anchor::Of::certificate, fingerprint(root.sha256),
                   root.not_after, std::string(root.source)});
  }
  return TrustAnchors(std::move(out));
}

}  // namespace cupel::snp

// What is known about AMD's roots: data, used for anchors and for needed().
#pragma once

#include <cupel/snp.hpp>
#include <span>
#include <string_view>

namespace cupel::snp {

struct KnownRoot {
  Product product;
  std::string_view name;
  std::string_view sha256;  ///< hex, of the certificate
  UnixTime not_after;
  std::string_view source;
};

std::span<const KnownRoot> known_roots();

/// Whether this is the fingerprint of the product's root.
bool is_root(Product product, const Sha256Digest& certificate_sha256);

}  // namespace cupel::snp

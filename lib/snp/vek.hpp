// What AMD writes into the certificate of an endorsement key (VCEK, VLEK).
#pragma once

#include <cupel/snp.hpp>

#include "crypto/x509.hpp"

namespace cupel::snp {

inline constexpr std::string_view kVek = "snp.vek";

/// The subject's common name for a kind: "SEV-VCEK".
std::string_view common_name(SigningKey kind) noexcept;

/// AMD's extensions, read as DER. Well formed, not authentic.
struct VekExtensions {
  std::string product_name;
  Product product = Product::milan;
  TcbBytes tcb{};      ///< the patch levels, at the places the product's layout gives them
  ByteVector hwid;     ///< VCEK only
  std::string csp_id;  ///< VLEK only
};

/// The name of each byte of a TCB_VERSION.
std::array<std::string_view, 8> tcb_names(Product product) noexcept;

/// Errors: bad_certificate, unsupported_version at "snp.vek.<extension>". All are snp-09.
Result<VekExtensions> parse_vek(const crypto::Certificate& certificate, SigningKey kind);

}  // namespace cupel::snp

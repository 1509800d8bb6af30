#include <algorithm>
#include <cupel/trust.hpp>

#include "codec/pem.hpp"
#include "crypto/x509.hpp"

namespace cupel {
namespace {

void add_once(std::vector<NamedDer>& list, std::string_view name, ByteVector der) {
  const bool known =
      std::any_of(list.begin(), list.end(), [&](const NamedDer& item) { return item.der == der; });
  if (!known) {
    list.push_back(NamedDer{std::string(name), std::move(der)});
  }
}

}  // namespace

Result<Unit> TrustAnchors::add_certificates(std::string_view name, Bytes pem_or_der) {
  constexpr std::string_view kWhere = "anchors";
  if (pem_or_der.empty()) {
    return Error{Code::missing_field, std::string(kWhere), kNoOffset, "an empty file"};
  }
  std::vector<ByteVector> ders;
  if (pem::looks_like(pem_or_der)) {
    CUPEL_TRY(ders, pem::parse_certificates(as_text(pem_or_der), kWhere));
  } else {
    ders.push_back(to_vector(pem_or_der));
  }
  // All or none: a file with one bad certificate adds nothing.
  for (const ByteVector& der : ders) {
    if (auto parsed = crypto::Certificate::from_der(der, kWhere); !parsed) {
      return std::move(parsed).error();
    }
  }
  for (ByteVector& der : ders) {
    add_once(certificates_, name, std::move(der));
  }
  return Unit{};
}

Result<Unit> TrustAnchors::add_key(std::string_view name, Bytes pem_or_der) {
  CUPEL_TRY(const crypto::PublicKey key,
            crypto::PublicKey::from_pem_or_der(pem_or_der, "anchors.key"));
  add_once(keys_, name, key.spki());
  return Unit{};
}

}  // namespace cupel

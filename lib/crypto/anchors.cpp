#include <algorithm>
#include <cupel/trust.hpp>

#include "base/issuer.hpp"
#include "codec/pem.hpp"
#include "crypto/key_set.hpp"
#include "crypto/x509.hpp"

namespace cupel {
namespace {

bool known(const std::vector<NamedDer>& list, const ByteVector& der) {
  return std::any_of(list.begin(), list.end(),
                     [&](const NamedDer& item) { return item.der == der; });
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
  std::vector<crypto::Certificate> parsed;
  for (const ByteVector& der : ders) {
    CUPEL_TRY(crypto::Certificate next, crypto::Certificate::from_der(der, kWhere));
    parsed.push_back(std::move(next));
  }
  for (crypto::Certificate& certificate : parsed) {
    if (!known(certificates_, certificate.der())) {
      certificates_.push_back(NamedDer{std::string(name), certificate.der()});
      parsed_.push_back(std::make_shared<const crypto::Certificate>(std::move(certificate)));
    }
  }
  return Unit{};
}

Result<Unit> TrustAnchors::add_key(std::string_view name, Bytes pem_or_der) {
  CUPEL_TRY(const crypto::PublicKey key,
            crypto::PublicKey::from_pem_or_der(pem_or_der, "anchors.key"));
  if (!known(keys_, key.spki())) {
    keys_.push_back(NamedDer{std::string(name), key.spki()});
  }
  return Unit{};
}

Result<Unit> TrustAnchors::add_issuer_keys(std::string_view issuer, Bytes jwks) {
  if (!canonical_issuer(issuer)) {
    return Error{Code::invalid_argument, "anchors.issuer", kNoOffset,
                 "not https:// and a host name in lower case, without port, path or final slash"};
  }
  CUPEL_TRY(crypto::KeySet keys, crypto::KeySet::parse(as_text(jwks), "anchors.jwks"));
  issuer_keys_.push_back(
      IssuerKeys{std::string(issuer), std::make_shared<const crypto::KeySet>(std::move(keys))});
  return Unit{};
}

void TrustAnchors::add(const TrustAnchors& other) {
  const auto append = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  append(fingerprints_, other.fingerprints_);
  append(certificates_, other.certificates_);
  append(parsed_, other.parsed_);
  append(keys_, other.keys_);
  append(issuer_keys_, other.issuer_keys_);
}

}  // namespace cupel

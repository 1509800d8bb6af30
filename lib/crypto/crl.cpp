#include <algorithm>

#include "crypto/ossl.hpp"
#include "crypto/x509.hpp"

namespace cupel::crypto {
namespace {

constexpr std::size_t kMaxCrlSize = 1U << 20U;

// Extensions whose meaning is applied here or in the revocation check. Any other critical one
// means that the list cannot be understood (RFC 5280 section 5.2).
bool understood(int nid) {
  return nid == NID_crl_number || nid == NID_authority_key_identifier ||
         nid == NID_issuing_distribution_point;
}

std::string extension_refusal(const X509_CRL* crl) {
  const int count = X509_CRL_get_ext_count(crl);
  for (int i = 0; i < count; ++i) {
    X509_EXTENSION* extension = X509_CRL_get_ext(crl, i);
    const ASN1_OBJECT* oid = X509_EXTENSION_get_object(extension);
    const int nid = OBJ_obj2nid(oid);
    if (nid == NID_delta_crl) {
      return "a delta CRL, which says nothing without its base";
    }
    if (X509_EXTENSION_get_critical(extension) != 0 && !understood(nid)) {
      return "unknown critical extension " + oid_text(oid);
    }
    if (X509_CRL_get_ext_by_OBJ(crl, oid, i) >= 0) {
      return "an extension appears twice";
    }
  }
  return {};
}

std::string entry_refusal(X509_CRL* crl) {
  STACK_OF(X509_REVOKED)* entries = X509_CRL_get_REVOKED(crl);
  for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
    const X509_REVOKED* entry = sk_X509_REVOKED_value(entries, i);
    const int count = X509_REVOKED_get_ext_count(entry);
    for (int j = 0; j < count; ++j) {
      X509_EXTENSION* extension = X509_REVOKED_get_ext(entry, j);
      const ASN1_OBJECT* oid = X509_EXTENSION_get_object(extension);
      const int nid = OBJ_obj2nid(oid);
      // An entry that names another issuer makes the list an indirect one.
      if (nid == NID_certificate_issuer || (X509_EXTENSION_get_critical(extension) != 0 &&
                                            nid != NID_crl_reason && nid != NID_invalidity_date)) {
        return "an entry has the extension " + oid_text(oid);
      }
    }
  }
  return {};
}

// An absent extension is success with a null pointer; one that does not decode is not.
template <class Ptr>
bool read_extension(const X509_CRL* crl, int nid, Ptr& out) {
  constexpr int kAbsent = -1;
  int critical = 0;
  out.reset(static_cast<typename Ptr::pointer>(X509_CRL_get_ext_d2i(crl, nid, &critical, nullptr)));
  return out != nullptr || critical == kAbsent;
}

}  // namespace

Result<Crl> Crl::from_der(Bytes der, std::string_view where) {
  const auto bad = [&](std::string detail) {
    const std::string hint = take_error_hint();
    return Error{Code::bad_encoding, std::string(where), kNoOffset,
                 hint.empty() ? std::move(detail) : detail + ": " + hint};
  };
  if (der.size() > kMaxCrlSize) {
    return Error{Code::too_large, std::string(where), kNoOffset, "more than 1 MiB of CRL"};
  }
  X509CrlPtr crl = decode_exactly<&d2i_X509_CRL, &i2d_X509_CRL, X509CrlPtr>(der);
  if (crl == nullptr) {
    return bad("not one CRL in DER");
  }
  const auto this_update = unix_time(X509_CRL_get0_lastUpdate(crl.get()));
  const ASN1_TIME* next = X509_CRL_get0_nextUpdate(crl.get());
  const auto next_update = unix_time(next);
  if (!this_update || (next != nullptr && !next_update)) {
    return bad("an update time is not in the form of RFC 5280");
  }
  for (std::string refusal : {extension_refusal(crl.get()), entry_refusal(crl.get())}) {
    if (!refusal.empty()) {
      return bad(std::move(refusal));
    }
  }
  IdpPtr distribution_point;
  AkidPtr authority_key;
  if (!read_extension(crl.get(), NID_issuing_distribution_point, distribution_point) ||
      !read_extension(crl.get(), NID_authority_key_identifier, authority_key)) {
    return bad("an extension is malformed");
  }
  if (distribution_point != nullptr &&
      (distribution_point->indirectCRL > 0 || distribution_point->onlyattr > 0 ||
       distribution_point->onlysomereasons != nullptr)) {
    return bad("an indirect CRL, or one for some reasons or attribute certificates only");
  }
  const X509_ALGOR* algorithm = nullptr;
  X509_CRL_get0_signature(crl.get(), nullptr, &algorithm);
  std::string issuer = name_text(X509_CRL_get_issuer(crl.get()));
  ERR_clear_error();
  return Crl(std::make_shared<const Handle>(
      Handle{std::move(crl), sha256(der), std::move(issuer), *this_update, next_update,
             unacceptable_signature(*algorithm), std::move(distribution_point),
             std::move(authority_key)}));
}

const std::string& Crl::issuer() const noexcept {
  return handle_->issuer;
}
UnixTime Crl::this_update() const noexcept {
  return handle_->this_update;
}
std::optional<UnixTime> Crl::next_update() const noexcept {
  return handle_->next_update;
}

Result<std::vector<Crl>> parse_crls(std::span<const ByteVector> ders, std::string_view where) {
  std::vector<Crl> out;
  out.reserve(ders.size());
  for (const ByteVector& der : ders) {
    CUPEL_TRY(Crl next,
              Crl::from_der(der, std::string(where) + "[" + std::to_string(out.size()) + "]"));
    out.push_back(std::move(next));
  }
  return out;
}

}  // namespace cupel::crypto

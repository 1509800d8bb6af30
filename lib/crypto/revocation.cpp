#include <algorithm>
#include <tuple>

#include "crypto/once.hpp"
#include "crypto/path.hpp"

namespace cupel::crypto {
namespace {

std::string described(const Crl& crl) {
  return "the CRL of " + crl.issuer() + " (" + to_string(crl.this_update()) + " to " +
         (crl.next_update() ? to_string(*crl.next_update()) : std::string("no stated end")) + ")";
}

bool shares_name(const GENERAL_NAMES* a, const GENERAL_NAMES* b) {
  for (int i = 0; i < sk_GENERAL_NAME_num(a); ++i) {
    for (int j = 0; j < sk_GENERAL_NAME_num(b); ++j) {
      if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(a, i), sk_GENERAL_NAME_value(b, j)) == 0) {
        return true;
      }
    }
  }
  return false;
}

// RFC 5280 section 6.3.3 (b)(2)(i): a list for one distribution point speaks of the certificates
// that point to it.
bool points_to(const Certificate& certificate, const DIST_POINT_NAME& name) {
  constexpr int kFullName = 0;
  const CrlDpPtr points(static_cast<CRL_DIST_POINTS*>(X509_get_ext_d2i(
      certificate.handle().x509.get(), NID_crl_distribution_points, nullptr, nullptr)));
  ERR_clear_error();
  for (int i = 0; points != nullptr && i < sk_DIST_POINT_num(points.get()); ++i) {
    const DIST_POINT* point = sk_DIST_POINT_value(points.get(), i);
    if (name.type == kFullName && point->distpoint != nullptr &&
        point->distpoint->type == kFullName && point->CRLissuer == nullptr &&
        shares_name(name.name.fullname, point->distpoint->name.fullname)) {
      return true;
    }
  }
  return false;
}

// Whether the list is about this certificate at all. Lists of other issuers, and of another key
// under the issuer's name, are not: endorsements are a bag.
bool speaks_of(const Crl& crl, const Certificate& certificate, const Certificate& issuer) {
  const Crl::Handle& list = crl.handle();
  if (X509_NAME_cmp(X509_CRL_get_issuer(list.crl.get()),
                    X509_get_issuer_name(certificate.handle().x509.get())) != 0) {
    return false;
  }
  const ASN1_OCTET_STRING* key_id = X509_get0_subject_key_id(issuer.handle().x509.get());
  if (list.authority_key != nullptr && list.authority_key->keyid != nullptr && key_id != nullptr &&
      ASN1_OCTET_STRING_cmp(list.authority_key->keyid, key_id) != 0) {
    return false;
  }
  const ISSUING_DIST_POINT* scope = list.distribution_point.get();
  if (scope == nullptr) {
    return true;
  }
  return !(scope->onlyuser > 0 && certificate.is_ca()) &&
         !(scope->onlyCA > 0 && !certificate.is_ca()) &&
         (scope->distpoint == nullptr || points_to(certificate, *scope->distpoint));
}

Result<Unit> authentic(const Crl& crl, const Certificate& issuer, ChainCache* cache,
                       std::string_view where) {
  const Crl::Handle& list = crl.handle();
  if (!list.signature_refusal.empty()) {
    return Error{Code::bad_certificate, std::string(where), kNoOffset,
                 described(crl) + ": " + list.signature_refusal};
  }
  // RFC 5280 section 6.3.3 (f). Without the extension all uses are meant.
  if ((X509_get_key_usage(issuer.handle().x509.get()) & KU_CRL_SIGN) == 0) {
    return Error{Code::bad_certificate, std::string(where), kNoOffset,
                 described(crl) + ": its issuer's key usage does not allow signing CRLs"};
  }
  const PublicKey& key = issuer.public_key();
  return once(cache, list.sha256, key.spki_sha256(), [&]() -> Result<Unit> {
    if (X509_CRL_verify(list.crl.get(), key.handle().key.get()) != 1) {
      ERR_clear_error();
      return Error{Code::bad_signature, std::string(where), kNoOffset,
                   described(crl) + " was not signed by the key of " + issuer.subject()};
    }
    return Unit{};
  });
}

// The date a list says the certificate was revoked on.
std::optional<UnixTime> revoked_on(const Crl& crl, const Certificate& certificate) {
  constexpr int kListed = 1;  // 2 means "removed", which only delta lists say
  X509_REVOKED* entry = nullptr;
  const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate.handle().x509.get());
  if (X509_CRL_get0_by_serial(crl.handle().crl.get(), &entry, serial) != kListed) {
    return std::nullopt;
  }
  // A date that does not read is as if it were long ago: the entry is there.
  return unix_time(X509_REVOKED_get0_revocationDate(entry)).value_or(UnixTime(0));
}

struct Freshness {
  std::optional<UnixTime> covered_until;  ///< latest nextUpdate of a current list
  bool open_ended = false;                ///< a list without nextUpdate was among them
  std::optional<Error> not_current;       ///< a list that is not current, if no other is
};

Result<Freshness> examine(const Certificate& certificate, const Certificate& issuer,
                          std::span<const Crl> crls, const VerifyContext& context,
                          std::string_view where) {
  Freshness out;
  for (const Crl& crl : crls) {
    if (!speaks_of(crl, certificate, issuer)) {
      continue;
    }
    CUPEL_TRY(std::ignore, authentic(crl, issuer, context.cache, where));
    const bool early = context.now < crl.this_update();
    const bool late = crl.next_update() && context.now >= *crl.next_update();
    // What a list has said stays said when it goes stale; a later list may speak of our future.
    const auto revoked = revoked_on(crl, certificate);
    if (revoked && ((!early && !late) || *revoked <= context.now)) {
      return Error{Code::revoked, std::string(where), kNoOffset,
                   certificate.subject() + " was revoked on " + to_string(*revoked) + ", says " +
                       described(crl)};
    }
    if (early || late) {
      out.not_current = Error{early ? Code::not_yet_valid : Code::expired, std::string(where),
                              kNoOffset, described(crl) + " is not current"};
    } else if (!crl.next_update()) {
      out.open_ended = true;
    } else {
      out.covered_until =
          std::max(out.covered_until.value_or(*crl.next_update()), *crl.next_update());
    }
  }
  return out;
}

}  // namespace

Result<RevocationFindings> judge_revocation(std::span<const Certificate> path,
                                            std::span<const Crl> crls, const VerifyContext& context,
                                            std::string_view where, bool no_crl_for_leaf) {
  RevocationFindings out;
  if (context.revocation == Revocation::dangerous_ignored) {
    out.assumed.emplace_back("no certificate in the chain was revoked: CRLs were not looked at");
    return out;
  }
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const bool required =
        context.revocation == Revocation::required && !(i == 0 && no_crl_for_leaf);
    const Certificate& certificate = path[i];
    CUPEL_TRY(const Freshness found, examine(certificate, path[i + 1], crls, context, where));
    if (found.covered_until) {
      out.valid_until = std::min(out.valid_until, *found.covered_until);
      continue;
    }
    if (found.open_ended && !required) {
      out.not_proved.push_back("revocation of " + certificate.subject() +
                               ": the CRL does not say when it ends");
      continue;
    }
    if (found.not_current) {
      return *found.not_current;
    }
    if (required) {
      return Error{Code::revocation_unknown, std::string(where), kNoOffset,
                   certificate.subject() + ": no current CRL of " + certificate.issuer() +
                       (found.open_ended ? " with a nextUpdate" : "")};
    }
    out.not_proved.push_back("revocation of " + certificate.subject() + ": no CRL was given");
  }
  return out;
}

}  // namespace cupel::crypto

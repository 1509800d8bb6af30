// Telling endorsements apart by content.
#include <algorithm>
#include <array>
#include <cupel/collateral.hpp>

#include "codec/pem.hpp"
#include "codec/thim.hpp"
#include "collateral/sources.hpp"
#include "crypto/x509.hpp"

namespace cupel {
namespace {

constexpr std::string_view kWhere = "endorsement";
constexpr std::string_view kCertificate = "CERTIFICATE";
constexpr std::string_view kCrl = "X509 CRL";  // RFC 7468, section 6
constexpr std::size_t kMaxDocuments = 256;

Error endorsement_error(Code code, std::string detail) {
  return {code, std::string(kWhere), kNoOffset, std::move(detail), {}};
}

Result<Unit> add_once(std::vector<ByteVector>& list, Bytes der, std::string_view what) {
  const auto same = [der](const ByteVector& other) { return std::ranges::equal(other, der); };
  if (std::any_of(list.begin(), list.end(), same)) {
    return endorsement_error(Code::duplicate_field, "the same " + std::string(what) + " again");
  }
  if (list.size() >= kMaxDocuments) {
    return endorsement_error(Code::too_large, "more than 256 documents of one kind");
  }
  list.push_back(to_vector(der));
  return Unit{};
}

Result<Unit> unless_known(const Result<Unit>& added) {
  return !added && added.error().code == Code::duplicate_field ? Result<Unit>(Unit{}) : added;
}

// Only what parses is taken: a file that will never help is better refused where it was named.
Result<Unit> add_certificate(Endorsements& to, Bytes der) {
  auto parsed = crypto::Certificate::from_der(der, kWhere);
  if (!parsed) {
    Error error = std::move(parsed).error();
    error.code = Code::bad_encoding;
    return error;
  }
  return add_once(to.certificates, der, "certificate");
}

Result<Unit> add_crl(Endorsements& to, Bytes der) {
  CUPEL_TRY([[maybe_unused]] auto parsed, crypto::Crl::from_der(der, kWhere));
  return add_once(to.crls, der, "CRL");
}

Result<Unit> add_pem(Endorsements& to, Bytes file) {
  constexpr std::array<std::string_view, 2> kLabels = {kCertificate, kCrl};
  CUPEL_TRY(const auto blocks, pem::parse(as_text(file), kLabels, kWhere));
  for (const pem::Block& block : blocks) {
    CUPEL_TRY([[maybe_unused]] auto added,
              block.label == kCrl ? add_crl(to, block.der) : add_certificate(to, block.der));
  }
  return Unit{};
}

Result<Unit> add_document(Endorsements& to, Bytes file) {
  if (file.empty()) {
    return endorsement_error(Code::bad_encoding, "the document is empty");
  }
  if (file.size() > kMaxCollateralSize) {
    return endorsement_error(Code::too_large, "the document is larger than 16 MiB");
  }
  if (pem::looks_like(file)) {
    return add_pem(to, file);
  }
  if (thim::looks_like(file)) {
    CUPEL_TRY(const thim::Certificates found, thim::parse(as_text(file), kWhere));
    for (const ByteVector& der : found.ders) {
      CUPEL_TRY([[maybe_unused]] auto added, add_certificate(to, der));
    }
    return Unit{};
  }
  // Both are exact, so no document is a certificate and a CRL.
  if (crypto::Certificate::from_der(file, kWhere)) {
    return add_certificate(to, file);
  }
  if (auto crl = crypto::Crl::from_der(file, kWhere); crl || crl.error().code == Code::too_large) {
    return add_crl(to, file);
  }
  return endorsement_error(Code::bad_encoding,
                           "neither PEM, nor THIM JSON, nor a certificate or CRL in DER");
}

}  // namespace

// All of a file or nothing of it.
Result<Unit> add_endorsement(Endorsements& endorsements, Bytes file) {
  Endorsements grown = endorsements;
  CUPEL_TRY([[maybe_unused]] auto added, add_document(grown, file));
  endorsements = std::move(grown);
  return Unit{};
}

Result<Unit> add_answer(Endorsements& endorsements, const CollateralRequest& request,
                        ByteVector document) {
  const std::string where = "collateral." + request.kind;
  const bool wants_certificate = request.kind == "certificate";
  if (!wants_certificate && request.kind != "crl") {
    if (!endorsements.items.emplace(request.kind, std::move(document)).second) {
      return Error{Code::duplicate_field, where, kNoOffset, "asked for twice"};
    }
    return Unit{};
  }
  Endorsements answer;
  auto added = add_endorsement(answer, document);
  const bool fits = added.ok() && (wants_certificate ? answer.crls : answer.certificates).empty();
  if (!fits) {
    return Error{Code::collateral_mismatch, where, kNoOffset,
                 "the document for " + request.cache_key + " is no " +
                     (wants_certificate ? "certificate" : "CRL")};
  }
  // Two requests may lead to one document; that is no fault of either.
  for (const ByteVector& der : answer.certificates) {
    CUPEL_TRY([[maybe_unused]] auto added_one,
              unless_known(add_once(endorsements.certificates, der, "certificate")));
  }
  for (const ByteVector& der : answer.crls) {
    CUPEL_TRY([[maybe_unused]] auto added_one,
              unless_known(add_once(endorsements.crls, der, "CRL")));
  }
  return Unit{};
}

}  // namespace cupel

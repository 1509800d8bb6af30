// Telling endorsements apart by content: PEM, DER certificates and CRLs, host caches, JSON
// documents, and what a family knows of its own.
#include "endorsement.hpp"

#include <algorithm>
#include <array>
#include <cupel/collateral.hpp>

#include "codec/json.hpp"
#include "codec/pem.hpp"
#include "codec/thim.hpp"
#include "crypto/x509.hpp"
#include "family.hpp"

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

// JSON documents are items: told apart by the member that only their kind has.
// False: of no kind that is known here.
Result<bool> add_json(Endorsements& to, Bytes file) {
  CUPEL_TRY(const json::Value document, json::parse(as_text(file), kWhere));
  struct Kind {
    std::string_view member;
    std::string_view item;
  };
  constexpr std::array kKinds = {Kind{"keys", "jwks"}};
  for (const Kind& kind : kKinds) {
    if (document.find(kind.member) == nullptr) {
      continue;
    }
    if (!to.items.emplace(std::string(kind.item), to_vector(file)).second) {
      return endorsement_error(Code::duplicate_field,
                               "a second document of the kind " + std::string(kind.item));
    }
    return true;
  }
  return false;
}

bool looks_like_json(Bytes file) {
  const std::string_view text = as_text(file);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
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
  if (looks_like_json(file)) {
    CUPEL_TRY(const bool taken, add_json(to, file));
    if (taken) {
      return Unit{};
    }
  }
  // Both are exact, so no document is a certificate and a CRL.
  if (crypto::Certificate::from_der(file, kWhere)) {
    return add_certificate(to, file);
  }
  if (auto crl = crypto::Crl::from_der(file, kWhere); crl || crl.error().code == Code::too_large) {
    return add_crl(to, file);
  }
  // What is left are forms of one vendor's own.
  for (const Family* family : registry()) {
    if (family->take_endorsement != nullptr) {
      CUPEL_TRY(const bool taken, family->take_endorsement(to, file));
      if (taken) {
        return Unit{};
      }
    }
  }
  return endorsement_error(
      Code::bad_encoding,
      "neither PEM, nor a certificate or CRL in DER, nor a known JSON document");
}

}  // namespace

// All of a file or nothing of it. Two files may bring one certificate, as the issuer chains of
// Intel's documents do; two documents of one kind would leave the choice to their order.
Result<Unit> add_endorsement(Endorsements& endorsements, Bytes file) {
  Endorsements found;
  CUPEL_TRY([[maybe_unused]] auto read, add_document(found, file));
  Endorsements grown = endorsements;
  for (const ByteVector& der : found.certificates) {
    CUPEL_TRY([[maybe_unused]] auto added,
              unless_known(add_once(grown.certificates, der, "certificate")));
  }
  for (const ByteVector& der : found.crls) {
    CUPEL_TRY([[maybe_unused]] auto added, unless_known(add_once(grown.crls, der, "CRL")));
  }
  for (auto& [kind, document] : found.items) {
    const auto [place, added] = grown.items.emplace(kind, document);
    if (!added && place->second != document) {
      return endorsement_error(Code::duplicate_field, "a second document of kind " + kind);
    }
  }
  endorsements = std::move(grown);
  return Unit{};
}

}  // namespace cupel

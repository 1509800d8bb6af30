// Whether what a source answered is what was asked for.
#include <cupel/collateral.hpp>

#include "collateral/sources.hpp"

namespace cupel {

Result<Unit> add_issuer_chain(Endorsements& endorsements, const CollateralRequest& request,
                              std::string_view chain) {
  Endorsements answer;
  const auto read = add_endorsement(answer, as_bytes(chain));
  if (!read || answer.certificates.empty() || !answer.crls.empty() || !answer.items.empty()) {
    return Error{Code::collateral_mismatch, "collateral." + request.kind, kNoOffset,
                 "the issuers of " + request.cache_key + " are no certificates"};
  }
  return add_endorsement(endorsements, as_bytes(chain));
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
  const auto added = add_endorsement(answer, document);
  const auto& wanted = wants_certificate ? answer.certificates : answer.crls;
  const auto& other = wants_certificate ? answer.crls : answer.certificates;
  if (!added || wanted.empty() || !other.empty() || !answer.items.empty()) {
    return Error{Code::collateral_mismatch, where, kNoOffset,
                 "the document for " + request.cache_key + " is no " +
                     (wants_certificate ? "certificate" : "CRL")};
  }
  return add_endorsement(endorsements, document);
}

}  // namespace cupel

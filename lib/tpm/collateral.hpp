// Requests for collateral, as data.
#pragma once

#include <cupel/collateral.hpp>
#include <cupel/tpm.hpp>
#include <vector>

namespace cupel::tpm {

/// The known root's certificate, when the evidence leads to one and does not bring it, and the
/// root's CRL. Errors: those of parse_evidence(); bad_certificate at "tpm.ak_certificate[i]".
Result<std::vector<CollateralRequest>> needed(Bytes evidence);

}  // namespace cupel::tpm

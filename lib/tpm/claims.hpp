// The parts from which claims(…) and evaluate() put their sets together.
#pragma once

#include <cupel/tpm.hpp>
#include <span>

namespace cupel::tpm {

std::span<const ClaimDef> claim_definitions();

/// Everything a verified quote says by itself.
void add_quote_claims(ClaimsBuilder& builder, const Verified<Quote>& quote);

}  // namespace cupel::tpm

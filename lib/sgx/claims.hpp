// The parts from which claims(…) and evaluate() put their sets together.
#pragma once

#include <cupel/sgx.hpp>
#include <span>

namespace cupel::sgx {

std::span<const ClaimDef> claim_definitions();

/// Everything a verified quote says by itself.
void add_quote_claims(ClaimsBuilder& builder, const Verified<Quote>& quote);

}  // namespace cupel::sgx

// The parts from which claims(…) and evaluate() put their sets together.
#pragma once

#include <cupel/hcl.hpp>
#include <span>

namespace cupel::hcl {

/// hcl.*, and the tables of the families whose evidence is inside.
std::span<const ClaimDef> claim_definitions();

/// A set begun with the hardware's and the runtime data's claims.
ClaimsBuilder begin_claims(const Verified<snp::Report>& hardware,
                           const Verified<RuntimeData>& runtime_data);
ClaimsBuilder begin_claims(const Verified<tdx::Quote>& hardware,
                           const Verified<RuntimeData>& runtime_data);
void add_quote(ClaimsBuilder& builder, const Verified<snp::Report>& hardware,
               const Verified<tpm::Quote>& quote);
void add_quote(ClaimsBuilder& builder, const Verified<tdx::Quote>& hardware,
               const Verified<tpm::Quote>& quote);

}  // namespace cupel::hcl

// The parts from which claims(…) and evaluate() put their sets together.
#pragma once

#include <cupel/tdx.hpp>
#include <span>

namespace cupel::tdx {

std::span<const ClaimDef> claim_definitions();

/// tdx.* and dcap.*: everything a verified quote says by itself.
void add_quote_claims(ClaimsBuilder& builder, const Verified<Quote>& quote);

/// common.debug, common.tee_class, common.tcb_status.
void add_common_claims(ClaimsBuilder& builder, const Verified<Quote>& quote);

/// A set of this family, begun with all of these.
ClaimsBuilder begin_claims(const Verified<Quote>& quote);

/// What a replayed log adds.
void add_log_claims(ClaimsBuilder& builder, const Verified<BootLog>& log);

}  // namespace cupel::tdx

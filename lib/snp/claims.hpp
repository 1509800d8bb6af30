// The parts from which claims(…) and evaluate() put their sets together.
#pragma once

#include <cupel/snp.hpp>
#include <span>

namespace cupel::snp {

std::span<const ClaimDef> claim_definitions();

/// snp.*: everything a verified report says by itself.
void add_report_claims(ClaimsBuilder& builder, const Verified<Report>& report);

/// snp.uvm.*, of an endorsement that verify_uvm() gave.
void add_uvm_claims(ClaimsBuilder& builder, const Verified<uvm::Endorsement>& endorsement);

/// snp.runtime.*: members of runtime data that binds() has tied to the report; nothing when they
/// are no JSON object. Then common.bound_data is the nonce in them. Errors: bad_encoding,
/// bad_length at "snp.runtime_data.<member>"; snp-14.
Result<Unit> add_runtime_claims(ClaimsBuilder& builder, Bytes runtime_data);

/// common.debug, common.tee_class, common.tcb_status.
void add_common_claims(ClaimsBuilder& builder, const Verified<Report>& report);

}  // namespace cupel::snp

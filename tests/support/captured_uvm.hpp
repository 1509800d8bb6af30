// Captured endorsements of utility VMs, mapped into our own form (support/captured.hpp). An
// endorsement is no evidence: what verification says of it is written as claims named "uvm.…".
#pragma once

#include <cupel/claims.hpp>
#include <cupel/trust.hpp>
#include <filesystem>

#include "support/case.hpp"

namespace cupel::testing {

/// What cases of endorsements have for a family.
inline constexpr std::string_view kUvm = "uvm";

/// The cases of <root>/uvm, named "captured/uvm/…".
Result<std::vector<Folder>> captured_uvm_cases(const std::filesystem::path& root);

/// What Microsoft's word is, as claims. Errors: as uvm::parse and uvm::verify.
Result<Claims> evaluate_uvm(Bytes endorsement, const VerifyContext& context);

}  // namespace cupel::testing

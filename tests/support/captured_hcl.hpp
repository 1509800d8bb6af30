// Captured evidence of Azure confidential VMs, mapped into our own form (support/captured.hpp).
#pragma once

#include <filesystem>

#include "support/case.hpp"

namespace cupel::testing {

/// The cases of <root>/azure that hold an HCL report, named "captured/hcl/…".
Result<std::vector<Folder>> captured_hcl_cases(const std::filesystem::path& root);

}  // namespace cupel::testing

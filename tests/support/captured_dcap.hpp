// Captured SGX and TDX quotes in the form of our own cases.
#pragma once

#include <filesystem>
#include <vector>

#include "support/case.hpp"

namespace cupel::testing {

/// The cases of <root>/sgx and <root>/tdx, named "captured/sgx/…"; each also at the times at which
/// its collection says that it has expired or is not yet valid, and buffers with padding also as
/// they came. Errors: when a folder is there but cannot be understood.
Result<std::vector<Folder>> captured_dcap_cases(const std::filesystem::path& root);

}  // namespace cupel::testing

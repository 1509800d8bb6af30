// Captured tokens of Azure Attestation, mapped to our own form.
#pragma once

#include <filesystem>
#include <vector>

#include "support/case.hpp"

namespace cupel::testing {

/// The cases of <root>/tokens that are tokens of Azure Attestation, or that must not pass for one;
/// named "captured/maa/…". Empty when the folder is absent.
Result<std::vector<Folder>> captured_maa_cases(const std::filesystem::path& root);

}  // namespace cupel::testing

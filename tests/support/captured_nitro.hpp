// Captured Nitro documents, mapped into our own form (support/captured.hpp).
#pragma once

#include <filesystem>

#include "support/case.hpp"

namespace cupel::testing {

/// The cases of <root>/nitro, and the Nitro documents in certificates of <root>/ratls, named
/// "captured/nitro/…".
Result<std::vector<Folder>> captured_nitro_cases(const std::filesystem::path& root);

}  // namespace cupel::testing

// Evidence captured on real machines, in the form of our own cases. The collection's keys differ a
// little between families; this is the one place that maps them.
#pragma once

#include <filesystem>
#include <vector>

#include "support/case.hpp"

namespace cupel::testing {

/// The cases of <root>/tpm, named "captured/tpm/…"; empty when the folder is absent. Errors: when a
/// folder is there but cannot be understood.
Result<std::vector<Folder>> captured_cases(const std::filesystem::path& root);

}  // namespace cupel::testing

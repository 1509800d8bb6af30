// Captured SEV-SNP reports, mapped into our own form (support/captured.hpp).
#pragma once

#include <filesystem>

#include "codec/json.hpp"
#include "support/case.hpp"

namespace cupel::testing {

/// The cases of <root>/snp and the confidential containers of <root>/azure, named "captured/snp/…".
Result<std::vector<Folder>> captured_snp_cases(const std::filesystem::path& root);

/// The claims that the collection's account of a report (`expected`) says.
json::Object snp_claims(const json::Value& expected);

}  // namespace cupel::testing

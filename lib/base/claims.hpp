// The claims that exist in every family, and the lookup of indexed names.
#pragma once

#include <cupel/claims.hpp>
#include <optional>
#include <span>
#include <string_view>

namespace cupel {

/// `common.*`
std::span<const ClaimDef> common_claims();

/// Whether `def` covers `name`: equal, or its stem and a canonical index below `indices`, or, for
/// an open one, its stem and any path.
bool covers(const ClaimDef& def, std::string_view name);

/// The index at the end of an indexed claim's name ("tpm.pcr.sha256.7" → 7), if `def` covers it.
std::optional<unsigned> index_of(const ClaimDef& def, std::string_view name);

}  // namespace cupel

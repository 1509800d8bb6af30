// What the makers of policies share.
#pragma once

#include <cupel/make_policy.hpp>
#include <string>
#include <vector>

#include "codec/json.hpp"

namespace cupel::making {

/// "made by cupel 0.1.0 at 2024-01-01T00:00:00Z from template.json (SHA-256 …)".
std::string provenance(const MadeFrom& from);

/// The policy as text with comments: `comment` for all of it, and one for each alternative where
/// there is one. Errors: those of load_policy() for the text, so that a policy that would not load
/// is never given out.
Result<std::string> written(const Policy& policy, const std::string& comment,
                            const std::vector<std::string>& per_alternative);

/// The text, if load_policy() reads it as a policy.
Result<std::string> readable(const json::Value& document, const std::string& name);

}  // namespace cupel::making

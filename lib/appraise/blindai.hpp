// BlindAI's manifest.toml, which its client trusts enclaves by.
#pragma once

#include <cupel/policy.hpp>

#include "codec/json.hpp"

namespace cupel::blindai {

/// Whether a policy file that is no JSON looks like a manifest. A hint; the reader decides.
bool looks_like_manifest(std::string_view text);

/// The manifest's eight members as one alternative. All of them are required, and no other may be
/// there. Errors: bad_policy at "<file>: <member>".
Result<Alternative> manifest(std::string_view text, const std::string& file);

}  // namespace cupel::blindai

// Release policies of Azure Key Vault and Managed HSM, and the importer's configuration files.
#pragma once

#include <cupel/policy.hpp>
#include <cupel/result.hpp>
#include <string>
#include <vector>

#include "codec/json.hpp"

namespace cupel::key_release {

/// An object with "anyOf"; or the stored form, with "contentType" and "data".
bool looks_like_policy(const json::Value& document);
/// An object with "key" and "claims".
bool looks_like_import_config(const json::Value& document);

/// {"version": "1.0.0", "anyOf": [{"authority": "https://…", "allOf": […]}, …]}. A condition is a
/// claim with one operator (equals, notEquals, less, lessOrEquals, greater, greaterOrEquals,
/// exists), or anyOf or allOf of conditions. A missing claim makes a condition false. Values may be
/// texts: "true" means true, "5" means 5, unless the claim is a text.
/// Each way to satisfy it is an alternative; at most 64. Errors: bad_policy at "<file>: <path>".
Result<std::vector<Alternative>> policy(const json::Value& document, const std::string& file);

/// {"key": {…, "authority": {"endpoint": …}}, "claims": [[{"claim", "equals"}, …], …]}: any of the
/// lists, all of its claims. `equals` is a text. Errors: the same.
Result<std::vector<Alternative>> import_config(const json::Value& document,
                                               const std::string& file);

}  // namespace cupel::key_release

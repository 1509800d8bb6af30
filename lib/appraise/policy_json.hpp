// Cupel's own JSON form of a policy (version 1), read strictly.
#pragma once

#include <cupel/policy.hpp>
#include <cupel/result.hpp>
#include <initializer_list>
#include <string>
#include <string_view>

#include "codec/json.hpp"

namespace cupel {

/// An error in a policy file; `check` holds the id that lint() gives it.
Error policy_error(std::string where, std::string detail,
                   std::string lint_id = "lint-does-not-load");

/// Refuses a value that is no object, and members that are not among `keys`.
Result<const json::Object*> exact_object(const json::Value& value, const std::string& file,
                                         const std::string& path,
                                         std::initializer_list<std::string_view> keys);

/// Structure and value types; the rules of policy_rules.hpp are judged by the caller.
/// Errors: bad_policy at "<file>: <path>".
Result<Policy> policy_from_json(const json::Value& document, const std::string& file);

}  // namespace cupel

// Reading policy files, for load_policy() and lint().
#pragma once

#include <cupel/policy.hpp>
#include <cupel/result.hpp>
#include <span>
#include <string>

namespace cupel {

/// The policy that the files say, before the rules of policy_rules.hpp are judged. The `check` of
/// an error is the id that lint() gives it. Errors: as load_policy().
Result<Policy> read_policy(std::span<const PolicyFile> files);

/// The files' names for an error that concerns all of them.
std::string names_of(std::span<const PolicyFile> files);

}  // namespace cupel

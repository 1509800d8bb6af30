// One requirement against one value.
#pragma once

#include <cupel/claims.hpp>
#include <cupel/policy.hpp>
#include <string>

namespace cupel {

/// Whether the value is one that the requirement accepts. Values of another type than the rule's
/// never are; bytes are compared in constant time.
bool holds(const Requirement& requirement, const ClaimValue& value, UnixTime now);

/// What the requirement accepts, for reports. Several values are separated by " | ".
std::string expectation(const Requirement& requirement);

}  // namespace cupel

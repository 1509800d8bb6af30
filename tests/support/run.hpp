// Runs a case through the C++ interface.
#pragma once

#include <cupel/claims.hpp>
#include <cupel/collateral.hpp>
#include <optional>
#include <string>
#include <vector>

#include "support/case.hpp"

namespace cupel::testing {

/// What came of a case, in the words of an Expectation.
struct Got {
  Expectation outcome;
  std::optional<Claims> claims;  ///< when the evidence was authentic
};

/// The files that came beside the evidence, sorted. Errors: as add_endorsement.
Result<Endorsements> endorsements_of(const Case& c);

/// As cupel::evaluate; endorsements of utility VMs too, which are no evidence.
Result<Claims> evaluate_case(const Case& c, Bytes evidence, const Endorsements& endorsements,
                             const VerifyContext& context);

/// Loads the policy, parses, verifies and appraises, and stops where a caller would.
Got run(const Case& c);

/// How the outcome differs from what the case expects; empty when it does not.
std::vector<std::string> differences(const Case& c, const Got& got);

}  // namespace cupel::testing

// Values of policies for tokens, from files that others write: which claim is meant, and which of
// its values.
#pragma once

#include <cupel/policy.hpp>
#include <cupel/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.hpp"

namespace cupel::token_values {

/// How a file writes values.
enum class Written : std::uint8_t {
  typed,  ///< true is no text, 5 is no text
  texts,  ///< "true" and "5" are texts that may mean a flag and a number
};

/// "maa." and the path, for a path with dots between names. Errors: bad_policy at `where` for what
/// is no such path.
Result<std::string> claim_of_path(std::string_view dotted, const std::string& where);

/// The values of the claim that a file's value can mean: one, or, for a text about a claim whose
/// type nobody documents, one of each type it can be read as.
/// Errors: bad_policy at `where` when no value of the claim is meant.
Result<std::vector<ClaimValue>> values(const std::string& claim, const json::Value& value,
                                       Written written, const std::string& where);

/// A whole number that a file's value means, for comparisons. Errors: bad_policy at `where`.
Result<std::uint64_t> number(const std::string& claim, const json::Value& value,
                             const std::string& where);

/// `equals` with one value, `one_of` with several.
Requirement requirement(std::string claim, std::vector<ClaimValue> values);

/// Adds a rule to rules that must all hold, so that there is one of each kind for each claim: two
/// that speak of one thing become the stricter. Errors: bad_policy at `where` when both cannot
/// hold.
Result<Unit> add(std::vector<Requirement>& rules, Requirement rule, const std::string& where);

/// The file's own name without its folder, for labels.
std::string label_of(const std::string& file);

}  // namespace cupel::token_values

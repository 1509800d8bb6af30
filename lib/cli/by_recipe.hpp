// Why a check of a policy failed, by a recipe that says how the expected value came about.
#pragma once

#include <cupel/measure/recipe.hpp>
#include <cupel/verdict.hpp>
#include <string>
#include <vector>

#include "codec/json.hpp"

namespace cupel::cli {

struct NamedRecipe {
  std::string file;
  measure::Recipe recipe;
};
/// Errors: invalid_argument at "--recipe": a recipe that cannot be read is the caller's mistake.
Result<std::vector<NamedRecipe>> load_recipes(const std::vector<std::string>& files);

/// One failed check whose claim a recipe computes.
struct ByRecipe {
  std::string recipe;  ///< its file
  std::string claim;
  std::string value;                             ///< the recipe's name for it, "pcr4"
  bool same_as_recipe = false;                   ///< the recipe gives what the evidence has
  std::vector<std::string> changes = {};         ///< each alone would give what the evidence has
  std::vector<std::string> missing_inputs = {};  ///< changes that need them were not tried

  /// "tpm.pcr.sha256.4 (pcr4): matches if: without kernel (.linux)"; one line a change.
  std::vector<std::string> lines() const;
  json::Value json() const;
};

/// For each failed check and each recipe that computes its claim: what single change of the recipe
/// would give the value that the evidence has. An explanation is help for people; it changes no
/// verdict. Errors: those of measure::explain().
Result<std::vector<ByRecipe>> explain_by_recipes(const Verdict& verdict,
                                                 const std::vector<NamedRecipe>& recipes);

}  // namespace cupel::cli

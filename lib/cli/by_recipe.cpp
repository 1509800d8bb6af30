#include "cli/by_recipe.hpp"

#include <algorithm>
#include <cupel/measure/kinds.hpp>
#include <set>

#include "base/hex.hpp"
#include "cli/common.hpp"

namespace cupel::cli {
namespace {

using measure::RecipeValue;

// The recipe's values for a claim. PCR 11 has several, one for each phase of the start, and no
// claim: there the value that the policy demanded tells which one is meant.
std::vector<const RecipeValue*> values_for(const measure::Recipe& recipe, const Check& check) {
  std::vector<const RecipeValue*> out;
  for (const RecipeValue& value : recipe.values) {
    const bool meant = value.claim.empty()
                           ? check.expected.find(to_hex(value.value)) != std::string::npos
                           : value.claim == check.claim;
    if (meant) {
      out.push_back(&value);
    }
  }
  return out;
}

Result<Unit> find_changes(ByRecipe& out, const measure::Recipe& recipe,
                          const std::vector<const RecipeValue*>& meant, const ByteVector& actual) {
  const auto is_actual = [&](const RecipeValue* value) { return value->value == actual; };
  const auto same = std::find_if(meant.begin(), meant.end(), is_actual);
  if (same != meant.end()) {
    out.value = (*same)->name;
    out.same_as_recipe = true;
    return Unit{};
  }
  for (const RecipeValue* value : meant) {
    if (value->value.size() != actual.size()) {
      continue;
    }
    CUPEL_TRY(const auto found,
              measure::explain_from_files(recipe, actual, out.missing_inputs, {.of = value->name}));
    for (const measure::Explanation& one : found) {
      if (std::find(out.changes.begin(), out.changes.end(), one.change) == out.changes.end()) {
        out.changes.push_back(one.change);
      }
    }
  }
  return Unit{};
}

}  // namespace

std::vector<std::string> ByRecipe::lines() const {
  const std::string head = claim + " (" + value + "): ";
  if (same_as_recipe) {
    return {head + "the evidence has what the recipe gives; the policy demands something else"};
  }
  std::vector<std::string> out;
  for (const std::string& change : changes) {
    out.push_back(head + "matches if: " + change);
  }
  if (out.empty()) {
    out.push_back(head + "no single change explains it");
  }
  for (const std::string& name : missing_inputs) {
    out.push_back(head + name +
                  " is not there, or is another file than the recipe's; changes that need it were "
                  "not tried");
  }
  return out;
}

json::Value ByRecipe::json() const {
  return json::Object{{"recipe", recipe},
                      {"claim", claim},
                      {"value", value},
                      {"same_as_recipe", same_as_recipe},
                      {"matches", strings(changes)},
                      {"missing_inputs", strings(missing_inputs)}};
}

Result<std::vector<NamedRecipe>> load_recipes(const std::vector<std::string>& files) {
  std::vector<NamedRecipe> out;
  for (const std::string& file : files) {
    auto recipe = measure::read_recipe(file);
    if (!recipe) {
      return Error{Code::invalid_argument, "--recipe", recipe.error().offset,
                   file + ": " + to_string(recipe.error())};
    }
    out.push_back({file, std::move(recipe).value()});
  }
  return out;
}

Result<std::vector<ByRecipe>> explain_by_recipes(const Verdict& verdict,
                                                 const std::vector<NamedRecipe>& recipes) {
  std::vector<ByRecipe> out;
  for (const auto& [file, recipe] : recipes) {
    std::set<std::string> done;  // several rules may have failed for one claim
    for (const Check& check : verdict.checks()) {
      const Claim* claim = check.passed ? nullptr : verdict.claims().find(check.claim);
      const auto* actual = claim == nullptr ? nullptr : std::get_if<ByteVector>(&claim->value);
      if (actual == nullptr) {
        continue;
      }
      const std::vector<const RecipeValue*> meant = values_for(recipe, check);
      if (!meant.empty() && done.insert(check.claim).second) {
        ByRecipe one{.recipe = file, .claim = check.claim, .value = meant.front()->name};
        CUPEL_TRY(std::ignore, find_changes(one, recipe, meant, *actual));
        out.push_back(std::move(one));
      }
    }
  }
  return out;
}

}  // namespace cupel::cli

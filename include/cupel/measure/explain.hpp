// Why evidence says something else than a recipe: which single change of what went in would give
// the value that was found.
#pragma once

#include <cupel/measure/recipe.hpp>
#include <functional>
#include <optional>

namespace cupel::measure {

struct Explanation {
  std::string value;   ///< name of the value that would become the one found
  std::string change;  ///< "without kernel (.linux)", "8 vCPUs instead of 4"
};

/// Brings an input's bytes again. What it brings must have the recipe's size and SHA-256.
using InputLoader = std::function<Result<ByteVector>(const RecipeInput&)>;

/// Tries single changes: for registers, each event left out, doubled or exchanged with the next,
/// and an earlier boot attempt; for the kinds that can be computed again (uki, snp, tdx, pcr15,
/// hostdata, verity), each parameter's likely other values. Every explanation, and none when no
/// single change gives the value. An input that cannot be brought is passed over; `missing` names
/// it. Errors: invalid_argument at "measure.explain" (the recipe has that value already, or none of
/// that length).
Result<std::vector<Explanation>> explain(const Recipe& recipe, Bytes found, const InputLoader& load,
                                         std::vector<std::string>& missing);

}  // namespace cupel::measure

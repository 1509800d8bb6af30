// What every computation of a reference value answers with: the values, and how they came about.
#pragma once

#include <cupel/measure/source.hpp>
#include <string>
#include <utility>
#include <vector>

namespace cupel::measure {

/// A file that went in.
struct RecipeInput {
  std::string role;  ///< "image", "kernel", "ovmf"
  std::string name;  ///< as it was given
  std::uint64_t size = 0;
  Sha256Digest sha256 = {};
};

/// One step that was hashed into a value: a register was extended, a page was added.
struct RecipeEvent {
  std::string into;  ///< the value it went into, "pcr4"
  std::string what;  ///< for people and for explain(), "kernel (.linux)"
  ByteVector digest;
};

struct RecipeValue {
  std::string name;       ///< "root_hash", "pcr0", "measurement"
  std::string algorithm;  ///< "sha256"; empty for what is no digest
  ByteVector value;
  std::string claim = {};  ///< the claim that evidence carries it in, or empty
};

struct Recipe {
  std::string kind;  ///< "verity", "eif", …
  std::vector<RecipeInput> inputs = {};
  std::vector<std::pair<std::string, std::string>> parameters = {};
  std::vector<RecipeEvent> events = {};
  std::vector<RecipeValue> values = {};
  std::vector<std::string> notes = {};  ///< what the values do not say, one sentence each

  /// The value with this name, or nullptr.
  const RecipeValue* value(std::string_view name) const noexcept;
  /// The parameter with this name, or empty.
  std::string parameter(std::string_view name) const;
};

/// A file's entry for the list of inputs.
RecipeInput recipe_input(std::string role, std::string name, Bytes content);
/// The same for what does not fit into memory. Errors: the source's.
Result<RecipeInput> recipe_input(std::string role, std::string name, const Source& source);

/// One JSON object, "schema": "cupel.recipe/1".
std::string to_json(const Recipe& recipe);
/// Errors: those of strict JSON, unsupported_version, missing_field, unknown_field, bad_encoding,
/// duplicate_field (two values of one name), too_large (more than 2000 events or 256 values) at
/// "recipe…".
Result<Recipe> parse_recipe(std::string_view text);

/// The values that evidence carries, as a policy file that demands them: claims of one family.
/// Empty when there are none.
std::string policy_fragment(const Recipe& recipe);

}  // namespace cupel::measure

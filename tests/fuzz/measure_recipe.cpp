// Target: cupel::measure::parse_recipe, explain
// Max input: 16 KiB     Seeds: recipes of several kinds
// Property: what is read is written and read again as the same; explaining it, with inputs that are
//           nothing of the kind, ends.
#include <cstddef>
#include <cstdint>
#include <cupel/measure/explain.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cupel;
  const auto recipe = measure::parse_recipe(as_text(Bytes(data, size)));
  if (!recipe.ok()) {
    return 0;
  }
  const std::string text = measure::to_json(*recipe);
  const auto again = measure::parse_recipe(text);
  if (!again.ok() || measure::to_json(*again) != text) {
    __builtin_trap();
  }
  // Inputs of up to a page are brought, as what their digest says: then a recipe is computed again.
  const ByteVector page(4096, 0x5a);
  const auto bring =
      [&](const measure::RecipeInput& input) -> Result<std::shared_ptr<const measure::Source>> {
    if (input.size > page.size()) {
      return Error{Code::invalid_argument, input.name};
    }
    const Bytes content = Bytes(page).first(static_cast<std::size_t>(input.size));
    return measure::loaded_input(to_vector(content));
  };
  measure::Recipe brought = *recipe;
  for (measure::RecipeInput& input : brought.inputs) {
    if (input.size <= page.size()) {
      input.sha256 =
          measure::recipe_input("", "", Bytes(page).first(static_cast<std::size_t>(input.size)))
              .sha256;
    }
  }
  for (const measure::RecipeValue& value : recipe->values) {
    ByteVector found = value.value;
    if (!found.empty()) {
      found.front() ^= 1U;
      std::vector<std::string> missing;
      const auto explained = measure::explain(brought, found, bring, missing);
      if (explained.ok() && missing.size() > recipe->inputs.size() * 8) {
        __builtin_trap();
      }
    }
  }
  return 0;
}

// Target: cupel::measure::parse_recipe, explain
// Max input: 16 KiB     Seeds: recipes of several kinds
// Property: what is read is written and read again as the same; explaining it touches no file.
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
  const measure::InputLoader none = [](const measure::RecipeInput& input) -> Result<ByteVector> {
    return Error{Code::invalid_argument, input.name};
  };
  for (const measure::RecipeValue& value : recipe->values) {
    ByteVector found = value.value;
    if (!found.empty()) {
      found.front() ^= 1U;
      std::vector<std::string> missing;
      const auto explained = measure::explain(*recipe, found, none, missing);
      if (explained.ok() && missing.size() > recipe->inputs.size() * 8) {
        __builtin_trap();
      }
    }
  }
  return 0;
}

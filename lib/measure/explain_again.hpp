// Computing a recipe again with one parameter changed.
#pragma once

#include <cupel/measure/explain.hpp>

namespace cupel::measure {

class Again {
 public:
  Again(const Recipe& recipe, Bytes wanted, const InputLoader& load, const ExplainOptions& options)
      : recipe_(recipe), wanted_(wanted), load_(load), options_(options) {}
  void run();
  const std::vector<Explanation>& found() const noexcept { return found_; }
  const std::vector<std::string>& missing() const noexcept { return missing_; }

 private:
  /// Notes the values of a computation that are the wanted one, and that the recipe has otherwise.
  void offer(const Result<Recipe>& other, const std::string& change);
  /// The same for one value.
  void offer(std::string_view name, Bytes value, const std::string& change);
  /// An input as it was; nothing if it cannot be brought, or is another file now.
  std::shared_ptr<const Source> source(const RecipeInput& entry);
  std::optional<ByteVector> content(const RecipeInput& entry);
  /// The input with this role.
  std::optional<ByteVector> input(std::string_view role);
  bool flag(std::string_view parameter) const { return recipe_.parameter(parameter) == "true"; }
  std::uint64_t number(std::string_view parameter) const;

  void uki();         // explain_boot.cpp
  void secureboot();  // explain_boot.cpp
  void snp();         // explain_launch.cpp
  void tdx();         // explain_launch.cpp
  void td_hobs();     // explain_launch.cpp
  void eif();
  void pcr15();
  void hostdata();
  void verity();  // explain_verity.cpp

  const Recipe& recipe_;
  Bytes wanted_;
  const InputLoader& load_;
  const ExplainOptions& options_;
  std::vector<Explanation> found_;
  std::vector<std::string> missing_;
};

/// Without blanks at either end.
std::string trimmed(const std::string& text);

}  // namespace cupel::measure

// Computing a recipe again with one parameter changed.
#pragma once

#include <cupel/measure/explain.hpp>

namespace cupel::measure {

class Again {
 public:
  Again(const Recipe& recipe, Bytes wanted, const InputLoader& load)
      : recipe_(recipe), wanted_(wanted), load_(load) {}
  void run();
  const std::vector<Explanation>& found() const noexcept { return found_; }
  const std::vector<std::string>& missing() const noexcept { return missing_; }

 private:
  /// Notes the values of a computation that are the wanted one.
  void offer(const Result<Recipe>& other, const std::string& change);
  /// The input with this role; nothing if it cannot be brought, or is another file now.
  std::optional<ByteVector> input(std::string_view role);
  std::uint64_t number(std::string_view parameter) const;
  void uki();
  void snp();
  void pcr15();
  void hostdata();
  void verity();
  void tdx();

  const Recipe& recipe_;
  Bytes wanted_;
  const InputLoader& load_;
  std::vector<Explanation> found_;
  std::vector<std::string> missing_;
};

}  // namespace cupel::measure

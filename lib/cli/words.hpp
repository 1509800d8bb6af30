// What `cupel explain` says about the linter's findings and the codes of errors. Checks have pages
// of their own (cupel/explain.hpp).
#pragma once

#include <cupel/error.hpp>
#include <span>
#include <string_view>

namespace cupel::cli {

struct Finding {
  std::string_view id;  ///< "lint-all-zero"
  std::string_view meaning;
  std::string_view remedy;
};
/// Every id that `cupel policy lint` can print, sorted.
std::span<const Finding> lint_findings();

struct CodeMeaning {
  Code code;
  std::string_view meaning;
};
/// Every code that an error can have, in their order.
std::span<const CodeMeaning> code_meanings();

}  // namespace cupel::cli

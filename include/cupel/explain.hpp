// Every check has a page: what it means, why it matters, what it does not prove, how to mend it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cupel {

struct CheckInfo {
  std::string_view id;          ///< "tpm-05"
  std::string_view title;       ///< what is checked, in one line
  std::string_view source;      ///< document, revision, section
  std::string_view meaning;     ///< what passing it says
  std::string_view why;         ///< what an attacker could do without it
  std::string_view not_proved;  ///< what passing it does not say
  std::string_view causes;      ///< likely causes of a failure
  std::string_view remedy;      ///< what to do then
};

/// All checks of all families, of appraisal and of the session, sorted by id.
std::vector<CheckInfo> all_checks();

/// The page of one check, or nullptr.
const CheckInfo* find_check(std::string_view id);

/// The page as text for a terminal.
std::string explain(const CheckInfo& check);

}  // namespace cupel

// "Did you mean": the known word that a mistyped one is nearest to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cupel::cli {

/// The candidate with the fewest letters to change, add or leave out, case aside; empty when even
/// that one differs in more than a third of the word's letters (but one letter may always differ).
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// " (did you mean 'uki'?)", or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// ASCII letters in lower case, the rest as it is.
std::string lower(std::string_view text);

}  // namespace cupel::cli

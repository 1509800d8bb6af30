// Text from outside (labels, claims, file names) made fit for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cupel {

/// One line without control characters: what a terminal could act on is written as \n or \xNN.
/// Without `unicode` every byte that is not ASCII is written so; with it, well-formed UTF-8 stays,
/// but for control, zero-width and direction-changing characters.
std::string printable(std::string_view text, bool unicode);

/// Shortens every run of more than 40 hexadecimal digits to its first 16 and last 8, and what is
/// then still longer than `limit` characters in the middle.
std::string shorten(std::string_view text, std::string_view ellipsis, std::size_t limit);

}  // namespace cupel

// Numbers among a command's words.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace cupel::cli {

/// A natural number as people write it: decimal, or hexadecimal after "0x". Nothing for all else:
/// signs, blanks, a leading zero (which some read as octal), what 64 bits do not hold.
std::optional<std::uint64_t> natural(std::string_view text) noexcept;

/// Accepts only such numbers, and only those in this range. Without a word of its own in the help.
CLI::Validator natural_between(std::uint64_t least, std::uint64_t most);

/// Puts the rule above on each option of `app` and of its subcommands that takes an unsigned
/// number, and refuses empty words for the other numbers. The parser of arguments by itself reads
/// "" as 0, "-1" and 2^64 as 2^64 - 1, and "010" as 8.
void refuse_odd_numbers(CLI::App& app);

}  // namespace cupel::cli

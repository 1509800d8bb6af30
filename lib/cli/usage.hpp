// A command line that cannot be read.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace cupel::cli {

/// Says what is wrong with the arguments, in the form they ask for; the exit code. The options were
/// not read, so --json and --quiet are looked for among the words.
int usage_error(const CLI::App& app, const CLI::ParseError& error,
                const std::vector<std::string>& words);

}  // namespace cupel::cli

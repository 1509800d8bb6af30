// cupel policy make, in a file of its own.
#pragma once

#include <CLI/CLI.hpp>

namespace cupel::cli {

/// Declares `make` below `policy`.
void add_policy_make(CLI::App& policy, int& exit);

}  // namespace cupel::cli

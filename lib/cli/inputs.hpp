// Small inputs: files, pipes (`<(…)`) and standard input. What is measured is read elsewhere, and
// only from regular files, which can be read twice and watched for changes.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/policy.hpp>
#include <cupel/result.hpp>
#include <string>
#include <vector>

namespace cupel::cli {

struct Output;

/// What a file, a pipe or, for "-", standard input has, if that is no more than `limit` bytes. Only
/// one name of a command line can be "-". A pipe that nobody has open for writing is waited for
/// shortly. Errors: as read_file().
Result<ByteVector> read_input(const std::string& path, std::size_t limit);

/// Policy files, as read_input() has them. Errors: as read_file().
Result<std::vector<PolicyFile>> policy_files(const std::vector<std::string>& names);

/// As load_policy_files(), with names as read_input() has them.
Result<Policy> load_policies(const std::vector<std::string>& names);
/// The same, for use: what the linter calls an error is told on stderr. The policy holds
/// nevertheless: it accepts no more than it says.
Result<Policy> load_policies(const std::vector<std::string>& names, const Output& output,
                             UnixTime now);

}  // namespace cupel::cli

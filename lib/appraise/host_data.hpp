// Container policies of confidential Azure containers (CCE policies): what HOST_DATA must be.
#pragma once

#include <cupel/policy.hpp>
#include <cupel/result.hpp>
#include <vector>

namespace cupel::host_data {

/// Rego text, base64 of it, or an ARM template. A hint: digests() decides.
bool looks_like(Bytes content);

/// SHA-256 of each container policy in the file, as the host states it at launch.
/// Errors: bad_policy at "<file>: …".
Result<std::vector<ByteVector>> digests(const PolicyFile& file);

/// Demands in every alternative that the host stated one of these.
/// Errors: bad_policy when an alternative is of a family without host data.
Result<Policy> require(Policy policy, const std::vector<ByteVector>& digests,
                       const std::string& files);

}  // namespace cupel::host_data

// Confidential Azure Container Instances: HOST_DATA of the SNP report is the SHA-256 of the
// policy's bytes, as they are after base64.
#pragma once

#include <cupel/measure/recipe.hpp>
#include <optional>

namespace cupel::measure {

struct CcePolicy {
  std::string group;  ///< name of the container group; empty for a bare policy
  ByteVector policy;  ///< the Rego bytes
};

/// Base64 as `securitypolicydigest` takes it: standard alphabet, padding required, line breaks
/// skipped. Errors: bad_encoding, missing_field (nothing) at "measure.hostdata.policy".
Result<ByteVector> decode_cce_policy(std::string_view text);

/// The policies of an ARM template's container groups, in document order, nested deployments
/// included. A policy may be a parameter: its value is taken from the parameters file, else from
/// the template's default. Every other expression, and an empty policy, is refused. Errors: those
/// of JSON; missing_field, bad_encoding at "measure.hostdata…".
Result<std::vector<CcePolicy>> cce_policies(std::string_view template_json,
                                            const std::optional<std::string>& parameters_json);

/// One value a policy: "hostdata", or "hostdata:<group>" when there are several, and
/// "hostdata:<group>#2" and so on for groups of the same name. Only one policy gives a claim
/// (snp.host_data).
Recipe hostdata_recipe(const std::vector<CcePolicy>& policies);

}  // namespace cupel::measure

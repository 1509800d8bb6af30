// Making policies: from what operators have (build outputs, templates, measurement files) and, with
// open eyes, from evidence. Pure functions: text in, text out. What is made is read again before it
// is given out, so that nothing comes from here that load_policy() would refuse.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/claims.hpp>
#include <cupel/policy.hpp>
#include <cupel/result.hpp>
#include <cupel/time.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cupel {

/// What is said in comments about where values come from.
struct MadeFrom {
  UnixTime at;                     ///< when the policy is made
  std::vector<PolicyFile> inputs;  ///< the files it is made from: named with their SHA-256
};

// ---- container groups (ARM templates)
// ------------------------------------------------------------

/// A confidential container group, and the host data that its guest must have: the SHA-256 of the
/// decoded `ccePolicy`.
struct ContainerGroup {
  std::string name;
  Sha256Digest host_data{};
};

/// The container groups of an ARM template. A policy that is a parameter is taken from `parameters`
/// (a deployment parameters file), else from its default. An empty policy, an expression of another
/// kind, and a template without groups are refused.
/// Errors: bad_policy at "<file>: <path>".
Result<std::vector<ContainerGroup>> container_groups(const PolicyFile& arm_template,
                                                     const PolicyFile* parameters);

/// Whose tokens, and what the guest's own software must be.
struct TokenExpectation {
  std::string issuer;  ///< host or https URL of the attestation service
  std::string compliance_status = "azure-compliant-uvm";
};

/// A policy of our own form for tokens about these groups, which binds the TLS certificate that the
/// guest names in its runtime data (`certificate_hash`).
Result<std::string> make_token_policy(std::span<const ContainerGroup> groups,
                                      const TokenExpectation& expected, const MadeFrom& from);

/// A policy of our own form for SNP reports of these groups themselves.
/// Errors: invalid_argument at "family" when this build does not read such reports.
Result<std::string> make_host_data_policy(std::span<const ContainerGroup> groups,
                                          const MadeFrom& from);

/// A flat file of claims for one group. Errors: invalid_argument at "groups" for more than one.
Result<std::string> make_claim_file(std::span<const ContainerGroup> groups,
                                    const TokenExpectation& expected);

/// A key-release policy: any of the groups.
Result<std::string> make_release_policy(std::span<const ContainerGroup> groups,
                                        const TokenExpectation& expected);

/// Which key, in which vault.
struct ImportedKey {
  std::string kid;
  std::string kty = "oct-HSM";
  std::string vault;  ///< host of the vault or managed HSM
};

/// An importkeyconfig.json without bearer token: any of the groups.
Result<std::string> make_import_config(std::span<const ContainerGroup> groups,
                                       const TokenExpectation& expected, const ImportedKey& key);

// ---- files that are policies already
// -------------------------------------------------------------

/// The files as one policy of our own form, with comments: BlindLlama's files, a Nitro build
/// output, and whatever else load_policy() reads. Several policies of our own form become one that
/// accepts what any of them does. Errors: as load_policy(); invalid_argument at a file's name when
/// two alternatives have one label.
Result<std::string> make_policy(std::span<const PolicyFile> files, UnixTime at);

/// A statement for a KMS key policy that lets `principal` use the key from enclaves whose registers
/// the policy demands: one alternative of family nitro with `equals` on nitro.pcr.*.
/// Errors: invalid_argument at "principal"; bad_policy at "accept…" for what no condition can say.
Result<std::string> make_kms_statement(const Policy& policy, std::string_view principal);

// ---- evidence
// ------------------------------------------------------------------------------------

/// Trust on first use: a policy that demands what this evidence shows. Its comment says that nobody
/// compared these values with what they should be. Evidence that is open to debugging, and evidence
/// that names no software, is refused. `from.inputs` is the evidence's file.
/// Errors: invalid_argument at "evidence".
Result<std::string> make_policy_from_evidence(const Claims& claims, const MadeFrom& from);

}  // namespace cupel

// Policy: which evidence a person accepts, and what must be bound to it. It has a JSON form.
#pragma once

#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/claims.hpp>
#include <cupel/result.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cupel {

/// One rule about one claim. A claim that is missing fails every rule. A claim may have several
/// rules, each of another kind.
struct Requirement {
  enum class Op : std::uint8_t {
    equals,     ///< the one value
    one_of,     ///< any of the values
    at_least,   ///< integer or time, >= the value
    at_most,    ///< integer or time, <= the value
    present,    ///< any value
    max_age_s,  ///< time, not in the future and at most so many seconds before now
    none_of,    ///< there, of the values' type, and none of them
    subset_of,  ///< string that is a list with commas: no item but these; the empty list fits
    masked,     ///< bytes: the bits that the second value (a mask) names are those of the first
  };

  std::string claim;
  Op op;
  std::vector<ClaimValue>
      values;  ///< one for equals, at_least, at_most, max_age_s; two for masked; none for present
};

/// One value that is extended into a measurement register.
struct ReplayStep {
  enum class Kind : std::uint8_t {
    digest,     ///< the bytes given here
    claim,      ///< the bytes of a claim, as they are
    digest_of,  ///< the register's hash of a claim's bytes (of a string: its UTF-8 bytes)
  };

  Kind kind;
  ByteVector digest;  ///< for Kind::digest
  std::string claim;  ///< for the other kinds
};

/// The register must hold what these steps, extended in this order onto zeros, give. Claims that
/// merely came along with the evidence and appear in a replay that holds are bound by it.
struct Replay {
  std::string claim;  ///< the register, e.g. "tpm.pcr.sha256.15"
  std::vector<ReplayStep> steps;
};

/// Where in the evidence the service's TLS key is named.
struct TlsBinding {
  enum class Form : std::uint8_t {
    spki_sha256,         ///< 32 bytes: SHA-256 of the server key's SubjectPublicKeyInfo
    certificate_sha256,  ///< 32 bytes: SHA-256 of the server's leaf certificate (DER)
    root_ca_pem,         ///< a string: PEM of the one CA the server's certificate must chain to
  };

  std::string claim;
  std::size_t offset = 0;  ///< of the 32 bytes inside a longer bytes claim
  Form form = Form::spki_sha256;
};

/// Where in the evidence the caller's nonce must stand.
struct NonceBinding {
  std::string claim;
  std::size_t offset = 0;
};

/// One acceptable kind of service. All of it must hold.
struct Alternative {
  std::string family;
  std::string label;  ///< for reports, e.g. "release 2026.11 on Azure"
  std::vector<Requirement> require;
  std::vector<Replay> replay;
  std::optional<TlsBinding> tls_key;
  std::optional<NonceBinding> nonce;  ///< set: a fresh nonce is demanded
  std::optional<UnixTime> expires;    ///< after this the alternative accepts nothing
  bool dangerous_any_measurement = false;
  bool dangerous_allow_debug = false;
};

/// Evidence is accepted when at least one alternative holds. The empty policy accepts nothing.
struct Policy {
  std::string name;    ///< for reports
  std::string source;  ///< what it was read from: "cupel", "blindllama", …
  std::vector<Alternative> accept;
};

/// A policy file's name (for error texts) and its bytes.
struct PolicyFile {
  std::string name;
  ByteVector content;
};

/// Reads policy files and turns them into one policy. Recognised by content:
///   - Cupel's own JSON (version 1), alone;
///   - BlindLlama's `measurements_*.json` (each an alternative) and `application.json` (added to
///     every alternative);
///   - flat files of claims of Azure Attestation tokens, all of which one alternative demands;
///   - a key-release policy of Azure Key Vault, or an `importkeyconfig.json`, alone: each way to
///     satisfy it is an alternative;
///   - BlindAI's `manifest.toml` (each an alternative);
///   - the output of `nitro-cli build-enclave`, and KMS key policies with conditions on
///     `kms:RecipientAttestation` (each statement that allows is an alternative);
///   - container policies of confidential Azure containers (Rego, base64 of it, or an ARM template
///     with `ccePolicy`) beside a policy: the host must have stated one of them (snp.host_data).
/// Strict: unknown keys and claims, wrong types and lengths, duplicate keys, a family without a
/// measurement requirement, and mixtures that have no plain meaning are refused.
/// Errors: bad_policy at "<file name>: <path>"; too_large.
Result<Policy> load_policy(std::span<const PolicyFile> files);

/// Cupel's JSON form of the policy. load_policy() of it gives the same policy back.
std::string to_json(const Policy& policy);

/// What the policy means, for people.
std::string explain(const Policy& policy);

struct LintFinding {
  enum class Severity : std::uint8_t { warning, error };
  Severity severity;
  std::string id;     ///< "lint-all-zero"
  std::string where;  ///< "accept[0].require.tpm.pcr.sha256.0"
  std::string text;
};

/// What is dangerous or dead in these files, at this time. A file that does not load is a finding.
std::vector<LintFinding> lint(std::span<const PolicyFile> files, UnixTime now);

}  // namespace cupel

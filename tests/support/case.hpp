// Test vectors: a folder with a case.json, read strictly (tests/vectors/README.md).
#pragma once

#include <cupel/collateral.hpp>
#include <cupel/policy.hpp>
#include <cupel/result.hpp>
#include <cupel/trust.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cupel::testing {

/// A case folder in memory: file name → content.
struct Folder {
  std::string name;  ///< "tpm/ok--rsassa_sha256"
  std::map<std::string, ByteVector> files;
};

struct Expectation {
  std::string stage;    ///< parse, verify, policy, appraise
  std::string verdict;  ///< accepted, refused; empty when an error is expected
  std::string code;
  std::string where;
  std::string check;
  std::vector<std::string> failed_checks;
  std::optional<std::vector<std::string>> failed_claims;
  std::vector<std::pair<std::string, std::string>> claims;  ///< name and value as text
};

/// Bytes that a mutation may change without being noticed, and why.
struct ExcusedRange {
  std::string part;
  std::size_t from;
  std::size_t to;
  std::string reason;
};

struct Case {
  std::string name;
  std::string family;
  ByteVector evidence;
  VerifyContext context;
  std::vector<ByteVector> endorsements;  ///< files, not looked into
  std::vector<PolicyFile> policy;
  std::optional<ByteVector> nonce;
  Expectation expect;
  std::vector<std::string> checks;
  std::vector<ExcusedRange> excused;
};

/// Reads case.json and the files it names. Errors: as json::ObjectReader; missing_field for a file
/// that is not there, unknown_field for one that nothing names.
Result<Case> load_case(const Folder& folder);

/// The folders below `root` that hold a case.json, sorted by name.
std::vector<Folder> read_folders(const std::filesystem::path& root);

/// "accepted", "refused: policy-03 policy-04", or "bad_signature at tpm.signature [tpm-07]".
std::string to_string(const Expectation& expect);

/// A name that GoogleTest takes.
std::string test_name(const std::string& folder);

/// Where captured vectors are: CUPEL_VECTORS, or the default beside the project.
std::filesystem::path captured_root();

/// tests/vectors
std::filesystem::path forged_root();

}  // namespace cupel::testing

// What can go wrong, and where. Codes are contract; details are for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace cupel {

/// The kind of thing that went wrong. The enumerator's name is the string used in JSON, in Python
/// (`err.code`) and in test vectors. A new evidence family adds places (`Error::where`), not codes.
enum class Code : std::uint8_t {
  // structure
  truncated,
  trailing_bytes,
  reserved_not_zero,
  bad_magic,
  bad_length,
  bad_encoding,
  unsupported_version,
  unsupported_algorithm,
  duplicate_field,
  missing_field,
  unknown_field,
  out_of_range,
  too_large,
  // authenticity
  bad_signature,
  bad_key,
  key_mismatch,
  digest_mismatch,
  untrusted_chain,
  bad_certificate,
  // time
  not_yet_valid,
  expired,
  // revocation
  revoked,
  revocation_unknown,
  // collateral
  collateral_missing,
  collateral_mismatch,
  collateral_unavailable,
  // policy file
  bad_policy,
  // session
  refused,
  pin_mismatch,
  connection_failed,
  bad_response,
  // caller
  invalid_argument,
  internal,
};

std::string_view to_string(Code code) noexcept;

/// What an outcome means to a caller, with the exit code of the `cupel` command as its value.
enum class Outcome : std::uint8_t {
  accepted = 0,
  refused = 1,        ///< the facts are established and the policy says no
  usage = 2,          ///< the caller's arguments or policy file are wrong
  not_authentic = 3,  ///< signature, chain, time, revocation or key binding failed
  malformed = 4,      ///< the evidence does not have the structure its specification gives
  undecided = 5,      ///< collateral, network or server answer missing: nothing is proved
  internal = 70,
};

/// Which outcome an error with this code leads to.
Outcome outcome(Code code) noexcept;

inline constexpr std::size_t kNoOffset = static_cast<std::size_t>(-1);

struct Error {
  Code code;                       ///< contract: what kind of thing went wrong
  std::string where;               ///< contract: which field, e.g. "tpm.attest.magic"
  std::size_t offset = kNoOffset;  ///< byte offset in the input named by `where`, or kNoOffset
  std::string detail = {};         ///< for people; may change; holds no secret and no whole input
  std::string check = {};  ///< contract: id of the check that failed ("tpm-05"), may be empty
};

/// One line: code, place, offset, detail and check id.
std::string to_string(const Error& error);

/// Thrown by `Result::value()` and the dereference operators when there is no value.
class Exception : public std::exception {
 public:
  explicit Exception(Error error);
  const Error& error() const noexcept { return error_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  Error error_;
  std::string text_;
};

}  // namespace cupel

#include <array>
#include <cupel/error.hpp>
#include <utility>

namespace cupel {
namespace {

struct CodeRow {
  std::string_view name;
  Outcome outcome;
};

// In the order of the enumeration.
constexpr std::array kCodes = {
    CodeRow{"truncated", Outcome::malformed},
    CodeRow{"trailing_bytes", Outcome::malformed},
    CodeRow{"reserved_not_zero", Outcome::malformed},
    CodeRow{"bad_magic", Outcome::malformed},
    CodeRow{"bad_length", Outcome::malformed},
    CodeRow{"bad_encoding", Outcome::malformed},
    CodeRow{"unsupported_version", Outcome::malformed},
    CodeRow{"unsupported_algorithm", Outcome::malformed},
    CodeRow{"duplicate_field", Outcome::malformed},
    CodeRow{"missing_field", Outcome::malformed},
    CodeRow{"unknown_field", Outcome::malformed},
    CodeRow{"out_of_range", Outcome::malformed},
    CodeRow{"too_large", Outcome::malformed},
    CodeRow{"bad_signature", Outcome::not_authentic},
    CodeRow{"bad_key", Outcome::not_authentic},
    CodeRow{"key_mismatch", Outcome::not_authentic},
    CodeRow{"digest_mismatch", Outcome::not_authentic},
    CodeRow{"untrusted_chain", Outcome::not_authentic},
    CodeRow{"bad_certificate", Outcome::not_authentic},
    CodeRow{"not_yet_valid", Outcome::not_authentic},
    CodeRow{"expired", Outcome::not_authentic},
    CodeRow{"revoked", Outcome::not_authentic},
    CodeRow{"revocation_unknown", Outcome::undecided},
    CodeRow{"collateral_missing", Outcome::undecided},
    CodeRow{"collateral_mismatch", Outcome::not_authentic},
    CodeRow{"collateral_unavailable", Outcome::undecided},
    CodeRow{"bad_policy", Outcome::usage},
    CodeRow{"refused", Outcome::refused},
    CodeRow{"pin_mismatch", Outcome::not_authentic},
    CodeRow{"connection_failed", Outcome::undecided},
    CodeRow{"bad_response", Outcome::undecided},
    CodeRow{"invalid_argument", Outcome::usage},
    CodeRow{"internal", Outcome::internal},
};
static_assert(kCodes.size() == static_cast<std::size_t>(Code::internal) + 1);

const CodeRow& row(Code code) noexcept {
  const auto index = static_cast<std::size_t>(code);
  return kCodes[index < kCodes.size() ? index : kCodes.size() - 1];
}

}  // namespace

std::string_view to_string(Code code) noexcept {
  return row(code).name;
}
Outcome outcome(Code code) noexcept {
  return row(code).outcome;
}

std::string to_string(const Error& error) {
  std::string out(to_string(error.code));
  if (!error.where.empty()) {
    out += " at " + error.where;
  }
  if (error.offset != kNoOffset) {
    out += " (offset " + std::to_string(error.offset) + ")";
  }
  if (!error.detail.empty()) {
    out += ": " + error.detail;
  }
  if (!error.check.empty()) {
    out += " [" + error.check + "]";
  }
  return out;
}

Exception::Exception(Error error) : error_(std::move(error)), text_(to_string(error_)) {}

}  // namespace cupel

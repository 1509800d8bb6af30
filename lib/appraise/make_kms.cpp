// A statement of an AWS KMS key policy, from a policy for Nitro enclaves.
#include <algorithm>
#include <array>

#include "appraise/make.hpp"
#include "appraise/policy_json.hpp"
#include "appraise/policy_rules.hpp"
#include "base/hex.hpp"

namespace cupel {
namespace {

constexpr std::string_view kRegister = "nitro.pcr.";
constexpr std::size_t kDigestSize = 48;

// The operations that look at a recipient's attestation. kms:Encrypt is not among them, and with it
// in the statement the condition would deny what it seems to allow.
constexpr std::array<std::string_view, 5> kActions = {
    "kms:Decrypt", "kms:DeriveSharedSecret", "kms:GenerateDataKey", "kms:GenerateDataKeyPair",
    "kms:GenerateRandom"};

bool good_principal(std::string_view text) {
  const bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  return text.starts_with("arn:aws") && text.find(":iam::") != std::string_view::npos &&
         text.find('*') == std::string_view::npos && printable;
}

}  // namespace

Result<std::string> make_kms_statement(const Policy& policy, std::string_view principal) {
  if (!good_principal(principal)) {
    return Error{Code::invalid_argument, "principal", kNoOffset,
                 "must be the ARN of one role or user: arn:aws:iam::<account>:role/<name>"};
  }
  if (policy.accept.size() != 1 || policy.accept.front().family != "nitro") {
    return policy_error("accept", "a statement speaks of one kind of enclave; the policy has " +
                                      std::to_string(policy.accept.size()) +
                                      " alternatives, or is for other evidence");
  }
  json::Object registers;
  for (const Requirement& rule : policy.accept.front().require) {
    const std::string where = "accept[0].require." + rule.claim;
    const auto* value =
        rule.values.size() == 1 ? std::get_if<ByteVector>(&rule.values.front()) : nullptr;
    const bool fixed = fixes_value(rule) && value != nullptr && value->size() == kDigestSize;
    if (!rule.claim.starts_with(kRegister) || !fixed) {
      return policy_error(where, "is nothing that a condition of a key policy can say");
    }
    if (all_zero(*value)) {
      return policy_error(where, "is zero: that is what an enclave in debug mode shows");
    }
    registers.emplace_back("kms:RecipientAttestation:PCR" + rule.claim.substr(kRegister.size()),
                           to_hex(*value));
  }
  if (registers.empty()) {
    return policy_error("accept[0].require", "names no register: any enclave would do");
  }
  json::Array actions;
  for (const std::string_view action : kActions) {
    actions.emplace_back(action);
  }
  const json::Object statement{
      {"Sid", "EnclaveWithTheseMeasurements"},
      {"Effect", "Allow"},
      {"Principal", json::Object{{"AWS", principal}}},
      {"Action", std::move(actions)},
      {"Resource", "*"},
      {"Condition", json::Object{{"StringEqualsIgnoreCase", std::move(registers)}}}};
  return json::dump(statement, 2) + "\n";
}

}  // namespace cupel

// Why a register has another value than a reference log gives it, for people.
#include "tpm/explain_register.hpp"

#include <utility>

#include "tpm/claims.hpp"

namespace cupel::tpm {
namespace {

struct RegisterName {
  HashAlg bank;
  unsigned index;
};

// Compares with the names of the claims as they are made: no other spelling of a number is one.
std::optional<RegisterName> register_of(std::string_view claim) {
  for (const ClaimDef& definition : claim_definitions()) {
    constexpr std::string_view kPrefix = "tpm.pcr.";
    if (definition.name.substr(0, kPrefix.size()) != kPrefix) {
      continue;
    }
    const auto bank = hash_alg_by_name(definition.name.substr(kPrefix.size()));
    for (unsigned index = 0; bank && index < kPcrCount; ++index) {
      if (claim == std::string(definition.name) + "." + std::to_string(index)) {
        return RegisterName{*bank, index};
      }
    }
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<std::string>> explain_register(Bytes evidence, Bytes reference_log,
                                                    std::string_view claim) {
  const std::optional<RegisterName> name = register_of(claim);
  if (!name) {
    return std::optional<std::string>{};
  }
  CUPEL_TRY(const Evidence parsed, parse_evidence(evidence));
  auto reference = parse_event_log(reference_log);
  if (!reference) {
    return at("reference_log", std::move(reference).error());
  }
  if (!parsed.event_log) {
    return std::optional<std::string>{};
  }
  auto found = first_difference(*parsed.event_log, *reference, name->bank, name->index);
  return found ? std::optional(std::move(found->text)) : std::nullopt;
}

}  // namespace cupel::tpm

// The one place that sees every family room, and of each only its kFamily.
#include <array>
#include <cupel/evidence.hpp>

#include "base/claims.hpp"
#include "family.hpp"

namespace cupel {

#define FAMILY(name)           \
  namespace name {             \
  extern const Family kFamily; \
  }
#include "families.def"
#undef FAMILY

namespace {

#define FAMILY(name) &name::kFamily,
constexpr std::array kRegistry = {
#include "families.def"
};
#undef FAMILY

Result<const Family*> require_family(std::string_view id) {
  if (const Family* family = find_family(id)) {
    return family;
  }
  return Error{Code::invalid_argument, "family", kNoOffset,
               "no evidence family is called '" + std::string(id.substr(0, 40)) + "'"};
}

Result<Unit> within_limit(Bytes evidence) {
  if (evidence.size() > kMaxEvidenceSize) {
    return Error{Code::too_large, "evidence", kMaxEvidenceSize, "evidence is larger than 1 MiB"};
  }
  return Unit{};
}

}  // namespace

std::span<const Family* const> registry() {
  return kRegistry;
}

const Family* find_family(std::string_view id) {
  for (const Family* family : registry()) {
    if (family->id == id) {
      return family;
    }
  }
  return nullptr;
}

std::vector<std::string_view> families() {
  std::vector<std::string_view> ids;
  for (const Family* family : registry()) {
    ids.push_back(family->id);
  }
  return ids;
}

Result<std::string_view> recognise(Bytes evidence) {
  CUPEL_TRY([[maybe_unused]] auto fits, within_limit(evidence));
  const Family* found = nullptr;
  for (const Family* family : registry()) {
    if (!family->looks_like(evidence)) {
      continue;
    }
    if (found != nullptr) {
      return Error{Code::bad_encoding, "evidence", kNoOffset,
                   "looks like " + std::string(found->id) + " and like " + std::string(family->id) +
                       "; say which with --family"};
    }
    found = family;
  }
  if (found == nullptr) {
    return Error{
        Code::bad_encoding, "evidence", kNoOffset,
        evidence.empty() ? "the evidence is empty" : "no evidence family recognises this content"};
  }
  return found->id;
}

std::span<const ClaimDef> claim_table(std::string_view family) {
  const Family* found = find_family(family);
  return found != nullptr ? found->claims : std::span<const ClaimDef>{};
}

const ClaimDef* find_claim_def(std::string_view name) {
  for (const ClaimDef& def : common_claims()) {
    if (covers(def, name)) {
      return &def;
    }
  }
  for (const Family* family : registry()) {
    for (const ClaimDef& def : family->claims) {
      if (covers(def, name)) {
        return &def;
      }
    }
  }
  return nullptr;
}

std::span<const CheckInfo> check_table(std::string_view family) {
  const Family* found = find_family(family);
  return found != nullptr ? found->checks : std::span<const CheckInfo>{};
}

Result<TrustAnchors> vendor_anchors(std::string_view family) {
  CUPEL_TRY(const Family* found, require_family(family));
  return found->vendor_anchors();
}

Result<std::vector<CollateralRequest>> needed(std::string_view family, Bytes evidence) {
  CUPEL_TRY(const Family* found, require_family(family));
  CUPEL_TRY([[maybe_unused]] auto fits, within_limit(evidence));
  return found->needed(evidence);
}

Result<Claims> evaluate(std::string_view family, Bytes evidence, const Endorsements& endorsements,
                        const VerifyContext& context) {
  CUPEL_TRY(const Family* found, require_family(family));
  CUPEL_TRY([[maybe_unused]] auto fits, within_limit(evidence));
  return found->evaluate(evidence, endorsements, context);
}

Result<std::string> describe(std::string_view family, Bytes evidence) {
  CUPEL_TRY(const Family* found, require_family(family));
  CUPEL_TRY([[maybe_unused]] auto fits, within_limit(evidence));
  return found->describe(evidence);
}

Result<std::optional<std::string>> explain_register(std::string_view family, Bytes evidence,
                                                    Bytes reference_log, std::string_view claim) {
  CUPEL_TRY(const Family* found, require_family(family));
  CUPEL_TRY([[maybe_unused]] auto fits, within_limit(evidence));
  CUPEL_TRY([[maybe_unused]] auto also_fits, within_limit(reference_log));
  if (found->explain_register == nullptr) {
    return std::optional<std::string>{};
  }
  return found->explain_register(evidence, reference_log, claim);
}

}  // namespace cupel

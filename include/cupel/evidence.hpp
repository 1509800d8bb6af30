// The families as data: what the command line, Python and other generic callers work from.
#pragma once

#include <cupel/claims.hpp>
#include <cupel/collateral.hpp>
#include <cupel/explain.hpp>
#include <cupel/result.hpp>
#include <cupel/trust.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cupel {

/// Evidence larger than this is refused before it is looked at.
inline constexpr std::size_t kMaxEvidenceSize = 1U << 20U;

/// The ids of the families this build knows, in registry order.
std::vector<std::string_view> families();

/// Which family this looks like. A hint for people, never trusted: parse decides.
/// Errors: bad_encoding at "evidence" when no family, or more than one, recognises it.
Result<std::string_view> recognise(Bytes evidence);

/// The claim table of a family; empty for an unknown id.
std::span<const ClaimDef> claim_table(std::string_view family);

/// The definition that covers `name` (an indexed name such as "tpm.pcr.sha256.7" included).
const ClaimDef* find_claim_def(std::string_view name);

/// The checks of a family's verification; empty for an unknown id.
std::span<const CheckInfo> check_table(std::string_view family);

/// The vendor's published roots for a family. Named at the call, never a hidden default.
/// Errors: invalid_argument at "family".
Result<TrustAnchors> vendor_anchors(std::string_view family);

/// What more a verification of this evidence would like to have.
Result<std::vector<CollateralRequest>> needed(std::string_view family, Bytes evidence);

/// parse, verify and claims in one call, for callers that do not care which family it is.
Result<Claims> evaluate(std::string_view family, Bytes evidence, const Endorsements& endorsements,
                        const VerifyContext& context);

/// The parsed fields as a JSON text. Structure only: nothing in it is authentic.
Result<std::string> describe(std::string_view family, Bytes evidence);

/// In words, the first event at which the evidence's own log departs from a reference log for the
/// register that `claim` names ("tpm.pcr.sha256.4"). Nothing when there is no such event. The words
/// explain a mismatch; they prove nothing.
Result<std::optional<std::string>> explain_register(std::string_view family, Bytes evidence,
                                                    Bytes reference_log, std::string_view claim);

}  // namespace cupel

// The room's one line in the registry.
#include "family.hpp"

#include "tpm/checks.hpp"
#include "tpm/claims.hpp"
#include "tpm/collateral.hpp"
#include "tpm/describe.hpp"
#include "tpm/explain_register.hpp"

namespace cupel::tpm {
namespace {

// A cheap look at the text, for people who did not say what they have; parse decides.
bool looks_like(Bytes evidence) {
  const std::string_view text = as_text(evidence);
  const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' && has("\"quote\"") &&
         (has("\"cert_chain\"") || has("\"cupel.tpm/1\""));
}

}  // namespace

extern const Family kFamily;
const Family kFamily = {
    .id = "tpm",
    .title = "TPM 2.0 quotes with PCR values and event logs",
    .claims = claim_definitions(),
    .checks = check_pages(),
    .looks_like = looks_like,
    .vendor_anchors = vendor_anchors,
    .needed = needed,
    .evaluate = evaluate,
    .describe = describe,
    .explain_register = explain_register,
};

}  // namespace cupel::tpm

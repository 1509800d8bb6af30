// The room's one line in the registry.
#include "family.hpp"

#include "hcl/checks.hpp"
#include "hcl/claims.hpp"
#include "hcl/collateral.hpp"
#include "hcl/describe.hpp"

namespace cupel::hcl {
namespace {

// A cheap look at the content, for people who did not say what they have; parse decides.
bool looks_like(Bytes evidence) {
  const std::string_view text = as_text(evidence);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return text.starts_with("HCLA") || (first != std::string_view::npos && text[first] == '{' &&
                                      text.find("\"cupel.hcl/1\"") != std::string_view::npos);
}

}  // namespace

extern const Family kFamily;
const Family kFamily = {
    .id = "hcl",
    .title = "Azure confidential VMs: hardware report, runtime data, quote of the virtual TPM",
    .claims = claim_definitions(),
    .checks = check_pages(),
    .looks_like = looks_like,
    .vendor_anchors = vendor_anchors,
    .needed = needed,
    .evaluate = evaluate,
    .describe = describe,
};

}  // namespace cupel::hcl

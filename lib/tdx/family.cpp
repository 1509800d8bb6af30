// The room's one line in the registry.
#include "family.hpp"

#include "dcap/quote.hpp"
#include "tdx/checks.hpp"
#include "tdx/claims.hpp"
#include "tdx/describe.hpp"
#include "tdx/event_log.hpp"

namespace cupel::tdx {
namespace {

// Two bytes of version, two of key type, four of TEE type; parse decides.
bool looks_like_quote(Bytes evidence) {
  return evidence.size() >= 636 && (evidence[0] == 4 || evidence[0] == 5) && evidence[1] == 0 &&
         evidence[2] == 2 && evidence[3] == 0 && evidence[4] == dcap::kTeeTdx;
}

bool looks_like(Bytes evidence) {
  if (looks_like_document(evidence)) {
    return true;
  }
  if (dcap::looks_like_certificate(evidence)) {
    const auto found = dcap::find_evidence(evidence);
    return found.ok() && looks_like_quote(found->quote);
  }
  return looks_like_quote(evidence);
}

}  // namespace

extern const Family kFamily;
const Family kFamily = {
    .id = "tdx",
    .title = "Intel TDX quotes (DCAP, versions 4 and 5)",
    .claims = claim_definitions(),
    .checks = check_pages(),
    .looks_like = looks_like,
    .vendor_anchors = vendor_anchors,
    .needed = needed,
    .evaluate = evaluate,
    .describe = describe,
    .explain_register = explain_register,
};

}  // namespace cupel::tdx

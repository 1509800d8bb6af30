// The room's one line in the registry.
#include "family.hpp"

#include "dcap/quote.hpp"
#include "tdx/checks.hpp"
#include "tdx/claims.hpp"
#include "tdx/describe.hpp"

namespace cupel::tdx {
namespace {

// Two bytes of version, two of key type, four of TEE type; parse decides.
bool looks_like(Bytes evidence) {
  return evidence.size() >= 636 && (evidence[0] == 4 || evidence[0] == 5) && evidence[1] == 0 &&
         evidence[2] == 2 && evidence[3] == 0 && evidence[4] == dcap::kTeeTdx;
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
};

}  // namespace cupel::tdx

// The room's one line in the registry.
#include "family.hpp"

#include "dcap/endorsement.hpp"
#include "dcap/quote.hpp"
#include "dcap/ratls.hpp"
#include "sgx/checks.hpp"
#include "sgx/claims.hpp"
#include "sgx/describe.hpp"

namespace cupel::sgx {
namespace {

// Two bytes of version, two of key type, four of TEE type; parse decides.
bool looks_like_quote(Bytes evidence) {
  return evidence.size() >= 436 && evidence[0] >= 3 && evidence[0] <= 5 && evidence[1] == 0 &&
         evidence[2] == 2 && evidence[3] == 0 && evidence[4] == dcap::kTeeSgx;
}

bool looks_like(Bytes evidence) {
  if (dcap::looks_like_certificate(evidence)) {
    const auto found = dcap::find_evidence(evidence);
    return found.ok() && looks_like_quote(found->quote);
  }
  return looks_like_quote(evidence);
}

}  // namespace

extern const Family kFamily;
const Family kFamily = {
    .id = "sgx",
    .title = "Intel SGX quotes (DCAP, versions 3 to 5)",
    .claims = claim_definitions(),
    .checks = check_pages(),
    .looks_like = looks_like,
    .vendor_anchors = vendor_anchors,
    .needed = needed,
    .evaluate = evaluate,
    .describe = describe,
    .take_endorsement = dcap::take_endorsement,
};

}  // namespace cupel::sgx

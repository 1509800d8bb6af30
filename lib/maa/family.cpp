// The room's one line in the registry.
#include "family.hpp"

#include <algorithm>
#include <cupel/maa.hpp>

#include "base/base64.hpp"
#include "maa/checks.hpp"
#include "maa/claims.hpp"
#include "maa/describe.hpp"
#include "maa/token.hpp"

namespace cupel::maa {
namespace {

// A cheap look, for people who did not say what they have; parse decides.
bool looks_like(Bytes evidence) {
  const auto text = token_text(evidence);
  if (!text) {
    return false;
  }
  const std::size_t first = text->find('.');
  const std::size_t second = first == std::string::npos ? first : text->find('.', first + 1);
  if (!text->starts_with("eyJ") || second == std::string::npos) {
    return false;
  }
  const auto payload =
      from_base64url(std::string_view(*text).substr(first + 1, second - first - 1), "maa.payload");
  return payload.ok() && as_text(*payload).find("\"x-ms-ver\"") != std::string_view::npos;
}

}  // namespace

extern const Family kFamily;
const Family kFamily = {
    .id = "maa",
    .title = "Tokens of Microsoft Azure Attestation",
    .claims = claim_definitions(),
    .checks = check_pages(),
    .looks_like = looks_like,
    .vendor_anchors = vendor_anchors,
    .needed = needed,
    .evaluate = evaluate,
    .describe = describe,
};

}  // namespace cupel::maa

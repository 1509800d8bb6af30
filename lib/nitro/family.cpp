// The room's one line in the registry.
#include "family.hpp"

#include <algorithm>
#include <array>

#include "nitro/checks.hpp"
#include "nitro/claims.hpp"
#include "nitro/collateral.hpp"
#include "nitro/describe.hpp"

namespace cupel::nitro {
namespace {

// The envelope's first bytes, and a word of the payload; parse decides.
bool looks_like(Bytes evidence) {
  static constexpr std::array<std::uint8_t, 6> kStart = {0x84, 0x44, 0xa1, 0x01, 0x38, 0x22};
  const bool tagged = !evidence.empty() && evidence.front() == 0xd2;
  const Bytes body = tagged ? evidence.subspan(1) : evidence;
  return body.size() >= kStart.size() && std::equal(kStart.begin(), kStart.end(), body.begin()) &&
         as_text(body).find("module_id") != std::string_view::npos;
}

}  // namespace

extern const Family kFamily;
const Family kFamily = {
    .id = "nitro",
    .title = "AWS Nitro attestation documents of enclaves and of NitroTPM instances",
    .claims = claim_definitions(),
    .checks = check_pages(),
    .looks_like = looks_like,
    .vendor_anchors = vendor_anchors,
    .needed = needed_for,
    .evaluate = evaluate,
    .describe = describe,
};

}  // namespace cupel::nitro

// The room's one line in the registry.
#include "family.hpp"

#include "snp/checks.hpp"
#include "snp/claims.hpp"
#include "snp/collateral.hpp"
#include "snp/describe.hpp"

namespace cupel::snp {
namespace {

constexpr std::size_t kSignatureAlgo = 0x34;

// Version 1 to 5, then the high bytes of that number: quotes of SGX and TDX have more there.
bool begins_like_report(Bytes in) {
  return in.size() >= kReportSize && in[0] >= 1 && in[0] <= 5 && in[1] == 0 && in[2] == 0 &&
         in[3] == 0 && in[kSignatureAlgo] == 1;
}

// A cheap look at the content, for people who did not say what they have; parse decides.
bool looks_like(Bytes evidence) {
  if (begins_like_report(evidence)) {
    return true;
  }
  const std::string_view text = as_text(evidence);
  const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) {
    return false;
  }
  if (text[first] == '{') {
    return has("\"cupel.snp/1\"") ||
           (has("\"evidence\"") && has("\"endorsements\"") && !has("\"kind\"")) ||
           (has("\"report\"") && has("\"0") && !has("\"kind\"") && !has("\"quote\""));
  }
  // The version as base64 and as hex.
  const std::string_view start = text.substr(first, 5);
  const bool base64 = start == "AgAAA" || start == "AwAAA" || start == "BAAAA" || start == "BQAAA";
  const bool hex = start == "02000" || start == "03000" || start == "04000" || start == "05000";
  constexpr std::size_t kShortest = 1576;  // base64 of a report
  return text.size() >= kShortest && (base64 || hex);
}

}  // namespace

extern const Family kFamily;
const Family kFamily = {
    .id = "snp",
    .title = "AMD SEV-SNP attestation reports",
    .claims = claim_definitions(),
    .checks = check_pages(),
    .looks_like = looks_like,
    .vendor_anchors = vendor_anchors,
    .needed = needed_for,
    .evaluate = evaluate,
    .describe = describe,
};

}  // namespace cupel::snp

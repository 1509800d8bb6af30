// Where an issuer publishes its keys.
#include <algorithm>
#include <array>
#include <cupel/maa.hpp>

namespace cupel::maa {
namespace {

// The clouds in which Microsoft runs the service.
constexpr std::array<std::string_view, 3> kDomains = {".attest.azure.net", ".attest.azure.us",
                                                      ".attest.azure.cn"};

}  // namespace

// The issuer's name is the token's word. Nothing outside the service's own domains is offered:
// whoever wrote the token would learn who verifies it, and when.
Result<std::vector<CollateralRequest>> needed(Bytes evidence) {
  CUPEL_TRY(const Token token, parse_evidence(evidence));
  const std::string& issuer = token.issuer();
  const bool ours = std::any_of(kDomains.begin(), kDomains.end(),
                                [&](std::string_view domain) { return issuer.ends_with(domain); });
  if (!ours) {
    return std::vector<CollateralRequest>{};
  }
  const std::string host = issuer.substr(std::string_view("https://").size());
  return std::vector<CollateralRequest>{
      {"jwks", issuer + "/certs", "maa-" + host + ".jwks.json", {}}};
}

}  // namespace cupel::maa

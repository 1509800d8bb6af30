#include "hcl/collateral.hpp"

#include "snp/collateral.hpp"

namespace cupel::hcl {

Result<std::vector<CollateralRequest>> needed(Bytes evidence) {
  CUPEL_TRY(Evidence parsed, parse_evidence(evidence));
  if (parsed.report.hardware_type != HardwareType::snp) {
    return parsed.td_quote ? tdx::needed(*parsed.td_quote)
                           : Result(std::vector<CollateralRequest>{});
  }
  CUPEL_TRY(snp::Report report, snp::parse(parsed.report.hardware_report));
  return snp::needed_by(snp::Evidence{"raw", std::move(report), std::move(parsed.certificates),
                                      std::move(parsed.crls), std::nullopt, std::nullopt});
}

}  // namespace cupel::hcl

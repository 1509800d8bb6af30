// From a document to claims in one call.
#include "snp/claims.hpp"

namespace cupel::snp {

Result<Claims> evaluate(Bytes evidence, const Endorsements& endorsements,
                        const VerifyContext& context) {
  CUPEL_TRY(Evidence parsed, parse_evidence(evidence));
  // What came along is as hostile as what was fetched; a bag of both is searched for a path.
  Endorsements all = endorsements;
  all.certificates.insert(all.certificates.begin(), parsed.certificates.begin(),
                          parsed.certificates.end());
  all.crls.insert(all.crls.begin(), parsed.crls.begin(), parsed.crls.end());
  CUPEL_TRY(const Verified<Report> report, verify(std::move(parsed.report), all, context));
  ClaimsBuilder builder("snp", report);
  add_report_claims(builder, report);
  add_common_claims(builder, report);
  if (parsed.runtime_data) {
    CUPEL_TRY([[maybe_unused]] auto bound, binds(report, *parsed.runtime_data));
    builder.set("snp.runtime_data", *parsed.runtime_data)
        .proved("the runtime data are what the guest had in REPORT_DATA");
    CUPEL_TRY([[maybe_unused]] auto named, add_runtime_claims(builder, *parsed.runtime_data));
  }
  if (parsed.uvm_endorsements) {
    CUPEL_TRY(const Verified<uvm::Endorsement> endorsement,
              verify_uvm(report, *parsed.uvm_endorsements, uvm::container_platform(), context));
    add_uvm_claims(builder, endorsement);
  }
  return std::move(builder).build();
}

}  // namespace cupel::snp

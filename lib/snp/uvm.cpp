// Ties the word of the utility VM's maker to a report.
#include "crypto/digest.hpp"
#include "snp/claims.hpp"

namespace cupel::snp {

Result<Verified<uvm::Endorsement>> verify_uvm(const Verified<Report>& report, Bytes endorsement,
                                              const uvm::Trust& trust,
                                              const VerifyContext& context) {
  auto parsed = uvm::parse(endorsement);
  if (!parsed) {
    return failed("snp-15", std::move(parsed).error());
  }
  auto verified = uvm::verify(std::move(parsed).value(), trust, context);
  if (!verified) {
    return failed("snp-15", std::move(verified).error());
  }
  // CHECK snp-15
  if (!crypto::equal((*verified)->launch_measurement, report->body().measurement)) {
    return Error{Code::digest_mismatch, "snp.uvm.launch_measurement", kNoOffset,
                 "the endorsement is of another launch measurement", "snp-15"};
  }
  return verified;
}

void add_uvm_claims(ClaimsBuilder& builder, const Verified<uvm::Endorsement>& endorsement) {
  builder.also(endorsement);
  const auto set = [&](const char* name, ClaimValue value) {
    builder.set(name, std::move(value), Provenance::endorsement);
  };
  set("snp.uvm.issuer", endorsement->issuer);
  set("snp.uvm.feed", endorsement->feed);
  set("snp.uvm.signed_at", endorsement->signed_at);
  if (endorsement->svn) {
    set("snp.uvm.svn", *endorsement->svn);
  }
}

}  // namespace cupel::snp

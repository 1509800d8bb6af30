// From a document to claims in one call: hardware, then runtime data, then quote.
#include "crypto/x509.hpp"
#include "hcl/claims.hpp"
#include "hcl/report.hpp"
#include "tpm/event_log.hpp"

namespace cupel::hcl {
namespace {

// A TDREPORT is no evidence: a TD quote must vouch for it. What can be said is said first, so that
// changed runtime data are named as such.
Error without_quote(const Report& report) {
  auto bound = binds(report, Bytes(report.hardware_report).subspan(kTdReportData, kReportDataSize));
  if (!bound) {
    return std::move(bound).error();
  }
  // CHECK hcl-09
  return Error{Code::collateral_missing, "hcl.report.hardware_report", kNoOffset,
               "a TDREPORT: only a TD quote over the same report data is evidence", "hcl-09"};
}

// A certificate beside the key that the hardware names adds nothing but must not contradict it.
Result<Unit> certificate_agrees(const Evidence& evidence, const RuntimeData& data) {
  if (evidence.ak_certificates.empty()) {
    return Unit{};
  }
  CUPEL_TRY(const auto certificate,
            crypto::Certificate::from_der(evidence.ak_certificates.front(), "hcl.ak_certificate"));
  // CHECK hcl-08
  if (certificate.public_key().spki() != data.ak_public) {
    return Error{Code::key_mismatch, "hcl.ak_certificate", kNoOffset,
                 "the certificate is of another key than HCLAkPub", "hcl-08"};
  }
  return Unit{};
}

// What the document brought, before what the caller did.
Endorsements with_own(const Evidence& evidence, const Endorsements& endorsements) {
  Endorsements all = endorsements;
  all.certificates.insert(all.certificates.begin(), evidence.certificates.begin(),
                          evidence.certificates.end());
  all.crls.insert(all.crls.begin(), evidence.crls.begin(), evidence.crls.end());
  return all;
}

Result<Verified<snp::Report>> verify_snp(const Evidence& evidence, const Endorsements& endorsements,
                                         const VerifyContext& context) {
  CUPEL_TRY(snp::Report report, snp::parse(evidence.report.hardware_report));
  return snp::verify(std::move(report), with_own(evidence, endorsements), context);
}

Result<Verified<tdx::Quote>> verify_tdx(const Evidence& evidence, const Endorsements& endorsements,
                                        const VerifyContext& context) {
  if (!evidence.td_quote) {
    return without_quote(evidence.report);
  }
  CUPEL_TRY(tdx::Quote quote, tdx::parse(*evidence.td_quote));
  CUPEL_TRY(const auto collateral, dcap::Collateral::parse(with_own(evidence, endorsements)));
  return tdx::verify(std::move(quote), collateral, context);
}

template <class Hardware>
Result<Claims> evaluate_on(const Verified<Hardware>& hardware, Evidence evidence,
                           const VerifyContext& context) {
  CUPEL_TRY(const Verified<RuntimeData> data, verify(evidence.report, hardware));
  CUPEL_TRY([[maybe_unused]] auto agrees, certificate_agrees(evidence, *data));
  ClaimsBuilder builder = begin_claims(hardware, data);
  if (!evidence.ak_certificates.empty()) {
    builder.not_proved(
        "what the attestation key's certificate says: the hardware names the key itself");
  }
  if (!evidence.tpm) {
    builder.not_proved("what the virtual machine started: no quote came along");
    return std::move(builder).build();
  }
  CUPEL_TRY(const tpm::AkTrust trust, ak_trust(data));
  CUPEL_TRY(const Verified<tpm::Quote> quote,
            tpm::verify(std::move(evidence.tpm->quote), trust, {}, context));
  add_quote(builder, hardware, quote);
  if (evidence.tpm->event_log) {
    CUPEL_TRY(const Verified<tpm::EventLog> log,
              tpm::replay(std::move(*evidence.tpm->event_log), quote));
    tpm::add_event_claims(builder, log, quote);
  }
  return std::move(builder).build();
}

}  // namespace

Result<Claims> evaluate(Bytes evidence, const Endorsements& endorsements,
                        const VerifyContext& context) {
  CUPEL_TRY(Evidence parsed, parse_evidence(evidence));
  if (parsed.report.hardware_type == HardwareType::tdx) {
    CUPEL_TRY(const auto hardware, verify_tdx(parsed, endorsements, context));
    return evaluate_on(hardware, std::move(parsed), context);
  }
  CUPEL_TRY(const auto hardware, verify_snp(parsed, endorsements, context));
  return evaluate_on(hardware, std::move(parsed), context);
}

}  // namespace cupel::hcl

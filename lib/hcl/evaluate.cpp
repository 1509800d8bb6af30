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

}  // namespace

Result<Claims> evaluate(Bytes evidence, const Endorsements& endorsements,
                        const VerifyContext& context) {
  CUPEL_TRY(Evidence parsed, parse_evidence(evidence));
  if (parsed.report.hardware_type != HardwareType::snp) {
    return without_quote(parsed.report);
  }
  CUPEL_TRY(snp::Report report, snp::parse(parsed.report.hardware_report));
  Endorsements all = endorsements;
  all.certificates.insert(all.certificates.begin(), parsed.certificates.begin(),
                          parsed.certificates.end());
  all.crls.insert(all.crls.begin(), parsed.crls.begin(), parsed.crls.end());
  CUPEL_TRY(const Verified<snp::Report> hardware, snp::verify(std::move(report), all, context));
  CUPEL_TRY(const Verified<RuntimeData> data, verify(parsed.report, hardware));
  CUPEL_TRY([[maybe_unused]] auto agrees, certificate_agrees(parsed, *data));
  ClaimsBuilder builder = begin_claims(hardware, data);
  if (!parsed.ak_certificates.empty()) {
    builder.not_proved(
        "what the attestation key's certificate says: the hardware names the key itself");
  }
  if (!parsed.tpm) {
    builder.not_proved("what the virtual machine started: no quote came along");
    return std::move(builder).build();
  }
  CUPEL_TRY(const tpm::AkTrust trust, ak_trust(data));
  CUPEL_TRY(const Verified<tpm::Quote> quote,
            tpm::verify(std::move(parsed.tpm->quote), trust, {}, context));
  add_quote(builder, hardware, quote);
  if (parsed.tpm->event_log) {
    CUPEL_TRY(const Verified<tpm::EventLog> log,
              tpm::replay(std::move(*parsed.tpm->event_log), quote));
    tpm::add_event_claims(builder, log, quote);
  }
  return std::move(builder).build();
}

}  // namespace cupel::hcl

// Establishes that hardware vouches for runtime data. The only place that makes a
// Verified<RuntimeData>.
#include "crypto/digest.hpp"
#include "hcl/report.hpp"
#include "hcl/td_report.hpp"

namespace cupel {
namespace detail {

template <>
struct Sealer<hcl::RuntimeData> {
  static Verified<hcl::RuntimeData> seal(hcl::RuntimeData data, Assurance assurance) {
    return {std::move(data), std::move(assurance)};
  }
};

}  // namespace detail

namespace hcl {

Result<Unit> binds(const Report& report, Bytes report_data) {
  ByteVector expected = to_vector(crypto::sha256(report.runtime_data));
  expected.resize(kReportDataSize, 0);
  // CHECK hcl-05
  if (!crypto::equal(expected, report_data)) {
    return Error{Code::digest_mismatch, "hcl.runtime_data", kNoOffset,
                 "the hardware's report data are not the SHA-256 of the runtime data", "hcl-05"};
  }
  return Unit{};
}

namespace {

Error another_report() {
  return Error{Code::digest_mismatch, "hcl.report.hardware_report", kNoOffset,
               "another hardware report than the one that was verified", "hcl-07"};
}

// What both kinds of hardware have in common: their report data name the runtime data.
Result<Verified<RuntimeData>> vouched(const Report& report, Bytes report_data,
                                      const Assurance& hardware, std::string_view measurement) {
  CUPEL_TRY([[maybe_unused]] auto bound, binds(report, report_data));
  CUPEL_TRY(RuntimeData data, parse_runtime_data(report.runtime_data));
  data.hardware_type = report.hardware_type;
  Assurance assurance;
  assurance.valid_until = hardware.valid_until;
  assurance.proved.emplace_back(
      "the software that this confidential VM was launched with (its paravisor) named the virtual "
      "TPM's attestation key and the VM's configuration");
  assurance.not_proved.emplace_back(
      "that the hardware's report is recent: it is made at boot; only a quote with your nonce is "
      "fresh");
  assurance.not_proved.push_back(
      "that this software is Azure's paravisor: " + std::string(measurement) + " says what it is");
  return detail::Sealer<RuntimeData>::seal(std::move(data), std::move(assurance));
}

}  // namespace

Result<Verified<RuntimeData>> verify(Report report, const Verified<snp::Report>& hardware) {
  CUPEL_TRY(const Report again, parse(report.raw));
  // CHECK hcl-07
  if (again.hardware_type != HardwareType::snp || again.hardware_report != hardware->raw) {
    return another_report();
  }
  // CHECK hcl-04
  if (hardware->body().vmpl != 0) {
    return Error{Code::out_of_range, "snp.report.vmpl", kNoOffset,
                 "the paravisor runs at level 0; this report was asked for by what it guards",
                 "hcl-04"};
  }
  return vouched(again, hardware->body().report_data, hardware.assurance(), "snp.measurement");
}

Result<Verified<RuntimeData>> verify(Report report, const Verified<tdx::Quote>& hardware) {
  CUPEL_TRY(const Report again, parse(report.raw));
  if (again.hardware_type != HardwareType::tdx) {
    return another_report();
  }
  CUPEL_TRY(const tdx::TdReport15 td_report, parse_td_report(again.hardware_report));
  CUPEL_TRY([[maybe_unused]] auto same, is_of(td_report, *hardware));
  return vouched(again, hardware->body().report_data, hardware.assurance(), "tdx.mrtd");
}

Result<tpm::AkTrust> ak_trust(const Verified<RuntimeData>& runtime_data) {
  return tpm::AkTrust::from_evidence(
      runtime_data, "the hardware-signed runtime data name (HCLAkPub)", *runtime_data->ak_key);
}

}  // namespace hcl
}  // namespace cupel

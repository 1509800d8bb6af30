// cupel.snp: reports, what came along with them, and their parts.
#include <cupel/snp.hpp>

#include "rooms.hpp"
#include "values.hpp"

namespace cupel::python {
namespace {

void bind_tcb(py::module_& module) {
  using snp::LegacyTcb;
  using snp::TurinTcb;

  ValueClass<LegacyTcb>(module, "LegacyTcb", "Patch level of a Milan or Genoa processor.")
      .field("boot_loader", &LegacyTcb::boot_loader)
      .field("tee", &LegacyTcb::tee)
      .field("snp", &LegacyTcb::snp)
      .field("microcode", &LegacyTcb::microcode)
      .shown("boot_loader={} tee={} snp={} microcode={}", &LegacyTcb::boot_loader, &LegacyTcb::tee,
             &LegacyTcb::snp, &LegacyTcb::microcode)
      .comparable();
  ValueClass<TurinTcb>(module, "TurinTcb", "Patch level of a Turin processor.")
      .field("fmc", &TurinTcb::fmc)
      .field("boot_loader", &TurinTcb::boot_loader)
      .field("tee", &TurinTcb::tee)
      .field("snp", &TurinTcb::snp)
      .field("microcode", &TurinTcb::microcode)
      .shown("fmc={} boot_loader={} tee={} snp={} microcode={}", &TurinTcb::fmc,
             &TurinTcb::boot_loader, &TurinTcb::tee, &TurinTcb::snp, &TurinTcb::microcode)
      .comparable();
}

void bind_body(py::module_& module) {
  using snp::CpuId;
  using snp::FirmwareVersion;
  using snp::ReportBody;

  ValueClass<FirmwareVersion>(module, "FirmwareVersion", "Of the security processor.")
      .field("build", &FirmwareVersion::build)
      .field("minor", &FirmwareVersion::minor)
      .field("major", &FirmwareVersion::major)
      .shown("{}.{} build {}", &FirmwareVersion::major, &FirmwareVersion::minor,
             &FirmwareVersion::build);
  ValueClass<CpuId>(module, "CpuId", "Which processor.")
      .field("family", &CpuId::family)
      .field("model", &CpuId::model)
      .field("stepping", &CpuId::stepping)
      .shown("{:#x} {:#x} {}", &CpuId::family, &CpuId::model, &CpuId::stepping);

  ValueClass<ReportBody>(module, "ReportBody",
                         "The fields that all versions of a report share. A TCB is 8 bytes as they "
                         "stand: parse_tcb() names their parts.")
      .field("version", &ReportBody::version)
      .field("guest_svn", &ReportBody::guest_svn)
      .field("policy", &ReportBody::policy)
      .field("family_id", &ReportBody::family_id)
      .field("image_id", &ReportBody::image_id)
      .field("vmpl", &ReportBody::vmpl)
      .field("signature_algo", &ReportBody::signature_algo)
      .field("current_tcb", &ReportBody::current_tcb)
      .field("platform_info", &ReportBody::platform_info)
      .field("author_key_en", &ReportBody::author_key_en)
      .field("mask_chip_key", &ReportBody::mask_chip_key)
      .field("signing_key", &ReportBody::signing_key, "\"vcek\", \"vlek\" or \"none\".")
      .field("report_data", &ReportBody::report_data)
      .field("measurement", &ReportBody::measurement)
      .field("host_data", &ReportBody::host_data)
      .field("id_key_digest", &ReportBody::id_key_digest)
      .field("author_key_digest", &ReportBody::author_key_digest)
      .field("report_id", &ReportBody::report_id)
      .field("report_id_ma", &ReportBody::report_id_ma)
      .field("reported_tcb", &ReportBody::reported_tcb)
      .field("chip_id", &ReportBody::chip_id)
      .field("committed_tcb", &ReportBody::committed_tcb)
      .field("current", &ReportBody::current)
      .field("committed", &ReportBody::committed)
      .field("launch_tcb", &ReportBody::launch_tcb)
      .field("signature_r", &ReportBody::signature_r, "Big-endian.")
      .field("signature_s", &ReportBody::signature_s, "Big-endian.")
      .shown("version {} measurement={}", &ReportBody::version, &ReportBody::measurement);
}

void bind_versions(py::module_& module) {
  using snp::ReportV2;
  using snp::ReportV3;
  using snp::ReportV4;
  using snp::ReportV5;

  ValueClass<ReportV2>(module, "ReportV2", "Version 2 names no processor.")
      .field("body", &ReportV2::body)
      .shown("{!r}", &ReportV2::body);
  ValueClass<ReportV3>(module, "ReportV3", "Version 3.")
      .field("body", &ReportV3::body)
      .field("cpuid", &ReportV3::cpuid)
      .shown("{!r}", &ReportV3::body);
  ValueClass<ReportV4>(module, "ReportV4", "The same layout as version 3.")
      .field("body", &ReportV4::body)
      .field("cpuid", &ReportV4::cpuid)
      .shown("{!r}", &ReportV4::body);
  ValueClass<ReportV5>(module, "ReportV5", "Version 5.")
      .field("body", &ReportV5::body)
      .field("cpuid", &ReportV5::cpuid)
      .field("launch_mit_vector", &ReportV5::launch_mit_vector)
      .field("current_mit_vector", &ReportV5::current_mit_vector)
      .shown("{!r}", &ReportV5::body);
}

void bind_report(py::module_& module) {
  using snp::Report;
  using snp::Vek;

  ValueClass<Vek>(module, "Vek", "The key that signed a report, as its certificate describes it.")
      .field("kind", &Vek::kind, "\"vcek\" or \"vlek\".")
      .field("product", &Vek::product, "\"Milan\", \"Genoa\" or \"Turin\".")
      .field("product_name", &Vek::product_name, "As AMD writes it: \"Milan-B0\".")
      .field("hwid", &Vek::hwid, "VCEK: 64 bytes, Turin 8.")
      .field("csp_id", &Vek::csp_id, "VLEK: the provider it was lent to.")
      .field("spki_sha256", &Vek::spki_sha256)
      .field("anchor", &Vek::anchor, "The label of the root that its path ends in.")
      .field("not_before", &Vek::not_before)
      .field("not_after", &Vek::not_after)
      .shown("{} {}", &Vek::kind, &Vek::product_name);

  const auto cpuid = [](const Report& r) {
    const snp::CpuId* found = r.cpuid();
    return found == nullptr ? std::nullopt : std::optional(*found);
  };
  ValueClass<Report>(module, "Report", "A report: well formed, not authentic.")
      .field("raw", &Report::raw, "As received.")
      .field("fields", &Report::fields)
      .field("body", &Report::body, "The fields that all versions share.")
      .field("cpuid", cpuid, "None in version 2.")
      .field("vek", &Report::vek, "Set by verify().")
      .shown("{!r}", &Report::body);
}

void bind_evidence_document(py::module_& module) {
  using snp::CertificateTable;
  using snp::Evidence;

  ValueClass<CertificateTable>(module, "CertificateTable", "The certificates behind a report.")
      .field("certificates", &CertificateTable::certificates, "DER.")
      .field("crls", &CertificateTable::crls, "DER.")
      .shown("{} certificates", [](const CertificateTable& t) { return t.certificates.size(); });
  ValueClass<Evidence>(module, "Evidence", "A report with what came along. Not authentic.")
      .field("form", &Evidence::form, "\"raw\", \"extended\", \"sidecar\" or \"cupel.snp/1\".")
      .field("report", &Evidence::report)
      .field("certificates", &Evidence::certificates, "DER, any order.")
      .field("crls", &Evidence::crls, "DER.")
      .field("uvm_endorsements", &Evidence::uvm_endorsements, "COSE_Sign1.")
      .field("runtime_data", &Evidence::runtime_data, "What REPORT_DATA is the hash of.")
      .shown("{}: {!r}", &Evidence::form, &Evidence::report)
      .def(
          "to_json", [](const Evidence& e) { return to_python(snp::to_json(e)); },
          "A \"cupel.snp/1\" bundle with the same parts.");
}

}  // namespace

void bind_snp_values(py::module_& module) {
  module.attr("REPORT_SIZE") = snp::kReportSize;
  module.attr("SIGNED_SIZE") = snp::kSignedSize;
  bind_tcb(module);
  bind_body(module);
  bind_versions(module);
  bind_report(module);
  bind_evidence_document(module);
}

}  // namespace cupel::python

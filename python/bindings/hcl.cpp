// cupel.hcl: the paravisor's report of an Azure confidential VM.
#include <cupel/hcl.hpp>

#include "rooms.hpp"
#include "values.hpp"

namespace cupel::python {
namespace {

using hcl::Report;
using hcl::RuntimeData;
using VerifiedRuntimeData = Verified<RuntimeData>;
using VerifiedTpmQuote = Verified<tpm::Quote>;

void bind_values(py::module_& module) {
  using hcl::Evidence;
  using hcl::VmConfiguration;

  ValueClass<Report>(module, "Report",
                     "The blob of NV index 0x01400001: well formed, not authentic. Nothing signs "
                     "its header.")
      .field("raw", &Report::raw, "As received, padding included.")
      .field("version", &Report::version)
      .field("request_type", &Report::request_type)
      .field("hardware_type", &Report::hardware_type, "\"snp\" or \"tdx\".")
      .field("hardware_report", &Report::hardware_report, "An SNP report, or a TDREPORT.")
      .field("runtime_data", &Report::runtime_data, "JSON, exactly as it is hashed.")
      .shown("version {} {}", &Report::version, &Report::hardware_type);

  ValueClass<VmConfiguration>(module, "VmConfiguration",
                              "What the paravisor says about the machine it runs.")
      .field("console_enabled", &VmConfiguration::console_enabled)
      .field("secure_boot", &VmConfiguration::secure_boot)
      .field("tpm_enabled", &VmConfiguration::tpm_enabled)
      .field("tpm_persisted", &VmConfiguration::tpm_persisted)
      .field("root_cert_thumbprint", &VmConfiguration::root_cert_thumbprint)
      .field("vm_unique_id", &VmConfiguration::vm_unique_id)
      .shown("{}", &VmConfiguration::vm_unique_id);

  ValueClass<RuntimeData>(module, "RuntimeData", "The runtime data as structure.")
      .field("json", &RuntimeData::json, "As hashed.")
      .field("ak_public", &RuntimeData::ak_public, "HCLAkPub as DER SubjectPublicKeyInfo.")
      .field("ek_public", &RuntimeData::ek_public, "HCLEkPub.")
      .field("vm_configuration", &RuntimeData::vm_configuration)
      .field("user_data", &RuntimeData::user_data, "64 bytes that the guest wrote before.")
      .field("hardware_type", &RuntimeData::hardware_type, "\"snp\" or \"tdx\".")
      .shown("{} {!r}", &RuntimeData::hardware_type, &RuntimeData::vm_configuration);
  bind_verified<RuntimeData>(module, "VerifiedRuntimeData",
                             "Runtime data that the hardware vouches for.");

  ValueClass<Evidence>(module, "Evidence", "One document with all parts. Not authentic.")
      .field("form", &Evidence::form, "\"raw\" or \"cupel.hcl/1\".")
      .field("report", &Evidence::report)
      .field("certificates", &Evidence::certificates, "Of the hardware's key, DER, any order.")
      .field("crls", &Evidence::crls, "DER.")
      .field("tpm", &Evidence::tpm, "Quote, values and log of the virtual TPM.")
      .field("ak_certificates", &Evidence::ak_certificates,
             "Of the attestation key, leaf first; may be empty.")
      .field("td_quote", &Evidence::td_quote, "Over the report, for a TDX machine.")
      .shown("{}: {!r}", &Evidence::form, &Evidence::report);
}

/// verify() and claims() for one kind of hardware.
template <class Hardware>
void bind_hardware(py::module_& module, const char* verify_doc) {
  using VerifiedHardware = Verified<Hardware>;
  module.def(
      "verify",
      [](const Report& report, const VerifiedHardware& hardware) {
        return unlocked([&] { return hcl::verify(report, hardware); });
      },
      py::arg("report"), py::arg("hardware"), verify_doc);
  module.def(
      "claims",
      [](const VerifiedHardware& hardware, const VerifiedRuntimeData& runtime_data,
         const VerifiedTpmQuote* quote) {
        return quote == nullptr ? hcl::claims(hardware, runtime_data)
                                : hcl::claims(hardware, runtime_data, *quote);
      },
      py::arg("hardware"), py::arg("runtime_data"), py::arg("quote") = py::none(),
      "The facts of all that was verified.");
}

}  // namespace

void bind_hcl(py::module_& module) {
  bind_values(module);

  def_unlocked(module, "parse", &hcl::parse, py::arg("data"),
               "Parses the paravisor's report, at most 16 KiB.\n\n"
               "Errors: ParseError at \"hcl.report.…\".");
  def_unlocked(module, "parse_runtime_data", &hcl::parse_runtime_data, py::arg("json"),
               "Parses runtime data. Errors: ParseError, VerifyError (bad_key) at "
               "\"hcl.runtime_data.…\".");
  def_unlocked(module, "parse_evidence", &hcl::parse_evidence, py::arg("data"),
               "Parses the blob alone, or a \"cupel.hcl/1\" bundle.");
  def_unlocked(module, "binds", &hcl::binds, py::arg("report"), py::arg("report_data"),
               "Returns if hardware that signed these 64 bytes of report data vouches for the "
               "report's runtime data.\n\nErrors: digest_mismatch at \"hcl.runtime_data\".");
  bind_hardware<snp::Report>(
      module,
      "Establishes that the hardware vouches for the runtime data: the report holds exactly the "
      "SNP report that was verified, at VMPL 0, and that names the hash of the runtime data.\n\n"
      "Errors: ParseError, VerifyError.");
  bind_hardware<tdx::Quote>(
      module,
      "Establishes that the TD whose quote was verified vouches for the runtime data.\n\n"
      "Errors: ParseError, VerifyError.");
  def_unlocked(module, "ak_trust", &hcl::ak_trust, py::arg("runtime_data"),
               "The attestation key that the runtime data name, as trust for a TPM's quote.");
  module.def("vendor_anchors", &hcl::vendor_anchors, "AMD's roots and Intel's.");
  def_endorsed<BytesArg>(module, "evaluate", &hcl::evaluate, py::arg("evidence"),
                         "parse_evidence, the three verifications and claims in one call.");
}

}  // namespace cupel::python

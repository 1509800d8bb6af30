// cupel.dcap: what quotes of SGX and TDX have in common.
#include <cupel/dcap.hpp>

#include "rooms.hpp"
#include "values.hpp"

namespace cupel::python {
namespace {

using dcap::CertificationType;

/// The enumerator; the core writes the number.
std::string_view name(CertificationType type) noexcept {
  switch (type) {
    case CertificationType::ppid_clear:
      return "ppid_clear";
    case CertificationType::ppid_rsa2048:
      return "ppid_rsa2048";
    case CertificationType::ppid_rsa3072:
      return "ppid_rsa3072";
    case CertificationType::pck_leaf:
      return "pck_leaf";
    case CertificationType::pck_chain:
      return "pck_chain";
    case CertificationType::qe_report:
      return "qe_report";
    case CertificationType::platform_manifest:
      break;
  }
  return "platform_manifest";
}

void bind_quote_parts(py::module_& module) {
  using dcap::CertificationData;
  using dcap::Header;
  using dcap::PlatformName;
  using dcap::SgxReport;
  using dcap::SignatureData;

  ValueClass<Header>(module, "Header", "The first 48 bytes of every quote.")
      .field("version", &Header::version, "3 (SGX), 4 and 5 (SGX or TDX).")
      .field("attestation_key_type", &Header::attestation_key_type, "2: ECDSA P-256.")
      .field("tee_type", &Header::tee_type, "0: SGX; 0x81: TDX.")
      .field("qe_svn", &Header::qe_svn, "Version 3; reserved in 4 and 5.")
      .field("pce_svn", &Header::pce_svn, "Version 3; reserved in 4 and 5.")
      .field("qe_vendor_id", &Header::qe_vendor_id)
      .field("user_data", &Header::user_data)
      .shown("version {}, tee_type {:#x}", &Header::version, &Header::tee_type);

  ValueClass<SgxReport>(module, "SgxReport",
                        "The report body of an enclave, or of the quoting enclave itself.")
      .field("cpu_svn", &SgxReport::cpu_svn)
      .field("misc_select", &SgxReport::misc_select)
      .field("isv_ext_prod_id", &SgxReport::isv_ext_prod_id)
      .field("attributes", &SgxReport::attributes, "Flags, 8 bytes, and XFRM, 8 bytes.")
      .field("mrenclave", &SgxReport::mrenclave)
      .field("mrsigner", &SgxReport::mrsigner)
      .field("config_id", &SgxReport::config_id)
      .field("isv_prod_id", &SgxReport::isv_prod_id)
      .field("isv_svn", &SgxReport::isv_svn)
      .field("config_svn", &SgxReport::config_svn)
      .field("isv_family_id", &SgxReport::isv_family_id)
      .field("report_data", &SgxReport::report_data)
      .shown("mrenclave={}", &SgxReport::mrenclave);

  ValueClass<PlatformName>(module, "PlatformName",
                           "The platform as certification data name it. Signed by nothing.")
      .field("ppid", &PlatformName::ppid, "16 bytes, or the encrypted 256 or 384.")
      .field("cpu_svn", &PlatformName::cpu_svn)
      .field("pce_svn", &PlatformName::pce_svn)
      .field("pce_id", &PlatformName::pce_id)
      .shown("ppid={}", &PlatformName::ppid);

  const auto type = [](const CertificationData& c) { return name(c.type); };
  ValueClass<CertificationData>(module, "CertificationData",
                                "How a quote says which PCK certificate vouches for its QE.")
      .field("type", type,
             "\"ppid_clear\", \"ppid_rsa2048\", \"ppid_rsa3072\", \"pck_leaf\", \"pck_chain\" or "
             "\"platform_manifest\".")
      .field("data", &CertificationData::data, "As it stands.")
      .field("platform", &CertificationData::platform, "With a PPID only.")
      .shown("{}", type);

  ValueClass<SignatureData>(module, "SignatureData", "What follows the signed part of a quote.")
      .field("signature", &SignatureData::signature, "r || s over header and body.")
      .field("attestation_key", &SignatureData::attestation_key, "x || y")
      .field("qe_report_bytes", &SignatureData::qe_report_bytes)
      .field("qe_report", &SignatureData::qe_report)
      .field("qe_report_signature", &SignatureData::qe_report_signature)
      .field("qe_auth_data", &SignatureData::qe_auth_data)
      .field("certification", &SignatureData::certification)
      .shown("{!r}", &SignatureData::certification);
}

void bind_verified_parts(py::module_& module) {
  using dcap::Judgement;
  using dcap::Platform;

  ValueClass<Platform>(module, "Platform",
                       "What the verified PCK certificate says about the platform.")
      .field("ppid", &Platform::ppid)
      .field("components", &Platform::components, "SGX TCB component SVNs, a byte each.")
      .field("pce_svn", &Platform::pce_svn)
      .field("cpu_svn", &Platform::cpu_svn)
      .field("pce_id", &Platform::pce_id)
      .field("fmspc", &Platform::fmspc)
      .field("sgx_type", &Platform::sgx_type,
             "0: standard, 1: scalable, 2: scalable with integrity.")
      .field("platform_instance_id", &Platform::platform_instance_id, "Platform CA only.")
      .field("dynamic_platform", &Platform::dynamic_platform)
      .field("cached_keys", &Platform::cached_keys)
      .field("smt_enabled", &Platform::smt_enabled)
      .shown("fmspc={}", &Platform::fmspc);

  ValueClass<Judgement>(module, "Judgement",
                        "What Intel's signed collateral says about a platform, at the time that "
                        "was asked about. A status is Intel's word: \"UpToDate\", "
                        "\"SWHardeningNeeded\", \"OutOfDate\", \"Revoked\", …")
      .field("status", &Judgement::status, "Of platform, TDX module and QE together.")
      .field("advisory_ids", &Judgement::advisory_ids, "Sorted; of every level that matched.")
      .field("tcb_date", &Judgement::tcb_date, "Of the platform's level.")
      .field("evaluation_data_number", &Judgement::evaluation_data_number)
      .field("issue_date", &Judgement::issue_date)
      .field("next_update", &Judgement::next_update)
      .field("platform_status", &Judgement::platform_status, "Of the platform's own level.")
      .field("qe_status", &Judgement::qe_status)
      .field("qe_tcb_date", &Judgement::qe_tcb_date)
      .field("qe_isv_svn", &Judgement::qe_isv_svn)
      .field("qe_evaluation_data_number", &Judgement::qe_evaluation_data_number)
      .field("qe_issue_date", &Judgement::qe_issue_date)
      .field("qe_next_update", &Judgement::qe_next_update)
      .field("module_status", &Judgement::module_status, "TDX with a module identity.")
      .field("module_id", &Judgement::module_id, "\"TDX_01\"")
      .field("module_tcb_date", &Judgement::module_tcb_date)
      .field("remarks", &Judgement::remarks,
             "What is behind, by how much, since when, and what can be done. Empty exactly for "
             "\"UpToDate\".")
      .shown("{}", &Judgement::status);
}

}  // namespace

void bind_dcap(py::module_& module) {
  module.attr("MAX_QUOTE_SIZE") = dcap::kMaxQuoteSize;
  bind_quote_parts(module);
  bind_verified_parts(module);

  py::class_<dcap::Collateral>(module, "Collateral",
                               "Intel's signed documents, parsed once and used for any number of "
                               "quotes. Untrusted until a verification checks them.")
      .def_static(
          "parse",
          [](const Endorsements& endorsements) {
            return unlocked([&] { return dcap::Collateral::parse(endorsements); });
          },
          py::arg("endorsements"),
          "Sorts and parses what was brought: certificates, CRLs, TCB info, identities.\n\n"
          "Errors: ParseError, VerifyError at \"dcap.tcb_info.…\", \"dcap.qe_identity.…\", "
          "\"endorsements.…\".")
      .def("__repr__", [](const dcap::Collateral&) { return py::str("<cupel.dcap.Collateral>"); });

  def_unlocked(
      module, "trim_zero_padding", &dcap::trim_zero_padding, py::arg("buffer"),
      "The quote in a buffer that its producer filled up with zeros, as some drivers do. "
      "A step to take on purpose: parse() refuses every byte after the quote.\n\n"
      "Errors: ParseError at \"dcap.quote\" (trailing_bytes: something that is not zero) and "
      "\"dcap.header.…\".");
  def_unlocked(module, "at_pccs", &dcap::at_pccs, py::arg("requests"), py::arg("base"),
               "The same requests at a PCCS, Intel's caching service, whose address is `base`. "
               "Other publishers' requests stay as they are.\n\n"
               "Errors: invalid_argument at \"pccs\".");
  module.def("vendor_anchors", &dcap::vendor_anchors, "Intel SGX Root CA, by its key.");
}

}  // namespace cupel::python

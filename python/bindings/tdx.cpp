// cupel.tdx: quotes of trust domains, and the event logs that explain them.
#include <cupel/tdx.hpp>

#include "rooms.hpp"
#include "values.hpp"

namespace cupel::python {
namespace {

void bind_reports(py::module_& module) {
  using tdx::TdReport10;
  using tdx::TdReport15;

  ValueClass<TdReport10>(module, "TdReport10", "A TD report of TDX 1.0.")
      .field("tee_tcb_svn", &TdReport10::tee_tcb_svn)
      .field("mrseam", &TdReport10::mrseam)
      .field("mrsignerseam", &TdReport10::mrsignerseam, "Zeros: Intel.")
      .field("seam_attributes", &TdReport10::seam_attributes)
      .field("td_attributes", &TdReport10::td_attributes, "Little-endian.")
      .field("xfam", &TdReport10::xfam, "Little-endian.")
      .field("mrtd", &TdReport10::mrtd)
      .field("mrconfigid", &TdReport10::mrconfigid)
      .field("mrowner", &TdReport10::mrowner)
      .field("mrownerconfig", &TdReport10::mrownerconfig)
      .field("rtmr", &TdReport10::rtmr, "RTMR 0 to 3.")
      .field("report_data", &TdReport10::report_data)
      .shown("mrtd={}", &TdReport10::mrtd);

  ValueClass<TdReport15>(module, "TdReport15",
                         "A TD report of TDX 1.5: 1.0, and what an update without restart adds.")
      .field("base", &TdReport15::base)
      .field("tee_tcb_svn_2", &TdReport15::tee_tcb_svn_2, "Of the module that runs now.")
      .field("mrservicetd", &TdReport15::mrservicetd)
      .shown("{!r}", &TdReport15::base);
}

void bind_boot_log(py::module_& module) {
  using tdx::BootLog;

  ValueClass<BootLog::Event>(module, "BootEvent", "A digest that a register was extended with.")
      .field("rtmr", &BootLog::Event::rtmr)
      .field("digest", &BootLog::Event::digest, "SHA-384.")
      .shown("RTMR {} {}", &BootLog::Event::rtmr, &BootLog::Event::digest);

  ValueClass<BootLog>(module, "BootLog",
                      "What an event log says about quoted registers. Types and data of events are "
                      "covered by nothing and are not here.")
      .field("explained", &BootLog::explained, "The registers that the log explains, ascending.")
      .field("events", &BootLog::events, "In the order they were extended.")
      .shown("RTMR {}", &BootLog::explained);
  bind_verified<BootLog>(module, "VerifiedBootLog",
                         "An event log that explains the quoted registers it mentions.");
}

}  // namespace

void bind_tdx(py::module_& module) {
  using tdx::Quote;

  bind_reports(module);
  ValueClass<Quote>(module, "Quote",
                    "A quote of version 4 or 5 with a TD report: well formed, not authentic.")
      .field("raw", &Quote::raw, "Exactly as received.")
      .field("header", &Quote::header)
      .field("report", &Quote::report)
      .field("body", &Quote::body, "The fields that both kinds of report have.")
      .field("signature", &Quote::signature)
      .field("platform", &Quote::platform, "Set by verify().")
      .field("tcb", &Quote::tcb, "Set by verify().")
      .shown("{!r}", &Quote::report);
  bind_verified<Quote>(module, "VerifiedQuote",
                       "A quote of a TD on a genuine Intel processor with a genuine TDX module.");
  bind_boot_log(module);

  def_unlocked(module, "parse", &tdx::parse, py::arg("data"),
               "Parses a quote; every byte is consumed.\n\n"
               "Errors: ParseError at \"dcap.header.…\", \"dcap.signature.…\", "
               "\"dcap.qe_report.…\", \"tdx.report.…\"; bad_magic for an SGX quote.");
  def_unlocked(module, "needed", &tdx::needed, py::arg("evidence"),
               "What Intel's PCS serves about this quote's platform. Errors: those of parse(), and "
               "of the PCK certificate.");
  module.def("vendor_anchors", &tdx::vendor_anchors, "Intel SGX Root CA, by its key.");
  def_judged<Quote, dcap::Collateral>(
      module, "verify", &tdx::verify, py::arg("quote"), py::arg("collateral"),
      "Establishes that a genuine Intel processor with a genuine TDX module runs the TD, and "
      "judges their patch level.\n\nErrors: VerifyError, CollateralError.");
  def_unlocked(module, "replay", &tdx::replay, py::arg("log"), py::arg("quote"),
               "Establishes that a CC event log (ACPI CCEL) explains the quoted registers it "
               "mentions.\n\n"
               "Errors: ParseError at \"tpm.event_log.…\", \"tdx.event_log…\"; VerifyError at "
               "\"tdx.event_log.rtmr.<i>\".");
  module.def("claims", &tdx::claims, py::arg("quote"), "The facts a verified quote states.");
  def_endorsed<BytesArg>(
      module, "evaluate", &tdx::evaluate, py::arg("evidence"),
      "A quote, a \"cupel.tdx/1\" document (quote and event log), or an X.509 certificate with a "
      "quote inside (RA-TLS), to claims in one call.");
}

}  // namespace cupel::python

// cupel.snp: from bytes to a report, and from a report to a verified one.
#include <algorithm>
#include <array>
#include <cupel/snp.hpp>

#include "rooms.hpp"
#include "values.hpp"

namespace cupel::python {
namespace {

using snp::Report;
using VerifiedReport = Verified<Report>;

/// Errors: invalid_argument at "product".
snp::Product product_by_name(std::string_view name) {
  for (const auto product : {snp::Product::milan, snp::Product::genoa, snp::Product::turin}) {
    if (to_string(product) == name) {
      return product;
    }
  }
  refuse_argument("product", "not one of Milan, Genoa, Turin");
}

void bind_parsers(py::module_& module) {
  def_unlocked(module, "parse", &snp::parse, py::arg("data"),
               "Parses the 1184 bytes of a report of version 2 to 5.\n\n"
               "Errors: ParseError, VerifyError (bad_key) at \"snp.report.…\".");
  def_unlocked(module, "parse_certificate_table", &snp::parse_certificate_table, py::arg("data"),
               "Parses the certificate table behind a report, at most 64 KiB.\n\n"
               "Errors: ParseError at \"snp.certificate_table.…\".");
  def_unlocked(module, "parse_evidence", &snp::parse_evidence, py::arg("data"),
               "Parses a report with what came along: raw, extended (with its table), the answer "
               "of Azure's sidecar, or a \"cupel.snp/1\" bundle.\n\n"
               "Errors: those of parse() and parse_certificate_table(); ParseError at "
               "\"snp.evidence.…\".");
  module.def(
      "parse_tcb",
      [](const std::string& product, const BytesArg& data, const std::string& where) {
        snp::TcbBytes bytes{};
        if (data.data.size() != bytes.size()) {
          refuse_argument(where, "a TCB_VERSION has 8 bytes");
        }
        std::copy(data.data.begin(), data.data.end(), bytes.begin());
        return snp::parse_tcb(product_by_name(product), bytes, where).value();
      },
      py::arg("product"), py::arg("data"), py::arg("where") = "snp.tcb",
      "The parts of a TCB_VERSION, for \"Milan\", \"Genoa\" or \"Turin\".\n\n"
      "Errors: reserved_not_zero at `where`; invalid_argument at \"product\", or at `where` for "
      "anything but 8 bytes.");
  module.def(
      "parts",
      [](const snp::Tcb& tcb) {
        py::typing::Dict<py::str, py::int_> out;
        for (const snp::TcbPart& part : snp::parts(tcb)) {
          out[to_python(part.name)] = py::int_(part.value);
        }
        return out;
      },
      py::arg("tcb"), "The parts of a patch level by name: \"boot_loader\", \"microcode\", …");
  module.def(
      "product_of", [](const snp::CpuId& cpuid) { return as_python(snp::product_of(cpuid)); },
      py::arg("cpuid"), "\"Milan\", \"Genoa\" or \"Turin\"; None for a processor not known.");
}

}  // namespace

void bind_snp_verify(py::module_& module) {
  bind_parsers(module);
  bind_verified<Report>(module, "VerifiedReport", "A report that a genuine AMD processor signed.");
  py::class_<snp::VekTrust>(module, "VekTrust",
                            "Certificates and CRLs, parsed once: for many reports of few machines. "
                            "Untrusted until a verification checks them.")
      .def_static(
          "from_endorsements",
          [](const Endorsements& endorsements) {
            return unlocked([&] { return snp::VekTrust::from(endorsements); });
          },
          py::arg("endorsements"),
          "VekTrust::from in C++; `from` is a word of Python's own.\n\n"
          "Errors: bad_certificate, bad_key, bad_encoding, too_large at \"endorsements.…\".")
      .def("__repr__", [](const snp::VekTrust&) { return py::str("<cupel.snp.VekTrust>"); });

  module.def("vendor_anchors", &snp::vendor_anchors, "AMD's roots (ARK) by fingerprint.");
  def_unlocked(module, "needed", &snp::needed, py::arg("report"),
               "What AMD publishes about the chip and product of this report.\n\n"
               "Errors: unsupported_version when the product is not known.");
  def_judged<Report, snp::VekTrust>(
      module, "verify",
      [](const Report& report, const snp::VekTrust& trust, const VerifyContext& context) {
        return snp::verify(report, trust, context);
      },
      py::arg("report"), py::arg("trust"),
      "Establishes that a genuine AMD processor signed the report.\n\n"
      "Errors: VerifyError, CollateralError.");
  def_endorsed<Report>(
      module, "verify",
      [](const Report& report, const Endorsements& endorsements, const VerifyContext& context) {
        return snp::verify(report, endorsements, context);
      },
      py::arg("report"), "The same with certificates and CRLs as they came, in any order.");
  def_unlocked(module, "binds", &snp::binds, py::arg("report"), py::arg("data"),
               "Returns if REPORT_DATA is the SHA-256 of `data`, followed by 32 zero bytes.\n\n"
               "Errors: digest_mismatch at \"snp.report.report_data\".");
  def_judged_without_anchors<VerifiedReport, Bytes, uvm::Trust>(
      module, "verify_uvm", &snp::verify_uvm, py::arg("report"), py::arg("endorsement"),
      py::arg("trust"),
      "Establishes that the endorsement is the trusted issuer's, and of this report's launch "
      "measurement. There are no anchors to give, as in cupel.uvm.verify().\n\n"
      "Errors: those of uvm.parse() and uvm.verify(); digest_mismatch at "
      "\"snp.uvm.launch_measurement\".");
  module.def("claims", &snp::claims, py::arg("report"), "The facts a verified report states.");
  def_endorsed<BytesArg>(
      module, "evaluate", &snp::evaluate, py::arg("evidence"),
      "parse_evidence, verify, binds, the UVM endorsement (of Microsoft's container platform) and "
      "claims in one call.");
}

}  // namespace cupel::python

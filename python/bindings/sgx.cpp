// cupel.sgx: quotes of enclaves.
#include <cupel/sgx.hpp>

#include "rooms.hpp"
#include "values.hpp"

namespace cupel::python {

void bind_sgx(py::module_& module) {
  using sgx::Quote;

  ValueClass<Quote>(module, "Quote",
                    "A quote of version 3, 4 or 5 with an SGX report: well formed, not authentic.")
      .field("raw", &Quote::raw, "Exactly as received.")
      .field("header", &Quote::header)
      .field("report", &Quote::report)
      .field("signature", &Quote::signature)
      .field("platform", &Quote::platform, "Set by verify().")
      .field("tcb", &Quote::tcb, "Set by verify().")
      .shown("{!r}", &Quote::report);
  bind_verified<Quote>(module, "VerifiedQuote",
                       "A quote of an enclave on a genuine Intel processor.");

  def_unlocked(module, "parse", &sgx::parse, py::arg("data"),
               "Parses a quote; every byte is consumed.\n\n"
               "Errors: ParseError at \"dcap.header.…\", \"dcap.signature.…\", "
               "\"dcap.qe_report.…\", \"sgx.report.…\"; bad_magic for a TDX quote.");
  def_unlocked(module, "needed", &sgx::needed, py::arg("evidence"),
               "What Intel's PCS serves about this quote's platform. Errors: those of parse(), and "
               "of the PCK certificate.");
  module.def("vendor_anchors", &sgx::vendor_anchors, "Intel SGX Root CA, by its key.");
  def_judged<Quote, dcap::Collateral>(
      module, "verify", &sgx::verify, py::arg("quote"), py::arg("collateral"),
      "Establishes that a genuine Intel processor runs the enclave, and judges its patch level.\n\n"
      "Errors: VerifyError, CollateralError.");
  module.def("claims", &sgx::claims, py::arg("quote"), "The facts a verified quote states.");
  def_endorsed<BytesArg>(
      module, "evaluate", &sgx::evaluate, py::arg("evidence"),
      "A quote, or an X.509 certificate with one inside (RA-TLS), to claims in one call.");
}

}  // namespace cupel::python

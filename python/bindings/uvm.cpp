// cupel.uvm: endorsements of the utility VM, from bytes to a verified one.
#include <pybind11/stl.h>

#include <cupel/uvm.hpp>
#include <memory>
#include <optional>

#include "convert.hpp"
#include "rooms.hpp"
#include "values.hpp"

namespace cupel::python {
namespace {

std::string_view name(uvm::Form form) noexcept {
  return form == uvm::Form::json ? "json" : "hash_envelope";
}

void bind_values(py::module_& uvm) {
  py::class_<uvm::Endorsement>(uvm, "Endorsement",
                               "An endorsement of a launch measurement. Parsed, not authentic.")
      .def_property_readonly(
          "raw", [](const uvm::Endorsement& e) { return to_python(e.raw); },
          "COSE_Sign1 exactly as received.")
      .def_property_readonly(
          "form", [](const uvm::Endorsement& e) { return to_python(name(e.form)); },
          "\"json\" (the payload is JSON) or \"hash_envelope\" (the payload is the measurement).")
      .def_property_readonly(
          "issuer", [](const uvm::Endorsement& e) { return to_python(e.issuer); },
          "did:x509:…: who signed, by the fingerprint of the authority that certified the signer.")
      .def_property_readonly(
          "feed", [](const uvm::Endorsement& e) { return to_python(e.feed); },
          "What the measurement is of: \"ContainerPlat-AMD-UVM\".")
      .def_property_readonly(
          "svn", [](const uvm::Endorsement& e) { return e.svn; },
          "The release's security version. None when the signer stated none.")
      .def_property_readonly(
          "signed_at", [](const uvm::Endorsement& e) { return to_python(e.signed_at); },
          "The signer's own word.")
      .def_property_readonly(
          "launch_measurement",
          [](const uvm::Endorsement& e) { return to_python(e.launch_measurement); }, "48 bytes.")
      .def_property_readonly(
          "certificates", [](const uvm::Endorsement& e) { return to_python(e.certificates); },
          "x5chain, DER, the signer's first.")
      .def("__repr__", [](const uvm::Endorsement& e) {
        return py::str("<cupel.uvm.Endorsement {!r} svn={} {}>")
            .format(to_python(e.feed), e.svn, to_python(e.launch_measurement).attr("hex")());
      });

  bind_verified<uvm::Endorsement>(
      uvm, "VerifiedEndorsement",
      "An endorsement that the trusted issuer signed: every field is part of what was signed. It "
      "says what a measurement is, not that any machine runs it. `valid_until` is None: an old "
      "endorsement stays genuine for ever.");
}

void bind_trust_in_issuers(py::module_& uvm) {
  py::class_<uvm::Trust>(uvm, "Trust", "Whose word about what is taken. Immutable.")
      .def(py::init([](const std::string& issuer, const std::string& feed) {
             return uvm::Trust{issuer, feed};
           }),
           py::arg("issuer"), py::arg("feed"),
           "The issuer's did:x509, letter for letter: it names the authority by fingerprint; and "
           "the feed.")
      .def_property_readonly("issuer", [](const uvm::Trust& t) { return to_python(t.issuer); })
      .def_property_readonly("feed", [](const uvm::Trust& t) { return to_python(t.feed); })
      .def(
          "__eq__",
          [](const uvm::Trust& a, const uvm::Trust& b) {
            return a.issuer == b.issuer && a.feed == b.feed;
          },
          py::is_operator())
      .def("__repr__", [](const uvm::Trust& t) {
        return py::str("<cupel.uvm.Trust {!r} for {!r}>")
            .format(to_python(t.issuer), to_python(t.feed));
      });

  uvm.def(
      "container_platform", [] { return uvm::container_platform(); },
      "Microsoft, for the utility VM of confidential containers on AMD SEV-SNP.");
}

}  // namespace

void bind_uvm(py::module_& uvm) {
  uvm.attr("MAX_ENDORSEMENT_SIZE") = uvm::kMaxEndorsementSize;
  bind_values(uvm);
  bind_trust_in_issuers(uvm);

  uvm.def(
      "looks_like", [](const BytesArg& data) { return uvm::looks_like(data); }, py::arg("data"),
      "Whether this is a COSE_Sign1 with an issuer and a feed. A hint, never trusted.");
  uvm.def(
      "parse", [](const BytesArg& data) { return unlocked([&] { return uvm::parse(data); }); },
      py::arg("data"),
      "Parses an endorsement: COSE_Sign1 with PS384, in either of its two forms. Structure "
      "only.\n\n"
      "Source: RFC 9052, RFC 9360, RFC 9597, draft-ietf-cose-hash-envelope.\n"
      "Errors: ParseError at \"uvm.…\"; digest_mismatch at \"uvm.x5t\".");
  uvm.def(
      "verify",
      [](const uvm::Endorsement& endorsement, const uvm::Trust& trust, const TimeArg& now,
         const std::string& revocation, const std::shared_ptr<ChainCache>& cache) {
        const VerifyContext context{now, TrustAnchors({}), revocation_by_name(revocation),
                                    cache.get()};
        return unlocked([&] { return uvm::verify(endorsement, trust, context); });
      },
      py::arg("endorsement"), py::arg("trust"), py::kw_only(), py::arg("now"),
      py::arg("revocation") = "if_available", py::arg("cache") = py::none(),
      "Establishes that the trusted issuer signed the endorsement. There are no anchors to give: "
      "the issuer's name says which authority must have certified the signer.\n\n"
      "Source: did:x509 method specification, version 0; RFC 9052, section 4.4; RFC 8230.\n"
      "Errors: VerifyError at \"uvm.iss\", \"uvm.feed\", \"uvm.signed_at\", \"uvm.x5chain\" and "
      "\"uvm.cose.signature\"; CollateralError when revocation is \"required\", for CRLs are not "
      "looked at.\n"
      "Not done: receipts of transparency ledgers and timestamps. Whether the version is recent, "
      "and whose measurement it is, is the caller's question.");
}

}  // namespace cupel::python

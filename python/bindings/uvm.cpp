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

void bind_values(py::module_& uvm) {
  ValueClass<uvm::Endorsement>(uvm, "Endorsement",
                               "An endorsement of a launch measurement. Parsed, not authentic.")
      .field("raw", &uvm::Endorsement::raw, "COSE_Sign1 exactly as received.")
      .field(
          "form",
          [](const uvm::Endorsement& e) {
            return std::string_view(e.form == uvm::Form::json ? "json" : "hash_envelope");
          },
          "\"json\" (the payload is JSON) or \"hash_envelope\" (the payload is the measurement).")
      .field(
          "issuer", &uvm::Endorsement::issuer,
          "did:x509:…: who signed, by the fingerprint of the authority that certified the signer.")
      .field("feed", &uvm::Endorsement::feed,
             "What the measurement is of: \"ContainerPlat-AMD-UVM\".")
      .field("svn", &uvm::Endorsement::svn,
             "The release's security version. None when the signer stated none.")
      .field("signed_at", &uvm::Endorsement::signed_at, "The signer's own word.")
      .field("launch_measurement", &uvm::Endorsement::launch_measurement, "48 bytes.")
      .field("certificates", &uvm::Endorsement::certificates, "x5chain, DER, the signer's first.")
      .shown("{!r} svn={} {}", &uvm::Endorsement::feed, &uvm::Endorsement::svn,
             &uvm::Endorsement::launch_measurement);

  bind_verified<uvm::Endorsement>(
      uvm, "VerifiedEndorsement",
      "An endorsement that the trusted issuer signed: every field is part of what was signed. It "
      "says what a measurement is, not that any machine runs it. `valid_until` is None: an old "
      "endorsement stays genuine for ever.");
}

void bind_trust_in_issuers(py::module_& uvm) {
  ValueClass<uvm::Trust> trust(uvm, "Trust", "Whose word about what is taken. Immutable.");
  trust.field("issuer", &uvm::Trust::issuer)
      .field("feed", &uvm::Trust::feed)
      .shown("{!r} for {!r}", &uvm::Trust::issuer, &uvm::Trust::feed);
  trust
      .def(py::init([](const std::string& issuer, const std::string& feed) {
             return uvm::Trust{issuer, feed};
           }),
           py::arg("issuer"), py::arg("feed"),
           "The issuer's did:x509, letter for letter: it names the authority by fingerprint; and "
           "the feed.")
      .def(
          "__eq__",
          [](const uvm::Trust& a, const uvm::Trust& b) {
            return a.issuer == b.issuer && a.feed == b.feed;
          },
          py::is_operator());

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
  def_unlocked(
      uvm, "parse", &uvm::parse, py::arg("data"),
      "Parses an endorsement: COSE_Sign1 with PS384, in either of its two forms. Structure "
      "only.\n\n"
      "Source: RFC 9052, RFC 9360, RFC 9597, draft-ietf-cose-hash-envelope.\n"
      "Errors: ParseError at \"uvm.…\"; digest_mismatch at \"uvm.x5t\".");
  def_judged_without_anchors<uvm::Endorsement, uvm::Trust>(
      uvm, "verify", &uvm::verify, py::arg("endorsement"), py::arg("trust"),
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

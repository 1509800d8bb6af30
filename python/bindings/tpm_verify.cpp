// cupel.tpm: evidence documents, and what turns a quote into a verified one.
#include <cupel/tpm.hpp>

#include "rooms.hpp"
#include "tpm_names.hpp"
#include "values.hpp"

namespace cupel::python {
namespace {

using VerifiedQuote = Verified<tpm::Quote>;
using VerifiedLog = Verified<tpm::EventLog>;

void bind_evidence_document(py::module_& tpm) {
  ValueClass<tpm::Evidence> evidence(tpm, "Evidence",
                                     "What one evidence document holds. Not authentic.");
  evidence.field("form", &tpm::Evidence::form, "\"blindllama\" or \"cupel.tpm/1\".")
      .field("quote", &tpm::Evidence::quote)
      .field("ak_certificates", &tpm::Evidence::ak_certificates,
             "DER, leaf first, then helpers in any order.")
      .field("ak_public", &tpm::Evidence::ak_public)
      .field("event_log", &tpm::Evidence::event_log)
      .field("webserver_rootca", &tpm::Evidence::webserver_rootca,
             "PEM; nothing vouches for it until a replay binds it.")
      .field("application_disk_roothash", &tpm::Evidence::application_disk_roothash,
             "Nothing vouches for it until a replay binds it.")
      .shown("{}: {!r}", &tpm::Evidence::form, &tpm::Evidence::quote);
  evidence.def(
      "to_json", [](const tpm::Evidence& e) { return to_python(tpm::to_json(e)); },
      "A \"cupel.tpm/1\" bundle with the same parts.");

  def_unlocked(
      tpm, "parse_evidence", &tpm::parse_evidence, py::arg("data"),
      "Parses an evidence document: BlindLlama's attestation JSON or a \"cupel.tpm/1\" bundle.\n\n"
      "Errors: ParseError at \"tpm.evidence.…\" and at the parts' places.");
}

void bind_trust_in_keys(py::module_& tpm) {
  py::class_<tpm::AkTrust>(tpm, "AkTrust", "Why an attestation key is trusted.")
      .def_static(
          "from_chain",
          [](const std::vector<BytesArg>& ders) {
            std::vector<ByteVector> chain;
            chain.reserve(ders.size());
            for (const BytesArg& der : ders) {
              chain.push_back(der.data);
            }
            return unlocked([&] { return tpm::AkTrust::from_chain(chain); });
          },
          py::arg("ders"),
          "A certificate (DER, first) with untrusted helpers in any order.\n\n"
          "Errors: missing_field, bad_certificate at \"tpm.ak_certificate\".")
      .def_static(
          "from_public_key",
          [](const std::string& name, const BytesArg& spki) {
            return unlocked([&] { return tpm::AkTrust::from_public_key(name, spki); });
          },
          py::arg("name"), py::arg("spki"),
          "A key the caller names on purpose; the verdict lists it under `assumed`.\n\n"
          "Errors: bad_key at \"tpm.ak_public\".")
      .def("__repr__", [](const tpm::AkTrust&) { return py::str("<cupel.tpm.AkTrust>"); });
}

}  // namespace

void bind_tpm_verify(py::module_& tpm) {
  bind_evidence_document(tpm);
  bind_trust_in_keys(tpm);
  bind_verified<tpm::Quote>(tpm, "VerifiedQuote", "A quote that a trusted TPM key signed.");
  bind_verified<tpm::EventLog>(tpm, "VerifiedEventLog",
                               "An event log that explains the quoted registers it mentions.");

  tpm.def("vendor_anchors", &tpm::vendor_anchors,
          "Roots of Microsoft's virtual TPMs, by fingerprint.");
  tpm.def("gce_anchors", &tpm::gce_anchors,
          "Roots of Google Compute Engine's virtual TPMs, by fingerprint. Their certificates do "
          "not say what the key is for in the way the TCG asks.");
  def_endorsed<tpm::Quote, tpm::AkTrust>(
      tpm, "verify", &tpm::verify, py::arg("quote"), py::arg("trust"),
      "Establishes that a trusted TPM key signed the quote, and that the PCR values are the quoted "
      "ones.\n\nErrors: VerifyError, CollateralError.");
  def_unlocked(tpm, "replay", &tpm::replay, py::arg("log"), py::arg("quote"),
               "Establishes that the log explains the quoted registers it mentions.\n\n"
               "Errors: VerifyError.");
  tpm.def(
      "pcr",
      [](const VerifiedQuote& quote, const std::string& bank,
         unsigned index) -> std::optional<py::bytes> {
        const ByteVector* value = tpm::pcr(quote, hash_by_name(bank), index);
        if (value == nullptr) {
          return std::nullopt;
        }
        return to_python(Bytes(*value));
      },
      py::arg("quote"), py::arg("bank"), py::arg("index"),
      "The quoted value of a register, or None when it was not quoted.");
  tpm.def(
      "claims",
      [](const VerifiedQuote& quote, const VerifiedLog* log) {
        return log == nullptr ? tpm::claims(quote) : tpm::claims(quote, *log);
      },
      py::arg("quote"), py::arg("log") = py::none(),
      "The facts a verified quote states, with those of a replayed event log.");
  def_endorsed<BytesArg>(tpm, "evaluate", &tpm::evaluate, py::arg("evidence"),
                         "parse_evidence, verify, replay and claims in one call.");
}

}  // namespace cupel::python

// cupel.tpm: evidence documents, and what turns a quote into a verified one.
#include <pybind11/stl.h>

#include <cupel/tpm.hpp>
#include <memory>

#include "convert.hpp"
#include "rooms.hpp"
#include "tpm_names.hpp"

namespace cupel::python {
namespace {

using VerifiedQuote = Verified<tpm::Quote>;
using VerifiedLog = Verified<tpm::EventLog>;

void bind_evidence_document(py::module_& tpm) {
  py::class_<tpm::Evidence>(tpm, "Evidence", "What one evidence document holds. Not authentic.")
      .def_property_readonly(
          "form", [](const tpm::Evidence& e) { return to_python(e.form); },
          "\"blindllama\" or \"cupel.tpm/1\".")
      .def_property_readonly("quote", [](const tpm::Evidence& e) { return e.quote; })
      .def_property_readonly(
          "ak_certificates", [](const tpm::Evidence& e) { return to_python(e.ak_certificates); },
          "DER, leaf first, then helpers in any order.")
      .def_property_readonly("ak_public",
                             [](const tpm::Evidence& e) -> std::optional<py::bytes> {
                               if (!e.ak_public) {
                                 return std::nullopt;
                               }
                               return to_python(Bytes(*e.ak_public));
                             })
      .def_property_readonly("event_log", [](const tpm::Evidence& e) { return e.event_log; })
      .def_property_readonly(
          "webserver_rootca",
          [](const tpm::Evidence& e) -> std::optional<py::str> {
            if (!e.webserver_rootca) {
              return std::nullopt;
            }
            return to_python(std::string_view(*e.webserver_rootca));
          },
          "PEM; nothing vouches for it until a replay binds it.")
      .def_property_readonly(
          "application_disk_roothash",
          [](const tpm::Evidence& e) -> std::optional<py::bytes> {
            if (!e.application_disk_roothash) {
              return std::nullopt;
            }
            return to_python(Bytes(*e.application_disk_roothash));
          },
          "Nothing vouches for it until a replay binds it.")
      .def(
          "to_json", [](const tpm::Evidence& e) { return to_python(tpm::to_json(e)); },
          "A \"cupel.tpm/1\" bundle with the same parts.")
      .def("__repr__", [](const tpm::Evidence& e) {
        return py::str("<cupel.tpm.Evidence {}: {!r}>")
            .format(to_python(e.form), py::cast(e.quote));
      });

  tpm.def(
      "parse_evidence",
      [](const BytesArg& data) { return unlocked([&] { return tpm::parse_evidence(data); }); },
      py::arg("data"),
      "Parses an evidence document: BlindLlama's attestation JSON or a \"cupel.tpm/1\" bundle.\n\n"
      "Errors: ParseError at \"tpm.evidence.…\" and at the parts' places.");
}

template <class T>
py::class_<Verified<T>> bind_verified(py::module_& tpm, const char* name, const char* doc) {
  return py::class_<Verified<T>>(tpm, name, doc)
      .def_property_readonly("value", [](const Verified<T>& v) { return *v; })
      .def_property_readonly(
          "valid_until", [](const Verified<T>& v) { return to_python(v.assurance().valid_until); })
      .def_property_readonly("proved",
                             [](const Verified<T>& v) { return to_python(v.assurance().proved); })
      .def_property_readonly(
          "not_proved", [](const Verified<T>& v) { return to_python(v.assurance().not_proved); })
      .def_property_readonly("assumed",
                             [](const Verified<T>& v) { return to_python(v.assurance().assumed); })
      .def("__repr__", [name](const Verified<T>& v) {
        return py::str("<cupel.tpm.{} {!r}>").format(name, py::cast(*v));
      });
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

  tpm.def(
      "vendor_anchors", [] { return tpm::vendor_anchors(); },
      "Roots of Microsoft's virtual TPMs, by fingerprint.");
  tpm.def(
      "verify",
      [](const tpm::Quote& quote, const tpm::AkTrust& trust, const TimeArg& now,
         const TrustAnchors& anchors, const std::optional<Endorsements>& endorsements,
         const std::string& revocation, const std::shared_ptr<ChainCache>& cache) {
        const VerifyContext context{now, anchors, revocation_by_name(revocation), cache.get()};
        const Endorsements given = endorsements.value_or(Endorsements{});
        return unlocked([&] { return tpm::verify(quote, trust, given, context); });
      },
      py::arg("quote"), py::arg("trust"), py::kw_only(), py::arg("now"), py::arg("anchors"),
      py::arg("endorsements") = py::none(), py::arg("revocation") = "if_available",
      py::arg("cache") = py::none(),
      "Establishes that a trusted TPM key signed the quote, and that the PCR values are the quoted "
      "ones.\n\nErrors: VerifyError, CollateralError.");
  tpm.def(
      "replay",
      [](const tpm::EventLog& log, const VerifiedQuote& quote) {
        return unlocked([&] { return tpm::replay(log, quote); });
      },
      py::arg("log"), py::arg("quote"),
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
  tpm.def(
      "evaluate",
      [](const BytesArg& evidence, const TimeArg& now, const TrustAnchors& anchors,
         const std::optional<Endorsements>& endorsements, const std::string& revocation,
         const std::shared_ptr<ChainCache>& cache) {
        const VerifyContext context{now, anchors, revocation_by_name(revocation), cache.get()};
        const Endorsements given = endorsements.value_or(Endorsements{});
        return unlocked([&] { return tpm::evaluate(evidence, given, context); });
      },
      py::arg("evidence"), py::kw_only(), py::arg("now"), py::arg("anchors"),
      py::arg("endorsements") = py::none(), py::arg("revocation") = "if_available",
      py::arg("cache") = py::none(), "parse_evidence, verify, replay and claims in one call.");
}

}  // namespace cupel::python

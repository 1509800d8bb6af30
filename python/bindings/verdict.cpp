// Verdict, Acceptance and TlsPin: the judgement, its reasons, and the one key it lets through.
#include <pybind11/stl.h>

#include <cupel/verdict.hpp>

#include "convert.hpp"
#include "rooms.hpp"

namespace cupel::python {
namespace {

py::object loads(const std::string& json) {
  return py::module_::import("json").attr("loads")(to_python(json));
}

void bind_pin(py::module_& module) {
  py::class_<TlsPin>(module, "TlsPin",
                     "Which TLS key a connection must have. Only an acceptance makes one.")
      .def_property_readonly(
          "kind", [](const TlsPin& p) { return to_python(to_string(p.kind())); },
          "\"spki_sha256\", \"certificate_sha256\" or \"root_ca\".")
      .def_property_readonly(
          "sha256", [](const TlsPin& p) { return to_python(p.sha256()); },
          "The pinned digest, 32 bytes; for root_ca that of the CA certificate's DER.")
      .def_property_readonly(
          "root_ca", [](const TlsPin& p) { return to_python(p.root_ca()); },
          "For root_ca: the CA certificate, DER. Empty otherwise.")
      .def_property_readonly("valid_until",
                             [](const TlsPin& p) { return to_python(p.valid_until()); })
      .def(
          "check",
          [](const TlsPin& p, const std::vector<BytesArg>& chain, const std::string& host,
             const TimeArg& now) {
            std::vector<ByteVector> ders;
            ders.reserve(chain.size());
            for (const BytesArg& der : chain) {
              ders.push_back(der.data);
            }
            (void)unlocked([&] { return p.check(ders, host, now); });
          },
          py::arg("chain"), py::arg("host"), py::arg("now"),
          "Checks what a server presented: certificates as DER, leaf first.\n\n"
          "Errors: pin_mismatch, expired, bad_certificate at \"tls.…\".")
      .def(
          "__eq__", [](const TlsPin& a, const TlsPin& b) { return a == b; }, py::is_operator())
      .def("__hash__", [](const TlsPin& p) { return py::hash(to_python(p.sha256())); })
      .def("__repr__", [](const TlsPin& p) {
        return py::str("<cupel.TlsPin {} {}>")
            .format(to_python(to_string(p.kind())), to_python(p.sha256()).attr("hex")());
      });

  py::class_<Acceptance>(module, "Acceptance", "Proof that a policy accepted a set of claims.")
      .def_property_readonly("label", [](const Acceptance& a) { return to_python(a.label()); })
      .def_property_readonly("valid_until",
                             [](const Acceptance& a) { return to_python(a.valid_until()); })
      .def(
          "pin", [](const Acceptance& a) { return a.pin().value(); },
          "The TLS pin that the accepting alternative binds.\n\n"
          "Errors: bad_policy at \"policy.bind.tls_key\" when the policy binds no key.")
      .def("__repr__", [](const Acceptance& a) {
        return py::str("<cupel.Acceptance {!r} until {}>")
            .format(to_python(a.label()), to_python(to_string(a.valid_until())));
      });
}

void bind_check(py::module_& module) {
  py::class_<Check>(module, "Check", "One policy check, passed or not.")
      .def_property_readonly("id", [](const Check& c) { return to_python(c.id); })
      .def_property_readonly("claim", [](const Check& c) { return to_python(c.claim); })
      .def_property_readonly("rule", [](const Check& c) { return to_python(c.rule); })
      .def_property_readonly("expected", [](const Check& c) { return to_python(c.expected); })
      .def_property_readonly("actual", [](const Check& c) { return to_python(c.actual); })
      .def_property_readonly("passed", [](const Check& c) { return c.passed; })
      .def("__repr__", [](const Check& c) {
        return py::str("<cupel.Check {} {} {}: {}>")
            .format(to_python(c.id), to_python(c.claim), to_python(c.rule),
                    to_python(c.passed ? "passed" : "failed"));
      });
}

}  // namespace

void bind_verdict(py::module_& module) {
  bind_pin(module);
  bind_check(module);

  py::class_<Verdict>(module, "Verdict",
                      "The judgement with its reasons. It has no truth value: ask `accepted`.")
      .def_property_readonly(
          "accepted",
          [](const Verdict& v) -> std::optional<Acceptance> {
            const Acceptance* acceptance = v.accepted();
            return acceptance == nullptr ? std::nullopt : std::optional(*acceptance);
          },
          "The acceptance, or None.")
      .def_property_readonly("family", [](const Verdict& v) { return to_python(v.family()); })
      .def_property_readonly("claims", [](const Verdict& v) { return v.claims(); })
      .def_property_readonly(
          "checks", [](const Verdict& v) { return tuple_of<Check>(v.checks()); },
          "The checks of the alternative that accepted; of the closest one, if none did.")
      .def_property_readonly("alternative",
                             [](const Verdict& v) { return to_python(v.alternative()); })
      .def_property_readonly("proved", [](const Verdict& v) { return to_python(v.proved()); })
      .def_property_readonly("not_proved",
                             [](const Verdict& v) { return to_python(v.not_proved()); })
      .def_property_readonly("assumed", [](const Verdict& v) { return to_python(v.assumed()); })
      .def_property_readonly("appraised_at",
                             [](const Verdict& v) { return to_python(v.appraised_at()); })
      .def_property_readonly("valid_until",
                             [](const Verdict& v) { return to_python(v.valid_until()); })
      .def(
          "to_json", [](const Verdict& v) { return to_python(to_json(v)); },
          "The report for machines; schema \"cupel.verdict/1\".")
      .def(
          "to_dict",
          [](const Verdict& v) {
            return py::reinterpret_borrow<py::typing::Dict<py::str, py::object>>(loads(to_json(v)));
          },
          "The same report as a dictionary.")
      .def(
          "explain",
          [](const Verdict& v, bool color, bool unicode, bool full) {
            return to_python(explain(v, ExplainStyle{color, unicode, full}));
          },
          py::kw_only(), py::arg("color") = false, py::arg("unicode") = false,
          py::arg("full") = false, "The report for people.")
      .def("__str__", [](const Verdict& v) { return to_python(explain(v)); })
      .def(
          "__eq__", [](const Verdict& a, const Verdict& b) { return to_json(a) == to_json(b); },
          py::is_operator())
      .def("__bool__",
           [](const Verdict&) -> bool {
             throw py::type_error("a Verdict has no truth value; ask verdict.accepted");
           })
      .def("__repr__", [](const Verdict& v) {
        return py::str("<cupel.Verdict {} {}, {} checks>")
            .format(to_python(v.family()),
                    to_python(v.accepted() != nullptr ? "accepted" : "refused"), v.checks().size());
      });

  module.def(
      "appraise",
      [](const Claims& claims, const Policy& policy, const TimeArg& now,
         const std::optional<BytesArg>& nonce) {
        Challenge challenge{now, std::nullopt};
        if (nonce) {
          challenge.nonce = nonce->data;
        }
        const py::gil_scoped_release release;
        return appraise(claims, policy, challenge);
      },
      py::arg("claims"), py::arg("policy"), py::kw_only(), py::arg("now"),
      py::arg("nonce") = py::none(),
      "Judges claims by a policy. Never stops at the first mismatch, cannot fail.\n\n"
      "now: seconds since 1970 or an aware datetime. nonce: the bytes that were sent for this "
      "evidence, if any were.");
}

}  // namespace cupel::python

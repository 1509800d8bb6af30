// The families as data, and the pages that explain each check.
#include <cupel/evidence.hpp>
#include <cupel/explain.hpp>

#include "rooms.hpp"
#include "values.hpp"

namespace cupel::python {
namespace {

TupleOf<py::str> names(const std::vector<std::string_view>& views) {
  return to_python(std::vector<std::string>(views.begin(), views.end()));
}

void bind_checks(py::module_& module) {
  py::class_<CheckInfo>(module, "CheckInfo", "The page of one check.")
      .def_property_readonly("id", [](const CheckInfo& c) { return to_python(c.id); })
      .def_property_readonly("title", [](const CheckInfo& c) { return to_python(c.title); })
      .def_property_readonly("source", [](const CheckInfo& c) { return to_python(c.source); })
      .def_property_readonly("meaning", [](const CheckInfo& c) { return to_python(c.meaning); })
      .def_property_readonly("why", [](const CheckInfo& c) { return to_python(c.why); })
      .def_property_readonly("not_proved",
                             [](const CheckInfo& c) { return to_python(c.not_proved); })
      .def_property_readonly("causes", [](const CheckInfo& c) { return to_python(c.causes); })
      .def_property_readonly("remedy", [](const CheckInfo& c) { return to_python(c.remedy); })
      .def("__str__", [](const CheckInfo& c) { return to_python(explain(c)); })
      .def("__repr__", [](const CheckInfo& c) {
        return py::str("<cupel.CheckInfo {}: {}>").format(to_python(c.id), to_python(c.title));
      });

  module.def(
      "all_checks", [] { return tuple_of<CheckInfo>(all_checks()); },
      "All checks of all families, of appraisal and of the session, sorted by id.");
  module.def(
      "find_check",
      [](const std::string& id) -> std::optional<CheckInfo> {
        const CheckInfo* found = find_check(id);
        return found == nullptr ? std::nullopt : std::optional(*found);
      },
      py::arg("id"), "The page of one check, or None.");
  module.def(
      "check_table",
      [](const std::string& family) { return tuple_of<CheckInfo>(check_table(family)); },
      py::arg("family"), "The checks of a family's verification; empty for an unknown family.");
}

}  // namespace

void bind_evidence(py::module_& module) {
  bind_checks(module);

  module.attr("MAX_EVIDENCE_SIZE") = kMaxEvidenceSize;
  module.def(
      "families", [] { return names(families()); },
      "The ids of the evidence families this build knows.");
  module.def(
      "recognise",
      [](const BytesArg& evidence) {
        return to_python(unlocked([&] { return recognise(evidence); }));
      },
      py::arg("evidence"),
      "Which family this looks like. A hint, never trusted: parsing decides.\n\n"
      "Errors: bad_encoding at \"evidence\".");
  module.def(
      "vendor_anchors", [](const std::string& family) { return vendor_anchors(family).value(); },
      py::arg("family"),
      "The vendor's published roots for a family.\n\nErrors: invalid_argument at \"family\".");
  module.def(
      "needed",
      [](const std::string& family, const BytesArg& evidence) {
        return tuple_of<CollateralRequest>(unlocked([&] { return needed(family, evidence); }));
      },
      py::arg("family"), py::arg("evidence"),
      "What more a verification of this evidence would like to have.");
  module.def(
      "describe",
      [](const std::string& family, const BytesArg& evidence) {
        return to_python(unlocked([&] { return describe(family, evidence); }));
      },
      py::arg("family"), py::arg("evidence"),
      "The parsed fields as JSON text. Structure only: nothing in it is authentic.");
  def_endorsed<std::string, BytesArg>(
      module, "evaluate", &evaluate, py::arg("family"), py::arg("evidence"),
      "Parses and verifies evidence, and returns what it claims.\n\n"
      "now: seconds since 1970 or an aware datetime. revocation: \"required\", \"if_available\" or "
      "\"dangerous_ignored\".\n"
      "Errors: ParseError, VerifyError, CollateralError.");
}

}  // namespace cupel::python

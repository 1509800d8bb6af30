// Policies: loading, reading, linting.
#include <pybind11/stl.h>

#include <cupel/policy.hpp>
#include <utility>
#include <vector>

#include "convert.hpp"
#include "rooms.hpp"

namespace cupel::python {
namespace {

std::vector<PolicyFile> policy_files(const std::vector<std::pair<std::string, BytesArg>>& files) {
  std::vector<PolicyFile> out;
  out.reserve(files.size());
  for (const auto& [name, content] : files) {
    out.push_back(PolicyFile{name, content.data});
  }
  return out;
}

std::string_view name(LintFinding::Severity severity) noexcept {
  return severity == LintFinding::Severity::error ? "error" : "warning";
}

}  // namespace

void bind_policy(py::module_& module) {
  py::class_<Alternative>(module, "Alternative", "One acceptable kind of service.")
      .def_property_readonly("family", [](const Alternative& a) { return to_python(a.family); })
      .def_property_readonly("label", [](const Alternative& a) { return to_python(a.label); })
      .def_property_readonly(
          "binds_tls_key", [](const Alternative& a) { return a.tls_key.has_value(); },
          "Whether an acceptance pins a TLS key. A session needs that.")
      .def_property_readonly(
          "binds_nonce", [](const Alternative& a) { return a.nonce.has_value(); },
          "Whether a fresh nonce is demanded.")
      .def_property_readonly(
          "expires", [](const Alternative& a) { return to_python(a.expires.value_or(kNoEnd)); })
      .def_property_readonly("dangerous_any_measurement",
                             [](const Alternative& a) { return a.dangerous_any_measurement; })
      .def_property_readonly("dangerous_allow_debug",
                             [](const Alternative& a) { return a.dangerous_allow_debug; })
      .def("__repr__", [](const Alternative& a) {
        return py::str("<cupel.Alternative {} {!r}>")
            .format(to_python(a.family), to_python(a.label));
      });

  py::class_<Policy>(module, "Policy",
                     "Which evidence is accepted. Made by load_policy(); immutable. Policy() "
                     "accepts nothing.")
      .def(py::init<>())
      .def_property_readonly("name", [](const Policy& p) { return to_python(p.name); })
      .def_property_readonly("source", [](const Policy& p) { return to_python(p.source); })
      .def_property_readonly("accept",
                             [](const Policy& p) { return tuple_of<Alternative>(p.accept); })
      .def(
          "to_json", [](const Policy& p) { return to_python(to_json(p)); },
          "Cupel's JSON form; load_policy() of it gives the same policy back.")
      .def(
          "explain", [](const Policy& p) { return to_python(explain(p)); },
          "What the policy means, for people.")
      .def("__str__", [](const Policy& p) { return to_python(explain(p)); })
      .def(
          "__eq__", [](const Policy& a, const Policy& b) { return to_json(a) == to_json(b); },
          py::is_operator())
      .def("__repr__", [](const Policy& p) {
        return py::str("<cupel.Policy {!r} from {}: {} alternatives>")
            .format(to_python(p.name), to_python(p.source), p.accept.size());
      });

  module.def(
      "load_policy",
      [](const std::vector<std::pair<std::string, BytesArg>>& files) {
        const auto owned = policy_files(files);
        return unlocked([&] { return load_policy(owned); });
      },
      py::arg("files"),
      "Reads policy files, each a (name, content) pair, and turns them into one policy.\n\n"
      "Errors: bad_policy at \"<file name>: <path>\"; too_large.");

  py::class_<LintFinding>(module, "LintFinding", "Something dangerous or dead in a policy file.")
      .def_property_readonly("severity",
                             [](const LintFinding& f) { return to_python(name(f.severity)); })
      .def_property_readonly("id", [](const LintFinding& f) { return to_python(f.id); })
      .def_property_readonly("where", [](const LintFinding& f) { return to_python(f.where); })
      .def_property_readonly("text", [](const LintFinding& f) { return to_python(f.text); })
      .def("__repr__", [](const LintFinding& f) {
        return py::str("<cupel.LintFinding {} {} at {}: {}>")
            .format(to_python(name(f.severity)), to_python(f.id), to_python(f.where),
                    to_python(f.text));
      });

  module.def(
      "lint",
      [](const std::vector<std::pair<std::string, BytesArg>>& files, const TimeArg& now) {
        return tuple_of<LintFinding>(lint(policy_files(files), now));
      },
      py::arg("files"), py::kw_only(), py::arg("now"),
      "What is dangerous or dead in these files, at this time. A file that does not load is a "
      "finding, not an error.");
}

}  // namespace cupel::python

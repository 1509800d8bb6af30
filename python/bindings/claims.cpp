// Claims and the tables that describe them.
#include <cupel/claims.hpp>
#include <cupel/evidence.hpp>

#include "convert.hpp"
#include "rooms.hpp"

namespace cupel::python {
namespace {

const Claim& find(const Claims& claims, const std::string& name) {
  const Claim* claim = claims.find(name);
  if (claim == nullptr) {
    throw py::key_error(name);
  }
  return *claim;
}

py::typing::Dict<py::str, Value> as_dict(const Claims& claims) {
  py::typing::Dict<py::str, Value> out;
  for (const auto& [name, claim] : claims.all()) {
    out[to_python(name)] = value_to_python(claim.value);
  }
  return out;
}

}  // namespace

void bind_claims(py::module_& module) {
  py::class_<Claims>(module, "Claims",
                     "Named, typed facts that a verification established: a read-only mapping from "
                     "name to bool, int, bytes, str or datetime.")
      .def_property_readonly("family", [](const Claims& c) { return to_python(c.family()); })
      .def(
          "__getitem__",
          [](const Claims& c, const std::string& name) {
            return value_to_python(find(c, name).value);
          },
          py::arg("name"))
      .def(
          "get",
          [](const Claims& c, const std::string& name) {
            const Claim* claim = c.find(name);
            return claim == nullptr ? py::reinterpret_borrow<Value>(py::none())
                                    : value_to_python(claim->value);
          },
          py::arg("name"), "The value, or None.")
      .def(
          "__contains__",
          [](const Claims& c, const std::string& name) { return c.find(name) != nullptr; },
          py::arg("name"))
      .def("__len__", [](const Claims& c) { return c.all().size(); })
      .def("__iter__",
           [](const Claims& c) {
             return py::reinterpret_borrow<py::typing::Iterator<py::str>>(py::iter(as_dict(c)));
           })
      .def(
          "to_dict", [](const Claims& c) { return as_dict(c); }, "Name to value, sorted by name.")
      .def(
          "provenance",
          [](const Claims& c, const std::string& name) {
            return to_python(to_string(find(c, name).provenance));
          },
          py::arg("name"),
          "Who vouches for the claim: \"evidence\", \"endorsement\", \"configuration\", or "
          "\"unauthenticated\" when nothing does.")
      .def_property_readonly("valid_until",
                             [](const Claims& c) { return to_python(c.assurance().valid_until); })
      .def_property_readonly("proved",
                             [](const Claims& c) { return to_python(c.assurance().proved); })
      .def_property_readonly("not_proved",
                             [](const Claims& c) { return to_python(c.assurance().not_proved); })
      .def_property_readonly("assumed",
                             [](const Claims& c) { return to_python(c.assurance().assumed); })
      .def("__repr__", [](const Claims& c) {
        return py::str("<cupel.Claims {}: {} claims>")
            .format(to_python(c.family()), c.all().size());
      });

  py::class_<ClaimDef>(module, "ClaimDef", "One row of a family's claim table.")
      .def_property_readonly("name", [](const ClaimDef& d) { return to_python(d.name); })
      .def_property_readonly("type", [](const ClaimDef& d) { return to_python(to_string(d.type)); })
      .def_property_readonly(
          "size", [](const ClaimDef& d) { return d.size; },
          "Exact size in bytes of a bytes claim; 0: any.")
      .def_property_readonly(
          "indices", [](const ClaimDef& d) { return d.indices; },
          "n > 0: the claims are name + \".\" + 0 … n-1.")
      .def_property_readonly("provenance",
                             [](const ClaimDef& d) { return to_python(to_string(d.provenance)); })
      .def_property_readonly("measurement", [](const ClaimDef& d) { return d.measurement; })
      .def_property_readonly("unit", [](const ClaimDef& d) { return to_python(d.unit); })
      .def_property_readonly("meaning", [](const ClaimDef& d) { return to_python(d.meaning); })
      .def_property_readonly("source", [](const ClaimDef& d) { return to_python(d.source); })
      .def("__repr__", [](const ClaimDef& d) {
        return py::str("<cupel.ClaimDef {} {}>")
            .format(to_python(d.name), to_python(to_string(d.type)));
      });

  module.def(
      "claim_table",
      [](const std::string& family) { return tuple_of<ClaimDef>(claim_table(family)); },
      py::arg("family"), "The claims a family can make; empty for an unknown family.");
}

}  // namespace cupel::python

// cupel.tpm: event logs.
#include <cupel/tpm.hpp>

#include "rooms.hpp"
#include "tpm_names.hpp"
#include "values.hpp"

namespace cupel::python {
namespace {

void bind_event(py::module_& tpm) {
  py::class_<tpm::EventDigest>(tpm, "EventDigest", "One digest of an event.")
      .def_property_readonly(
          "alg", [](const tpm::EventDigest& d) { return d.alg; }, "TPM_ALG_ID.")
      .def_property_readonly("digest",
                             [](const tpm::EventDigest& d) { return to_python(d.digest); })
      .def("__repr__", [](const tpm::EventDigest& d) {
        return py::str("<cupel.tpm.EventDigest {:#06x} {}>")
            .format(d.alg, to_python(d.digest).attr("hex")());
      });

  py::class_<tpm::Event>(tpm, "Event", "One record of an event log.")
      .def_property_readonly("pcr", [](const tpm::Event& e) { return e.pcr; })
      .def_property_readonly("type", [](const tpm::Event& e) { return e.type; })
      .def_property_readonly(
          "type_name", [](const tpm::Event& e) { return to_python(tpm::event_type_name(e.type)); })
      .def_property_readonly(
          "digests", [](const tpm::Event& e) { return tuple_of<tpm::EventDigest>(e.digests); })
      .def_property_readonly("data", [](const tpm::Event& e) { return to_python(e.data); })
      .def_property_readonly(
          "offset", [](const tpm::Event& e) { return e.offset; }, "Of the record in the log.")
      .def("__repr__", [](const tpm::Event& e) {
        return py::str("<cupel.tpm.Event PCR {} {} at {}>")
            .format(e.pcr, to_python(tpm::event_type_name(e.type)), e.offset);
      });
}

void bind_difference(py::module_& tpm) {
  py::class_<tpm::EventDifference>(tpm, "EventDifference",
                                   "The first event at which two logs differ for a register.")
      .def_property_readonly("pcr", [](const tpm::EventDifference& d) { return d.pcr; })
      .def_property_readonly("position", [](const tpm::EventDifference& d) { return d.position; })
      .def_property_readonly("got", [](const tpm::EventDifference& d) { return d.got; })
      .def_property_readonly("reference", [](const tpm::EventDifference& d) { return d.reference; })
      .def_property_readonly("text",
                             [](const tpm::EventDifference& d) { return to_python(d.text); })
      .def("__repr__", [](const tpm::EventDifference& d) {
        return py::str("<cupel.tpm.EventDifference PCR {} event {}>").format(d.pcr, d.position);
      });
}

}  // namespace

void bind_tpm_event_log(py::module_& tpm) {
  bind_event(tpm);

  py::class_<tpm::EventLog>(tpm, "EventLog", "A TCG PC Client event log. Parsed, not authentic.")
      .def_property_readonly("raw", [](const tpm::EventLog& l) { return to_python(l.raw); })
      .def_property_readonly(
          "crypto_agile", [](const tpm::EventLog& l) { return l.crypto_agile; },
          "False: the SHA-1 legacy form.")
      .def_property_readonly("events",
                             [](const tpm::EventLog& l) { return tuple_of<tpm::Event>(l.events); })
      .def_property_readonly("startup_locality",
                             [](const tpm::EventLog& l) { return l.startup_locality; })
      .def_property_readonly(
          "used", [](const tpm::EventLog& l) { return l.used; }, "Bytes before 0xff padding.")
      .def("__len__", [](const tpm::EventLog& l) { return l.events.size(); })
      .def("__repr__", [](const tpm::EventLog& l) {
        return py::str("<cupel.tpm.EventLog {} events, {} bytes>")
            .format(l.events.size(), l.raw.size());
      });
  bind_difference(tpm);

  def_unlocked(tpm, "parse_event_log", &tpm::parse_event_log, py::arg("data"),
               "Parses an event log of at most 1 MiB. Errors: ParseError at \"tpm.event_log.…\".");
  tpm.def(
      "event_type_name", [](std::uint32_t type) { return to_python(tpm::event_type_name(type)); },
      py::arg("type"), "\"EV_SEPARATOR\", or \"0x00008401\" for an unknown type.");
  tpm.def(
      "replay_values",
      [](const tpm::EventLog& log, const std::string& bank) {
        const tpm::HashAlg alg = hash_by_name(bank);
        return to_python(unlocked([&] { return tpm::replay_values(log, alg); }));
      },
      py::arg("log"), py::arg("bank"), "What the log's events extend to: register to value.");
  tpm.def(
      "first_difference",
      [](const tpm::EventLog& got, const tpm::EventLog& reference, const std::string& bank,
         unsigned pcr) { return tpm::first_difference(got, reference, hash_by_name(bank), pcr); },
      py::arg("got"), py::arg("reference"), py::arg("bank"), py::arg("pcr"),
      "The first event at which two logs differ for a register, or None.");
}

}  // namespace cupel::python

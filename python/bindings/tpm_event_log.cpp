// cupel.tpm: event logs.
#include <cupel/tpm.hpp>

#include "rooms.hpp"
#include "tpm_names.hpp"
#include "values.hpp"

namespace cupel::python {
namespace {

void bind_events(py::module_& tpm) {
  ValueClass<tpm::EventDigest>(tpm, "EventDigest", "One digest of an event.")
      .field("alg", &tpm::EventDigest::alg, "TPM_ALG_ID.")
      .field("digest", &tpm::EventDigest::digest)
      .shown("{:#06x} {}", &tpm::EventDigest::alg, &tpm::EventDigest::digest);

  const auto type_name = [](const tpm::Event& e) { return tpm::event_type_name(e.type); };
  ValueClass<tpm::Event>(tpm, "Event", "One record of an event log.")
      .field("pcr", &tpm::Event::pcr)
      .field("type", &tpm::Event::type)
      .field("type_name", type_name)
      .field("digests", &tpm::Event::digests)
      .field("data", &tpm::Event::data)
      .field("offset", &tpm::Event::offset, "Of the record in the log.")
      .shown("PCR {} {} at {}", &tpm::Event::pcr, type_name, &tpm::Event::offset);
}

void bind_log(py::module_& tpm) {
  ValueClass<tpm::SpecIdAlg>(tpm, "SpecIdAlg", "One bank that a log's header announces.")
      .field("alg", &tpm::SpecIdAlg::alg, "TPM_ALG_ID.")
      .field("digest_size", &tpm::SpecIdAlg::digest_size, "Bytes.")
      .shown("{:#06x}", &tpm::SpecIdAlg::alg);

  ValueClass<tpm::EventLog> log(tpm, "EventLog",
                                "A TCG PC Client event log. Parsed, not authentic.");
  log.field("raw", &tpm::EventLog::raw)
      .field("crypto_agile", &tpm::EventLog::crypto_agile, "False: the SHA-1 legacy form.")
      .field("algorithms", &tpm::EventLog::algorithms, "Of a legacy log: SHA-1 alone.")
      .field("events", &tpm::EventLog::events)
      .field("startup_locality", &tpm::EventLog::startup_locality)
      .field("used", &tpm::EventLog::used, "Bytes before 0xff padding.")
      .field("replayed_against", &tpm::EventLog::replayed_against,
             "SHA-256 of the message of the quote that confirmed the log; None before replay().")
      .shown(
          "{} events, {} bytes", [](const tpm::EventLog& l) { return l.events.size(); },
          [](const tpm::EventLog& l) { return l.raw.size(); });
  log.def("__len__", [](const tpm::EventLog& l) { return l.events.size(); });
}

void bind_difference(py::module_& tpm) {
  ValueClass<tpm::EventDifference>(tpm, "EventDifference",
                                   "The first event at which two logs differ for a register.")
      .field("pcr", &tpm::EventDifference::pcr)
      .field("position", &tpm::EventDifference::position)
      .field("got", &tpm::EventDifference::got)
      .field("reference", &tpm::EventDifference::reference)
      .field("text", &tpm::EventDifference::text)
      .shown("PCR {} event {}", &tpm::EventDifference::pcr, &tpm::EventDifference::position);
}

}  // namespace

void bind_tpm_event_log(py::module_& tpm) {
  bind_events(tpm);
  bind_log(tpm);
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

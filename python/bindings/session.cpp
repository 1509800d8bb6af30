// Fetching evidence and judging it. Python makes its own connections (cupel.tls), so the session
// class of the core is not bound; the fetch, the judgement and the pin are the core's.
#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <chrono>
#include <cmath>
#include <cupel/session.hpp>

#include "convert.hpp"
#include "rooms.hpp"

namespace cupel::python {
namespace {

std::chrono::milliseconds milliseconds(double seconds, const char* where) {
  constexpr double kLongest = 86'400.0;
  if (!std::isfinite(seconds) || seconds <= 0 || seconds > kLongest) {
    refuse_argument(where, "seconds, above 0 and at most a day");
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds * 1000.0)));
}

Freshness freshness_by_name(std::string_view name) {
  if (name == "required") {
    return Freshness::required;
  }
  if (name == "if_supported") {
    return Freshness::if_supported;
  }
  refuse_argument("freshness", "not one of required, if_supported");
}

SessionOptions make_options(std::string api_url, Policy policy, TrustAnchors anchors,
                            std::optional<std::string> attestation_url, std::string service,
                            std::string evidence, std::optional<Endorsements> endorsements,
                            const std::string& revocation, const std::string& freshness,
                            double connect_timeout, double attestation_timeout, double max_age,
                            std::function<TimeArg()> clock) {
  SessionOptions options{.api_url = std::move(api_url)};
  options.policy = std::move(policy);
  options.anchors = std::move(anchors);
  options.attestation_url = std::move(attestation_url).value_or("");
  options.service = std::move(service);
  options.evidence = std::move(evidence);
  options.endorsements = std::move(endorsements).value_or(Endorsements{});
  options.revocation = revocation_by_name(revocation);
  options.freshness = freshness_by_name(freshness);
  options.connect_timeout = milliseconds(connect_timeout, "connect_timeout");
  options.attestation_timeout = milliseconds(attestation_timeout, "attestation_timeout");
  // Shorter than asked is safe, longer is not.
  options.max_age = std::chrono::floor<std::chrono::seconds>(milliseconds(max_age, "max_age"));
  if (clock) {
    options.clock = [clock = std::move(clock)] { return clock().time; };
  }
  return options;
}

}  // namespace

void bind_session(py::module_& module) {
  py::class_<SessionOptions>(module, "SessionOptions",
                             "What an attestation needs to know. Immutable.")
      .def(py::init(&make_options), py::arg("api_url"), py::arg("policy"), py::arg("anchors"),
           py::kw_only(), py::arg("attestation_url") = py::none(),
           py::arg("service") = "blindllama", py::arg("evidence") = "document",
           py::arg("endorsements") = py::none(), py::arg("revocation") = "if_available",
           py::arg("freshness") = "if_supported", py::arg("connect_timeout") = 10.0,
           py::arg("attestation_timeout") = 20.0, py::arg("max_age") = 3600.0,
           py::arg("clock") = py::none(),
           "api_url: \"https://host[:port]\", where requests will go. attestation_url: where "
           "evidence is served, the same place when left out; http:// for the evidence \"blindai\" "
           "alone. service: see services(). evidence: see evidence_protocols(). freshness: "
           "\"required\" or \"if_supported\". Timeouts in seconds. max_age: "
           "seconds after which an attestation is made again, at least 1. clock: seconds since "
           "1970 or an "
           "aware datetime; the system's when left out.")
      .def_property_readonly("api_url",
                             [](const SessionOptions& o) { return to_python(o.api_url); })
      .def_property_readonly("attestation_url",
                             [](const SessionOptions& o) { return to_python(o.attestation_url); })
      .def_property_readonly("service",
                             [](const SessionOptions& o) { return to_python(o.service); })
      .def_property_readonly("evidence",
                             [](const SessionOptions& o) { return to_python(o.evidence); })
      .def_property_readonly("policy", [](const SessionOptions& o) { return o.policy; })
      .def("__repr__", [](const SessionOptions& o) {
        return py::str("<cupel.SessionOptions {} service={}>")
            .format(to_python(o.api_url), to_python(o.service));
      });

  py::class_<Attestation>(module, "Attestation",
                          "Evidence fetched and judged; no API request has been made.")
      .def_property_readonly("verdict", [](const Attestation& a) { return a.verdict; })
      .def_property_readonly(
          "pin", [](const Attestation& a) { return a.pin; },
          "Set exactly when accepted and the policy binds a TLS key.")
      .def_property_readonly(
          "evidence", [](const Attestation& a) { return to_python(Bytes(a.evidence)); },
          "As received.")
      .def_property_readonly(
          "valid_until", [](const Attestation& a) { return to_python(a.valid_until); },
          "The earliest of the verdict's end, the pin's, and max_age.")
      .def("__repr__", [](const Attestation& a) {
        return py::str("<cupel.Attestation {!r}>").format(py::cast(a.verdict));
      });

  module.def(
      "attest",
      [](const SessionOptions& options) { return unlocked([&] { return attest(options); }); },
      py::arg("options"),
      "Fetches evidence from the service and judges it. A verdict that refuses is a value, not an "
      "error.\n\n"
      "Errors: connection_failed, bad_response, too_large, and whatever parse and verify give.");
  module.def(
      "services",
      [] {
        const auto views = services();
        return to_python(std::vector<std::string>(views.begin(), views.end()));
      },
      "The service protocols this build can talk to.");
  module.def(
      "evidence_protocols",
      [] {
        const auto views = evidence_protocols();
        return to_python(std::vector<std::string>(views.begin(), views.end()));
      },
      "Ways of asking for evidence.");
  module.def(
      "system_now", [] { return system_now().seconds(); },
      "The system clock, in seconds since 1970.");
  module.def(
      "random_nonce",
      [] {
        const ByteVector nonce = random_nonce();
        return to_python(Bytes(nonce));
      },
      "32 random bytes from the system.");
}

}  // namespace cupel::python

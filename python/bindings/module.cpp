// cupel._core: the C++ core as a Python module. No logic lives in this directory: each function
// converts its arguments, calls the core, and converts the answer.
#include <cupel/version.hpp>

#include "rooms.hpp"

PYBIND11_MODULE(_core, module) {
  using namespace cupel::python;
  module.doc() = "The core of cupel: parse, verify, appraise. Values are immutable.";
  module.attr("__version__") = CUPEL_VERSION;
  bind_errors(module);
  bind_trust(module);
  bind_claims(module);
  bind_policy(module);
  bind_verdict(module);
  bind_evidence(module);
  bind_make_policy(module);
  bind_session(module);
  pybind11::module_ tpm = module.def_submodule("tpm", "TPM 2.0 quotes and event logs.");
  bind_tpm_values(tpm);
  bind_tpm_event_log(tpm);
  bind_tpm_verify(tpm);
  pybind11::module_ measure = module.def_submodule("measure", "Reference values from artifacts.");
  bind_measure(measure);
  pybind11::module_ blindai = module.def_submodule("blindai", "The bodies of BlindAI's protocol.");
  bind_blindai(blindai);
  pybind11::module_ uvm = module.def_submodule("uvm", "Endorsements of launch measurements.");
  bind_uvm(uvm);
}

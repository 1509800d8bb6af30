// cupel._core: the C++ core as a Python module. No logic lives in this directory: each function
// converts its arguments, calls the core, and converts the answer.
#include <cupel/version.hpp>

#include "rooms.hpp"

namespace cupel::python {
namespace {

/// A module of its own, below the core.
template <class... Bind>
void add_room(pybind11::module_& module, const char* name, const char* doc, Bind... bind) {
  pybind11::module_ room = module.def_submodule(name, doc);
  (bind(room), ...);
}

// A family comes after those whose types it names.
void bind_rooms(pybind11::module_& module) {
  add_room(module, "tpm", "TPM 2.0 quotes and event logs.", bind_tpm_values, bind_tpm_event_log,
           bind_tpm_verify);
  add_room(module, "dcap", "What SGX and TDX quotes share.", bind_dcap);
  add_room(module, "sgx", "Quotes of SGX enclaves.", bind_sgx);
  add_room(module, "tdx", "Quotes of TDX trust domains.", bind_tdx);
  add_room(module, "uvm", "Endorsements of launch measurements.", bind_uvm);
  add_room(module, "snp", "SEV-SNP attestation reports.", bind_snp_values, bind_snp_verify);
  add_room(module, "nitro", "AWS Nitro attestation documents.", bind_nitro);
  add_room(module, "maa", "Tokens of Azure Attestation.", bind_maa);
  add_room(module, "hcl", "Azure confidential VMs.", bind_hcl);
  add_room(module, "measure", "Reference values from artifacts.", bind_measure);
  add_room(module, "blindai", "The bodies of BlindAI's protocol.", bind_blindai);
}

}  // namespace
}  // namespace cupel::python

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
  bind_rooms(module);
}

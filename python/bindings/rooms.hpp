// What each binding file adds to the module. Order matters: a type is bound before it is used in a
// signature, so that signatures name it.
#pragma once

#include <pybind11/pybind11.h>

namespace cupel::python {

void bind_errors(pybind11::module_& module);
void bind_trust(pybind11::module_& module);
void bind_claims(pybind11::module_& module);
void bind_policy(pybind11::module_& module);
void bind_verdict(pybind11::module_& module);
void bind_evidence(pybind11::module_& module);
void bind_make_policy(pybind11::module_& module);
void bind_session(pybind11::module_& module);
void bind_tpm_values(pybind11::module_& tpm);
void bind_tpm_event_log(pybind11::module_& tpm);
void bind_tpm_verify(pybind11::module_& tpm);
void bind_dcap(pybind11::module_& module);
void bind_sgx(pybind11::module_& module);
void bind_tdx(pybind11::module_& module);
void bind_snp_values(pybind11::module_& module);
void bind_snp_verify(pybind11::module_& module);
void bind_nitro(pybind11::module_& module);
void bind_maa(pybind11::module_& module);
void bind_hcl(pybind11::module_& module);
void bind_measure(pybind11::module_& measure);
void bind_blindai(pybind11::module_& blindai);
void bind_measure_launches(pybind11::module_& measure);
void bind_uvm(pybind11::module_& uvm);

}  // namespace cupel::python

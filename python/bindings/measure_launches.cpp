// cupel._core.measure: reference values of guests and enclaves.
#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <cupel/measure/kinds.hpp>
#include <optional>

#include "convert.hpp"
#include "rooms.hpp"

namespace cupel::python {
namespace {

using measure::Recipe;

// A recipe's JSON text, made without the GIL.
template <class Work>
std::string recipe_of(const Work& work) {
  return unlocked([&]() -> Result<std::string> {
    CUPEL_TRY(const Recipe recipe, work());
    return measure::to_json(recipe);
  });
}

std::string eif(const std::string& path, const std::string& role, const std::string& instance,
                bool inputs) {
  return recipe_of([&] { return measure::eif_file_recipe(path, role, instance, inputs); });
}

std::string nitro_cli(const std::string& path) {
  return unlocked([&]() -> Result<std::string> {
    CUPEL_TRY(const auto file, measure::FileSource::open(path));
    CUPEL_TRY(const auto image, measure::measure_eif_on_threads(file));
    return measure::nitro_measurements(image);
  });
}

std::uint32_t cpu(const std::string& type, std::optional<std::uint32_t> signature) {
  if (signature) {
    return *signature;
  }
  const auto known = measure::cpu_signature(type);
  if (!known) {
    refuse_argument("vcpu_type", type + " is not known");
  }
  return *known;
}

std::string snp(const std::string& ovmf, const std::string& mode, unsigned vcpus,
                const std::string& vcpu_type, std::optional<std::uint32_t> vcpu_signature,
                std::uint64_t guest_features, const std::string& vmm, const std::string& kernel,
                const std::string& initrd, const std::string& append,
                const std::optional<BytesArg>& ovmf_hash, bool old_kernel_fpu, bool ec2_old_rdx,
                std::uint64_t vmsa_gpa, const std::string& svsm, std::uint64_t vars_size) {
  const auto known_mode = measure::snp_mode_by_name(mode);
  const auto known_vmm = measure::vmm_by_name(vmm);
  if (!known_mode || !known_vmm) {
    refuse_argument(known_mode ? "vmm" : "mode", known_mode ? vmm : mode);
  }
  measure::SnpRequest request{
      .launch = {}, .ovmf = ovmf, .kernel = kernel, .initrd = initrd, .svsm = svsm};
  request.launch.mode = *known_mode;
  request.launch.vmm = *known_vmm;
  request.launch.vcpus = vcpus;
  request.launch.vcpu_signature = cpu(vcpu_type, vcpu_signature);
  request.launch.guest_features = guest_features;
  request.launch.command_line = append;
  request.launch.old_kernel_fpu = old_kernel_fpu;
  request.launch.ec2_old_rdx = ec2_old_rdx;
  request.launch.vmsa_gpa = vmsa_gpa;
  request.launch.vars_size = vars_size;
  if (ovmf_hash) {
    request.launch.ovmf_hash = ovmf_hash->data;
  }
  return recipe_of([&] { return measure::snp_recipe(request); });
}

std::vector<std::string> snp_find(const BytesArg& measurement, unsigned max_vcpus,
                                  const std::string& ovmf, const std::string& kernel,
                                  const std::string& initrd, const std::string& append,
                                  const std::optional<BytesArg>& ovmf_hash,
                                  std::uint64_t vmsa_gpa) {
  measure::SnpRequest request{
      .launch = {}, .ovmf = ovmf, .kernel = kernel, .initrd = initrd, .svsm = {}};
  request.launch.command_line = append;
  request.launch.vmsa_gpa = vmsa_gpa;
  if (ovmf_hash) {
    request.launch.ovmf_hash = ovmf_hash->data;
  }
  return unlocked([&] { return measure::snp_search(request, measurement, max_vcpus); });
}

std::array<std::uint8_t, 16> sixteen(const BytesArg& bytes, const char* where) {
  std::array<std::uint8_t, 16> out{};
  if (bytes.data.size() != out.size()) {
    refuse_argument(where, "16 bytes");
  }
  std::copy(bytes.data.begin(), bytes.data.end(), out.begin());
  return out;
}

std::string id_block(const BytesArg& measurement, const BytesArg& family_id,
                     const BytesArg& image_id, std::uint32_t version, std::uint32_t guest_svn,
                     std::uint64_t policy, const std::optional<BytesArg>& id_key,
                     const std::optional<BytesArg>& author_key,
                     const std::optional<BytesArg>& auth) {
  const measure::IdBlock block{.launch_digest = measurement.data,
                               .family_id = sixteen(family_id, "family_id"),
                               .image_id = sixteen(image_id, "image_id"),
                               .version = version,
                               .guest_svn = guest_svn,
                               .policy = policy};
  return recipe_of([&]() -> Result<Recipe> {
    measure::IdKeys keys;
    if (auth) {
      CUPEL_TRY(const ByteVector bytes, measure::marshal(block));
      CUPEL_TRY(keys, measure::check_id_auth(bytes, *auth));
    }
    if (id_key) {
      CUPEL_TRY(keys.id_key_digest, measure::id_key_digest(*id_key));
    }
    if (author_key) {
      CUPEL_TRY(keys.author_key_digest, measure::id_key_digest(*author_key));
    }
    return measure::id_block_recipe(block, keys);
  });
}

std::string hostdata(const std::string& path, const std::string& form,
                     const std::string& parameters) {
  return recipe_of([&] { return measure::hostdata_file_recipe(path, form, parameters); });
}

std::string sgx(const std::string& path, bool inputs) {
  return recipe_of([&] { return measure::sgx_recipe(path, inputs); });
}

std::string sigstruct(const std::string& path) {
  return recipe_of([&] { return measure::sigstruct_file_recipe(path); });
}

std::string manifest(const std::string& path, bool development) {
  return unlocked([&] { return measure::blindai_manifest_of(path, development); });
}

std::string tdx(const std::string& firmware, const std::string& kernel, const std::string& initrd,
                const std::string& append, std::uint64_t memory, std::uint64_t acpi_data_size,
                bool initrd_suffix) {
  return recipe_of([&]() -> Result<Recipe> {
    CUPEL_TRY(Recipe recipe, measure::tdx_recipe({firmware, kernel, initrd, append, memory,
                                                  acpi_data_size, initrd_suffix}));
    if (recipe.values.empty()) {
      return Error{Code::invalid_argument, "measure.tdx", kNoOffset, "a firmware or a kernel"};
    }
    return recipe;
  });
}

}  // namespace

void bind_measure_launches(py::module_& module) {
  using py::arg;
  const py::kw_only keywords;
  module.def("eif", &eif, arg("path"), keywords, arg("role"), arg("instance"), arg("inputs"),
             "Registers of a Nitro enclave image, of a role, of an instance.");
  module.def("nitro_cli", &nitro_cli, arg("path"), "What nitro-cli build-enclave prints.");
  module.def("snp", &snp, arg("ovmf"), keywords, arg("mode"), arg("vcpus"), arg("vcpu_type"),
             arg("vcpu_signature"), arg("guest_features"), arg("vmm"), arg("kernel"), arg("initrd"),
             arg("append"), arg("ovmf_hash"), arg("old_kernel_fpu"), arg("ec2_old_rdx"),
             arg("vmsa_gpa"), arg("svsm"), arg("vars_size"), "The launch digest of a SEV guest.");
  module.def("snp_find", &snp_find, arg("measurement"), arg("max_vcpus"), arg("ovmf"), keywords,
             arg("kernel"), arg("initrd"), arg("append"), arg("ovmf_hash"), arg("vmsa_gpa"),
             "Which likely parameters give a launch digest.");
  module.def("id_block", &id_block, arg("measurement"), keywords, arg("family_id"), arg("image_id"),
             arg("version"), arg("guest_svn"), arg("policy"), arg("id_key"), arg("author_key"),
             arg("auth"), "The ID block of an SEV-SNP guest.");
  module.def("hostdata", &hostdata, arg("path"), keywords, arg("form"), arg("parameters"),
             "HOST_DATA of container groups.");
  module.def("sgx", &sgx, arg("path"), keywords, arg("inputs"), "MRENCLAVE of a .sgxs stream.");
  module.def("sigstruct", &sigstruct, arg("path"), "What a SIGSTRUCT says, its signature checked.");
  module.def("manifest", &manifest, arg("path"), keywords, arg("development"),
             "BlindAI's manifest.toml of an enclave.");
  module.def("tdx", &tdx, keywords, arg("firmware"), arg("kernel"), arg("initrd"), arg("append"),
             arg("memory"), arg("acpi_data_size"), arg("initrd_suffix"),
             "MRTD of a TDX firmware image, RTMR 1 and 2 of a direct boot.");
}

}  // namespace cupel::python

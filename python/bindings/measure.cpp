// cupel._core.measure: reference values. Each function answers with its recipe as JSON text, which
// cupel/measure.py turns into dataclasses.
#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <cupel/measure/boot.hpp>
#include <cupel/measure/eif.hpp>
#include <cupel/measure/files.hpp>
#include <cupel/measure/hostdata.hpp>
#include <cupel/measure/sgx.hpp>
#include <cupel/measure/snp.hpp>
#include <cupel/measure/tdx.hpp>
#include <optional>

#include "convert.hpp"
#include "rooms.hpp"

namespace cupel::python {
namespace {

using measure::Recipe;

constexpr std::size_t kMaxArtifact = std::size_t{1} << 30U;
using Callback = std::optional<std::function<bool(std::uint64_t, std::uint64_t)>>;

// Calls back into Python from whichever thread has news. What the callback raises ends the work and
// is raised again by the caller's own thread.
class Reporter {
 public:
  explicit Reporter(Callback callback) : callback_(std::move(callback)) {}
  measure::Progress progress() {
    if (!callback_) {
      return {};
    }
    return [this](std::uint64_t done, std::uint64_t all) {
      const py::gil_scoped_acquire acquire;
      try {
        return (*callback_)(done, all);
      } catch (py::error_already_set&) {
        raised_ = std::current_exception();
        return false;
      }
    };
  }
  void raise() const {
    if (raised_ != nullptr) {
      std::rethrow_exception(raised_);
    }
  }

 private:
  Callback callback_;
  std::exception_ptr raised_;
};

std::string verity(const std::string& path, const std::string& hash, unsigned format,
                   std::uint32_t data_block_size, std::uint32_t hash_block_size,
                   const BytesArg& salt, std::uint64_t data_blocks, std::uint64_t offset,
                   std::optional<std::uint64_t> size, unsigned threads, Callback callback) {
  Reporter reporter(std::move(callback));
  const auto work = [&]() -> Result<std::string> {
    CUPEL_TRY(const auto file, measure::FileSource::open(path));
    measure::VerityFormat wanted;
    CUPEL_TRY(wanted.algorithm, measure::algorithm_by_name(hash, "hash"));
    wanted.hash_type = format;
    wanted.data_block_size = data_block_size;
    wanted.hash_block_size = hash_block_size;
    wanted.salt = salt.data;
    const std::uint64_t rest = offset > file.size() ? 0 : file.size() - offset;
    CUPEL_TRY(const auto data, measure::SourceRange::of(file, offset, size.value_or(rest)));
    CUPEL_TRY(const auto root,
              measure::verity_root_on_threads(data, wanted, data_blocks,
                                              {.progress = reporter.progress()}, threads));
    Recipe recipe;
    recipe.kind = "verity";
    recipe.parameters = {{"data_blocks", std::to_string(root.layout.data_blocks)},
                         {"hash_blocks", std::to_string(root.layout.hash_blocks)}};
    recipe.values = {{"root_hash", hash, root.root_hash, {}}};
    return measure::to_json(recipe);
  };
  std::optional<Result<std::string>> result;
  {
    const py::gil_scoped_release release;
    result.emplace(work());
  }
  reporter.raise();
  return std::move(*result).value();
}

std::string uki(const std::string& path, const std::string& bank, unsigned stub, bool secure_boot,
                bool returning, unsigned profile) {
  return unlocked([&]() -> Result<std::string> {
    CUPEL_TRY(const ByteVector file, measure::read_artifact(path, kMaxArtifact));
    CUPEL_TRY(const auto algorithm, measure::algorithm_by_name(bank, "bank"));
    measure::BootPlan plan;
    plan.uki = file;
    plan.stub = stub;
    plan.secure_boot = secure_boot;
    plan.returning = returning;
    plan.profile = profile;
    CUPEL_TRY(Recipe recipe, measure::predict_boot(plan, algorithm));
    recipe.inputs = {measure::recipe_input("uki", path, file)};
    return measure::to_json(recipe);
  });
}

std::string eif(const std::string& path) {
  return unlocked([&]() -> Result<std::string> {
    CUPEL_TRY(const auto file, measure::FileSource::open(path));
    CUPEL_TRY(const auto image, measure::measure_eif(file));
    return measure::to_json(measure::eif_recipe(image));
  });
}

std::string hostdata(const std::string& path, const std::optional<std::string>& parameters) {
  return unlocked([&]() -> Result<std::string> {
    CUPEL_TRY(const ByteVector text, measure::read_artifact(path, 16U << 20U));
    std::optional<std::string> given;
    if (parameters) {
      CUPEL_TRY(const ByteVector file, measure::read_artifact(*parameters, 16U << 20U));
      given = std::string(as_text(file));
    }
    CUPEL_TRY(const auto policies, measure::cce_policies(as_text(text), given));
    Recipe recipe = measure::hostdata_recipe(policies);
    recipe.inputs = {measure::recipe_input("policy", path, text)};
    return measure::to_json(recipe);
  });
}

std::string snp(const std::string& ovmf, unsigned vcpus, const std::string& vcpu_type,
                std::uint64_t guest_features, const std::optional<std::string>& kernel,
                const std::optional<std::string>& initrd, const std::string& append) {
  return unlocked([&]() -> Result<std::string> {
    CUPEL_TRY(const ByteVector firmware, measure::read_artifact(ovmf, kMaxArtifact));
    const auto signature = measure::cpu_signature(vcpu_type);
    if (!signature) {
      return Error{Code::invalid_argument, "vcpu_type", kNoOffset, vcpu_type};
    }
    measure::SnpLaunch launch;
    launch.ovmf = firmware;
    launch.vcpus = vcpus;
    launch.vcpu_signature = *signature;
    launch.guest_features = guest_features;
    launch.command_line = append;
    ByteVector kernel_file;
    ByteVector initrd_file;
    if (kernel) {
      CUPEL_TRY(kernel_file, measure::read_artifact(*kernel, kMaxArtifact));
      launch.kernel = kernel_file;
    }
    if (initrd) {
      CUPEL_TRY(initrd_file, measure::read_artifact(*initrd, kMaxArtifact));
      launch.initrd = initrd_file;
    }
    CUPEL_TRY(const Recipe recipe, measure::measure_snp(launch));
    return measure::to_json(recipe);
  });
}

std::string sgxs(const std::string& path) {
  return unlocked([&]() -> Result<std::string> {
    CUPEL_TRY(const auto file, measure::FileSource::open(path));
    CUPEL_TRY(const auto result, measure::measure_sgxs(file));
    Recipe recipe;
    recipe.kind = "sgx";
    recipe.values = {{"mrenclave", "sha256", result.mrenclave, "sgx.mrenclave"}};
    return measure::to_json(recipe);
  });
}

std::string sigstruct(const std::string& path) {
  return unlocked([&]() -> Result<std::string> {
    CUPEL_TRY(const ByteVector file, measure::read_artifact(path, kMaxArtifact));
    CUPEL_TRY(const auto found, measure::find_sigstruct(file));
    CUPEL_TRY(const Recipe recipe, measure::sigstruct_recipe(found));
    return measure::to_json(recipe);
  });
}

std::string tdvf(const std::string& path) {
  return unlocked([&]() -> Result<std::string> {
    CUPEL_TRY(const ByteVector file, measure::read_artifact(path, 64U << 20U));
    CUPEL_TRY(const Recipe recipe, measure::measure_tdvf(file));
    return measure::to_json(recipe);
  });
}

std::string pcr15(const BytesArg& root_hash, const std::optional<BytesArg>& ca_pem) {
  return unlocked([&]() -> Result<std::string> {
    CUPEL_TRY(const Recipe recipe,
              measure::predict_pcr15(
                  root_hash, ca_pem ? std::optional<ByteVector>(ca_pem->data) : std::nullopt));
    return measure::to_json(recipe);
  });
}

}  // namespace

void bind_measure(py::module_& module) {
  using py::arg;
  const py::kw_only keywords;
  module.def("verity", &verity, arg("path"), keywords, arg("hash"), arg("format"),
             arg("data_block_size"), arg("hash_block_size"), arg("salt"), arg("data_blocks"),
             arg("offset"), arg("size"), arg("threads"), arg("progress"),
             "The dm-verity root hash of a file.");
  module.def("uki", &uki, arg("path"), keywords, arg("bank"), arg("stub"), arg("secure_boot"),
             arg("returning"), arg("profile"), "Registers after a UKI was booted.");
  module.def("eif", &eif, arg("path"), "Registers of a Nitro enclave image.");
  module.def("hostdata", &hostdata, arg("path"), keywords, arg("parameters"),
             "HOST_DATA of an ARM template's container groups.");
  module.def("snp", &snp, arg("ovmf"), keywords, arg("vcpus"), arg("vcpu_type"),
             arg("guest_features"), arg("kernel"), arg("initrd"), arg("append"),
             "The launch digest of an SEV-SNP guest.");
  module.def("sgxs", &sgxs, arg("path"), "MRENCLAVE of a .sgxs stream.");
  module.def("sigstruct", &sigstruct, arg("path"), "What a SIGSTRUCT says, its signature checked.");
  module.def("tdvf", &tdvf, arg("path"), "MRTD of a TDX firmware image.");
  module.def("pcr15", &pcr15, arg("root_hash"), arg("ca_pem"), "PCR 15 as BlindLlama extends it.");
}

}  // namespace cupel::python

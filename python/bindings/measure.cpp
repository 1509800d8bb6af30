// cupel._core.measure: reference values of disks and boots. Each function answers with its recipe
// as JSON text, which cupel/measure.py turns into dataclasses.
#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <cupel/measure/kinds.hpp>
#include <map>
#include <optional>

#include "convert.hpp"
#include "rooms.hpp"

namespace cupel::python {
namespace {

using measure::Recipe;
using Callback = std::optional<std::function<bool(std::uint64_t, std::uint64_t)>>;
using Fault = std::tuple<std::string, std::uint64_t, std::uint64_t, std::string>;

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
      } catch (const py::cast_error&) {  // an answer that is no bool
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

// Runs `work` without the GIL; what the callback raised comes before what the work says of it.
template <class Work>
auto reported(measure::VerityRequest& request, Callback callback, const Work& work) {
  Reporter reporter(std::move(callback));
  request.progress = reporter.progress();
  std::optional<decltype(work())> result;
  {
    const py::gil_scoped_release release;
    result.emplace(work());
  }
  reporter.raise();
  return std::move(*result).value();
}

measure::VerityFormat verity_format(const std::string& hash, unsigned format,
                                    std::uint32_t data_block_size, std::uint32_t hash_block_size,
                                    const BytesArg& salt) {
  return {measure::algorithm_by_name(hash, "hash").value(), format, data_block_size,
          hash_block_size, salt.data};
}

std::string verity(const std::string& path, const std::string& hash, unsigned format,
                   std::uint32_t data_block_size, std::uint32_t hash_block_size,
                   const BytesArg& salt, std::uint64_t data_blocks, std::uint64_t offset,
                   std::optional<std::uint64_t> size, const std::string& partition,
                   const std::string& superblock, std::uint64_t hash_offset,
                   const std::string& write_tree, bool tree_superblock, const std::string& uuid,
                   bool force, unsigned threads, bool inputs, Callback progress) {
  measure::VerityRequest request{
      .image = path,
      .format = verity_format(hash, format, data_block_size, hash_block_size, salt),
      .data_blocks = data_blocks,
      .offset = offset,
      .size = size,
      .partition = partition,
      .superblock = superblock,
      .hash_offset = hash_offset,
      .write_tree = write_tree,
      .tree_superblock = tree_superblock,
      .uuid = measure::uuid_from_text(uuid, "uuid").value(),
      .force = force,
      .threads = threads,
      .inputs = inputs};
  return reported(request, std::move(progress), [&]() -> Result<std::string> {
    CUPEL_TRY(const Recipe recipe, measure::verity_recipe(request));
    return measure::to_json(recipe);
  });
}

std::vector<Fault> verity_check(const std::string& path, const std::string& tree,
                                const BytesArg& root_hash, const std::string& hash, unsigned format,
                                std::uint32_t data_block_size, std::uint32_t hash_block_size,
                                const BytesArg& salt, std::uint64_t data_blocks,
                                std::uint64_t offset, std::optional<std::uint64_t> size,
                                std::uint64_t hash_offset, bool tree_superblock,
                                Callback progress) {
  measure::VerityRequest request{
      .image = path,
      .format = verity_format(hash, format, data_block_size, hash_block_size, salt),
      .data_blocks = data_blocks,
      .offset = offset,
      .size = size,
      .hash_offset = hash_offset,
      .tree_superblock = tree_superblock};
  const auto faults = reported(request, std::move(progress),
                               [&] { return measure::verity_check(request, tree, root_hash); });
  std::vector<Fault> out;
  for (const measure::VerityFault& fault : faults) {
    out.emplace_back(std::string(to_string(fault.kind)), fault.block, fault.offset, fault.text);
  }
  return out;
}

std::string uki(const std::string& path, bool disk, const std::string& file,
                const std::string& partition, const std::string& bank, unsigned stub,
                bool secure_boot, bool returning, unsigned profile,
                const std::vector<std::string>& loaders,
                const std::optional<std::string>& loader_options, const std::string& extra,
                const std::string& loader_folder, const std::string& phases) {
  return unlocked([&]() -> Result<std::string> {
    measure::BootRequest request{.image = path,
                                 .disk = disk,
                                 .path = file,
                                 .partition = partition,
                                 .loaders = loaders,
                                 .extra = extra,
                                 .loader_folder = loader_folder,
                                 .phases = phases};
    CUPEL_TRY(request.bank, measure::algorithm_by_name(bank, "bank"));
    request.plan.stub = stub;
    request.plan.secure_boot = secure_boot;
    request.plan.returning = returning;
    request.plan.profile = profile;
    request.plan.loader_options = loader_options;
    CUPEL_TRY(const Recipe recipe, measure::boot_recipe(request));
    return measure::to_json(recipe);
  });
}

std::string pe(const std::string& path) {
  return unlocked([&]() -> Result<std::string> {
    CUPEL_TRY(const Recipe recipe, measure::pe_recipe({.image = path}));
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

measure::SecureBootRequest secure_boot_request(const std::vector<std::string>& images,
                                               const std::string& pk, const std::string& kek,
                                               const std::string& db, const std::string& dbx,
                                               bool off, bool firmware_without) {
  return {images, pk, kek, db, dbx, off, firmware_without};
}

std::string secureboot(const std::vector<std::string>& images, const std::string& pk,
                       const std::string& kek, const std::string& db, const std::string& dbx,
                       bool off, bool firmware_without, const std::string& bank) {
  return unlocked([&]() -> Result<std::string> {
    CUPEL_TRY(const auto algorithm, measure::algorithm_by_name(bank, "bank"));
    CUPEL_TRY(const Recipe recipe,
              measure::secure_boot_recipe(
                  secure_boot_request(images, pk, kek, db, dbx, off, firmware_without), algorithm));
    return measure::to_json(recipe);
  });
}

std::string nitro_tpm(const std::vector<std::string>& images, const std::string& pk,
                      const std::string& kek, const std::string& db, const std::string& dbx) {
  return unlocked([&] {
    return measure::nitro_tpm_of_files(secure_boot_request(images, pk, kek, db, dbx, false, false));
  });
}

std::string blindllama_measurements(const std::map<unsigned, BytesArg>& pcrs) {
  std::map<unsigned, ByteVector> values;
  for (const auto& [index, value] : pcrs) {
    values[index] = value.data;
  }
  return measure::blindllama_measurements(values);
}

std::pair<std::vector<std::pair<std::string, std::string>>, std::vector<std::string>> explain(
    const std::string& recipe, const BytesArg& found) {
  std::vector<std::string> missing;
  const auto explanations = unlocked([&]() -> Result<std::vector<measure::Explanation>> {
    CUPEL_TRY(const Recipe parsed, measure::parse_recipe(recipe));
    return measure::explain_from_files(parsed, found, missing);
  });
  std::vector<std::pair<std::string, std::string>> out;
  for (const measure::Explanation& one : explanations) {
    out.emplace_back(one.value, one.change);
  }
  return {std::move(out), std::move(missing)};
}

std::string policy_fragment(const std::string& recipe) {
  return unlocked([&]() -> Result<std::string> {
    CUPEL_TRY(const Recipe parsed, measure::parse_recipe(recipe));
    return measure::policy_fragment(parsed);
  });
}

py::bytes repart_salt(const std::string& seed) {
  return to_python(Bytes(measure::repart_salt(measure::uuid_from_text(seed, "seed").value())));
}

}  // namespace

void bind_measure(py::module_& module) {
  using py::arg;
  const py::kw_only keywords;
  module.def("verity", &verity, arg("path"), keywords, arg("hash"), arg("format"),
             arg("data_block_size"), arg("hash_block_size"), arg("salt"), arg("data_blocks"),
             arg("offset"), arg("size"), arg("partition"), arg("superblock"), arg("hash_offset"),
             arg("write_tree"), arg("tree_superblock"), arg("uuid"), arg("force"), arg("threads"),
             arg("inputs"), arg("progress"), "The dm-verity root hash of a file.");
  module.def("verity_check", &verity_check, arg("path"), arg("tree"), arg("root_hash"), keywords,
             arg("hash"), arg("format"), arg("data_block_size"), arg("hash_block_size"),
             arg("salt"), arg("data_blocks"), arg("offset"), arg("size"), arg("hash_offset"),
             arg("tree_superblock"), arg("progress"),
             "Where an image is not what a tree says: kind, block, offset, text.");
  module.def("uki", &uki, arg("path"), keywords, arg("disk"), arg("file"), arg("partition"),
             arg("bank"), arg("stub"), arg("secure_boot"), arg("returning"), arg("profile"),
             arg("loaders"), arg("loader_options"), arg("extra"), arg("loader_folder"),
             arg("phases"), "Registers after a UKI was booted.");
  module.def("pe", &pe, arg("path"), "Authenticode digests of a PE image.");
  module.def("pcr15", &pcr15, arg("root_hash"), arg("ca_pem"), "PCR 15 as BlindLlama extends it.");
  module.def("secureboot", &secureboot, arg("images"), keywords, arg("pk"), arg("kek"), arg("db"),
             arg("dbx"), arg("off"), arg("firmware_without"), arg("bank"),
             "PCR 7 from key lists and the images they authorise.");
  module.def("nitro_tpm", &nitro_tpm, arg("images"), keywords, arg("pk"), arg("kek"), arg("db"),
             arg("dbx"), "What nitro-tpm-pcr-compute prints.");
  module.def("blindllama_measurements", &blindllama_measurements, arg("pcrs"),
             "BlindLlama's measurements file.");
  module.def("explain", &explain, arg("recipe"), arg("found"),
             "Which single changes would give a value; and the inputs that are missing.");
  module.def("policy_fragment", &policy_fragment, arg("recipe"),
             "A policy file that demands the values; empty when no evidence carries them.");
  module.def("repart_salt", &repart_salt, arg("seed"), "The salt of systemd-repart's seed.");
  bind_measure_launches(module);
}

}  // namespace cupel::python

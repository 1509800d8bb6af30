// Guests and enclaves: firmware, kernels, enclave files, container policies.
#include <algorithm>
#include <cupel/measure/eif.hpp>
#include <cupel/measure/hostdata.hpp>
#include <cupel/measure/kinds.hpp>
#include <cupel/measure/sgx.hpp>
#include <cupel/measure/tdx.hpp>
#include <iterator>

#include "crypto/digest.hpp"
#include "measure_files/loaded.hpp"

namespace cupel::measure {
namespace {

constexpr std::size_t kMaxPolicy = 16U << 20U;
constexpr std::size_t kMaxFirmware = 64U << 20U;

// The launch refers to the files' bytes, which stay where they are.
struct SnpFiles {
  std::vector<Loaded> files = {};
  SnpLaunch launch = {};
};

Result<SnpFiles> load_snp(const SnpRequest& request) {
  SnpFiles out;
  out.launch = request.launch;
  out.files.reserve(4);  // growing would move what the launch refers to
  const auto add = [&](const std::string& role, const std::string& path) -> Result<Bytes> {
    CUPEL_TRY(Loaded file, load(role, path));
    out.files.push_back(std::move(file));
    return Bytes(out.files.back().content);
  };
  CUPEL_TRY(out.launch.ovmf, add("ovmf", request.ovmf));
  if (!request.kernel.empty()) {
    CUPEL_TRY(out.launch.kernel, add("kernel", request.kernel));
  }
  if (!request.initrd.empty()) {
    CUPEL_TRY(out.launch.initrd, add("initrd", request.initrd));
  }
  if (!request.svsm.empty()) {
    CUPEL_TRY(out.launch.svsm, add("svsm", request.svsm));
  }
  return out;
}

void join(Recipe& all, Recipe part) {
  const auto move = [](auto& to, auto& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  move(all.inputs, part.inputs);
  move(all.parameters, part.parameters);
  move(all.events, part.events);
  move(all.values, part.values);
  move(all.notes, part.notes);
}

Result<Recipe> tdx_firmware(const TdxRequest& request) {
  CUPEL_TRY(Loaded file, load("firmware", request.firmware, kMaxFirmware));
  CUPEL_TRY(Recipe out, measure_tdvf(file.content));
  if (request.memory != 0) {
    CUPEL_TRY(const ByteVector hob, td_hob(file.content, request.memory));
    const ByteVector digest = crypto::digest(crypto::Hash::sha384, hob);
    out.events.push_back(
        {"td_hob", "list of memory, " + std::to_string(hob.size()) + " bytes", digest});
    out.values.push_back({"td_hob", "sha384", digest, {}});
    if (request.kernel.empty()) {  // else the direct boot says it
      out.parameters.emplace_back("memory", std::to_string(request.memory));
    }
  }
  out.inputs = {std::move(file.input)};
  return out;
}

Result<Recipe> tdx_direct_boot(const TdxRequest& request) {
  CUPEL_TRY(Loaded kernel, load("kernel", request.kernel));
  Loaded initrd;
  if (!request.initrd.empty()) {
    CUPEL_TRY(initrd, load("initrd", request.initrd));
  }
  CUPEL_TRY(Recipe out, predict_rtmrs({.kernel = kernel.content,
                                       .initrd = initrd.content,
                                       .command_line = request.command_line,
                                       .memory = request.memory,
                                       .acpi_data_size = request.acpi_data_size,
                                       .initrd_suffix = request.initrd_suffix}));
  out.inputs = {std::move(kernel.input)};
  if (!request.initrd.empty()) {
    out.inputs.push_back(std::move(initrd.input));
  }
  return out;
}

}  // namespace

Result<Recipe> eif_file_recipe(const std::string& path, const std::string& role,
                               const std::string& instance, bool inputs) {
  Recipe out;
  out.kind = "eif";
  if (!path.empty()) {
    CUPEL_TRY(const auto file, FileSource::open(path));
    CUPEL_TRY(const Eif eif, measure_eif_on_threads(file));
    out = eif_recipe(eif);
    if (inputs) {
      CUPEL_TRY(out.events, eif_events(file, eif));
      CUPEL_TRY(RecipeInput input, recipe_input("eif", path, file));
      out.inputs.push_back(std::move(input));
    }
  }
  if (!role.empty()) {
    CUPEL_TRY(ByteVector value, eif_pcr3(role));
    out.values.push_back({"pcr3", "sha384", std::move(value), "nitro.pcr.3"});
    out.parameters.emplace_back("role_arn", role);
    out.events.push_back({"pcr3", "role", crypto::digest(crypto::Hash::sha384, as_bytes(role))});
  }
  if (!instance.empty()) {
    CUPEL_TRY(ByteVector value, eif_pcr4(instance));
    out.values.push_back({"pcr4", "sha384", std::move(value), "nitro.pcr.4"});
    out.parameters.emplace_back("instance_id", instance);
    out.events.push_back(
        {"pcr4", "instance", crypto::digest(crypto::Hash::sha384, as_bytes(instance))});
  }
  if (out.values.empty()) {
    return Error{Code::invalid_argument, "measure.eif", kNoOffset,
                 "an image, a role or an instance"};
  }
  return out;
}

Result<Recipe> snp_recipe(const SnpRequest& request) {
  CUPEL_TRY(const SnpFiles files, load_snp(request));
  CUPEL_TRY(Recipe recipe, measure_snp(files.launch));
  for (const Loaded& file : files.files) {
    recipe.inputs.push_back(file.input);
  }
  return recipe;
}

Result<std::vector<std::string>> snp_search(const SnpRequest& request, Bytes measurement,
                                            unsigned max_vcpus) {
  CUPEL_TRY(const SnpFiles files, load_snp(request));
  CUPEL_TRY(const auto launches, find_snp_launch(files.launch, measurement, max_vcpus));
  std::vector<std::string> out;
  for (const SnpLaunch& launch : launches) {
    out.push_back(describe(launch));
  }
  return out;
}

Result<Recipe> hostdata_file_recipe(const std::string& path, const std::string& form,
                                    const std::string& parameters) {
  CUPEL_TRY(Loaded file, load("policy", path, kMaxPolicy));
  const std::string text(as_text(file.content));
  std::string chosen = form;
  if (form == "auto") {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    const bool brace = first != std::string::npos && text[first] == '{';
    chosen = brace ? "arm" : path.ends_with(".rego") ? "rego" : "base64";
  }
  std::vector<CcePolicy> policies;
  std::vector<RecipeInput> inputs = {file.input};
  if (chosen == "arm") {
    std::optional<std::string> given;
    if (!parameters.empty()) {
      CUPEL_TRY(const Loaded more, load("parameters", parameters, kMaxPolicy));
      given = std::string(as_text(more.content));
      inputs.push_back(more.input);
    }
    CUPEL_TRY(policies, cce_policies(text, given));
  } else if (chosen == "base64") {
    auto policy = decode_cce_policy(text);
    if (!policy && form == "auto") {
      Error error = std::move(policy).error();
      error.detail += " (taken for base64: the name does not end in .rego; --form says otherwise)";
      return error;
    }
    CUPEL_TRY(ByteVector decoded, std::move(policy));
    policies.push_back({"", std::move(decoded)});
  } else if (chosen == "rego") {
    policies.push_back({"", std::move(file.content)});
  } else {
    return Error{Code::invalid_argument, "measure.hostdata.form", kNoOffset,
                 "auto, arm, base64 or rego"};
  }
  Recipe recipe = hostdata_recipe(policies);
  recipe.parameters.emplace_back("form", chosen);
  recipe.inputs = std::move(inputs);
  return recipe;
}

Result<Recipe> sgx_recipe(const std::string& path, bool inputs) {
  CUPEL_TRY(const auto file, FileSource::open(path));
  CUPEL_TRY(const SgxsResult result, measure_sgxs(file));
  Recipe out;
  out.kind = "sgx";
  out.parameters = {{"pages", std::to_string(result.eadd)},
                    {"measured_chunks", std::to_string(result.eextend)},
                    {"unmeasured_chunks", std::to_string(result.unmeasured)}};
  out.values = {{"mrenclave", "sha256", result.mrenclave, "sgx.mrenclave"}};
  out.events.push_back({"mrenclave", "creation", result.ecreate});
  for (const SgxsRange& range : result.ranges) {
    out.events.push_back({"mrenclave",
                          std::to_string(range.pages) + " pages from " +
                              std::to_string(range.offset) + ", flags " +
                              std::to_string(range.flags) + ", " + std::to_string(range.measured) +
                              " measured chunks",
                          range.digest});
  }
  if (inputs) {
    CUPEL_TRY(RecipeInput input, recipe_input("sgxs", path, file));
    out.inputs.push_back(std::move(input));
  }
  return out;
}

Result<Recipe> sigstruct_file_recipe(const std::string& path) {
  CUPEL_TRY(Loaded file, load("sigstruct", path));
  CUPEL_TRY(const Sigstruct found, find_sigstruct(file.content));
  CUPEL_TRY(Recipe recipe, sigstruct_recipe(found));
  recipe.inputs = {std::move(file.input)};
  return recipe;
}

Result<Recipe> enclave_recipe(const std::string& path, bool inputs) {
  constexpr std::size_t kTag = 8;
  CUPEL_TRY(const auto file, FileSource::open(path));
  CUPEL_TRY(const ByteVector tag,
            read_part(file, 0, std::min<std::uint64_t>(file.size(), kTag), kTag, path));
  for (const std::string_view stream :
       {std::string_view("ECREATE\0", kTag), std::string_view("UNSIZED\0", kTag)}) {
    if (as_text(tag) == stream) {
      return sgx_recipe(path, inputs);
    }
  }
  return sigstruct_file_recipe(path);
}

Result<std::string> blindai_manifest_of(const std::string& path, bool development) {
  CUPEL_TRY(const Recipe recipe, enclave_recipe(path, false));
  if (recipe.kind != "sigstruct") {
    return blindai_manifest(recipe.values.at(0).value, development);
  }
  CUPEL_TRY(const Loaded signed_file, load("sigstruct", path));
  CUPEL_TRY(const Sigstruct found, find_sigstruct(signed_file.content));
  return found.signature_valid && found.mrenclave == recipe.values.at(0).value
             ? Result<std::string>(blindai_manifest(found, development))
             : Error{Code::digest_mismatch, path, kNoOffset, "the file changed meanwhile"};
}

Result<Recipe> tdx_recipe(const TdxRequest& request) {
  Recipe out;
  out.kind = "tdx";
  if (!request.firmware.empty()) {
    CUPEL_TRY(Recipe part, tdx_firmware(request));
    join(out, std::move(part));
  }
  if (!request.kernel.empty()) {
    CUPEL_TRY(Recipe part, tdx_direct_boot(request));
    join(out, std::move(part));
  }
  return out;
}

}  // namespace cupel::measure

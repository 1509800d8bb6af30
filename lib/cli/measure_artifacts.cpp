// cupel measure hostdata, sgx, sigstruct, manifest.
#include <cupel/measure/files.hpp>
#include <cupel/measure/hostdata.hpp>
#include <cupel/measure/sgx.hpp>

#include "cli/measure.hpp"

namespace cupel::cli {
namespace {

constexpr std::size_t kMaxPolicy = 16U << 20U;

struct HostdataOptions {
  MeasureOptions common;
  std::string file;
  std::string parameters;
  std::string form = "auto";
};

Result<measure::Recipe> hostdata(const HostdataOptions& options) {
  CUPEL_TRY(Artifact artifact, load_artifact("policy", options.file, kMaxPolicy));
  const std::string content(as_text(artifact.content));
  std::string form = options.form;
  if (form == "auto") {
    const std::size_t first = content.find_first_not_of(" \t\r\n");
    const bool brace = first != std::string::npos && content[first] == '{';
    form = brace ? "arm" : options.file.ends_with(".rego") ? "rego" : "base64";
  }
  std::vector<measure::CcePolicy> policies;
  std::vector<measure::RecipeInput> inputs = {artifact.input};
  if (form == "arm") {
    std::optional<std::string> parameters;
    if (!options.parameters.empty()) {
      CUPEL_TRY(const Artifact file, load_artifact("parameters", options.parameters, kMaxPolicy));
      parameters = std::string(as_text(file.content));
      inputs.push_back(file.input);
    }
    CUPEL_TRY(policies, measure::cce_policies(content, parameters));
  } else if (form == "base64") {
    CUPEL_TRY(ByteVector policy, measure::decode_cce_policy(content));
    policies.push_back({"", std::move(policy)});
  } else {
    policies.push_back({"", std::move(artifact.content)});
  }
  measure::Recipe recipe = measure::hostdata_recipe(policies);
  recipe.parameters.emplace_back("form", form);
  recipe.inputs = std::move(inputs);
  return recipe;
}

struct SgxOptions {
  MeasureOptions common;
  std::string file;
  bool development = false;
};

Result<measure::Recipe> sgx(const SgxOptions& options) {
  CUPEL_TRY(const auto file, measure::FileSource::open(options.file));
  CUPEL_TRY(const measure::SgxsResult result, measure::measure_sgxs(file));
  measure::Recipe recipe;
  recipe.kind = "sgx";
  recipe.parameters = {{"pages", std::to_string(result.eadd)},
                       {"measured_chunks", std::to_string(result.eextend)},
                       {"unmeasured_chunks", std::to_string(result.unmeasured)}};
  recipe.values = {{"mrenclave", "sha256", result.mrenclave, "sgx.mrenclave"}};
  if (options.common.recipe) {
    CUPEL_TRY(measure::RecipeInput input, measure::recipe_input("sgxs", options.file, file));
    recipe.inputs.push_back(std::move(input));
  }
  return recipe;
}

Result<measure::Recipe> sigstruct(const SgxOptions& options) {
  CUPEL_TRY(const Artifact artifact, load_artifact("sigstruct", options.file));
  CUPEL_TRY(const measure::Sigstruct found, measure::find_sigstruct(artifact.content));
  CUPEL_TRY(measure::Recipe recipe, measure::sigstruct_recipe(found));
  recipe.inputs = {artifact.input};
  return recipe;
}

// An enclave's loading stream, or whatever holds a SIGSTRUCT.
int manifest(const SgxOptions& options) {
  const auto text = [&]() -> Result<std::string> {
    CUPEL_TRY(const auto file, measure::FileSource::open(options.file));
    if (const auto stream = measure::measure_sgxs(file)) {
      return measure::blindai_manifest(stream->mrenclave, options.development);
    }
    CUPEL_TRY(const measure::Recipe recipe, sigstruct(options));
    return measure::blindai_manifest(recipe.values.at(0).value, options.development);
  }();
  if (!text) {
    return options.common.output.fail(text.error());
  }
  Output plain = options.common.output;
  plain.json = false;
  plain.text(*text);
  return exit_code(Outcome::accepted);
}

std::shared_ptr<SgxOptions> add_file_kind(CLI::App& parent, const std::string& name,
                                          const std::string& what, const std::string& file,
                                          CLI::App*& app) {
  auto options = std::make_shared<SgxOptions>();
  app = add_measure_kind(parent, name, what, options->common);
  app->add_option("FILE", options->file, file)->required();
  return options;
}

}  // namespace

void add_measure_artifacts(CLI::App& parent, int& exit) {
  auto policy = std::make_shared<HostdataOptions>();
  CLI::App* app = add_measure_kind(
      parent, "hostdata", "HOST_DATA of a confidential container group's policy", policy->common);
  app->add_option("FILE", policy->file, "ARM template, base64 or Rego")->required();
  app->add_option("--parameters", policy->parameters, "The template's parameters file")
      ->type_name("FILE");
  app->add_option("--form", policy->form, "auto, arm, base64 or rego")
      ->check(CLI::IsMember({"auto", "arm", "base64", "rego"}))
      ->capture_default_str();
  app->callback(
      [policy, &exit] { exit = run_measure(policy->common, [&] { return hostdata(*policy); }); });

  const auto stream =
      add_file_kind(parent, "sgx", "MRENCLAVE of an enclave", "Its .sgxs stream", app);
  app->callback(
      [stream, &exit] { exit = run_measure(stream->common, [&] { return sgx(*stream); }); });

  const auto signed_file =
      add_file_kind(parent, "sigstruct", "What an SGX SIGSTRUCT says, its signature checked",
                    "The bare structure, or an ELF enclave", app);
  app->callback([signed_file, &exit] {
    exit = run_measure(signed_file->common, [&] { return sigstruct(*signed_file); });
  });

  const auto toml = add_file_kind(parent, "manifest", "BlindAI's manifest.toml for an enclave",
                                  "Its .sgxs stream, SIGSTRUCT or ELF file", app);
  app->add_flag("--development", toml->development, "Allow debugging, as its dev manifests do");
  app->callback([toml, &exit] { exit = manifest(*toml); });
}

}  // namespace cupel::cli

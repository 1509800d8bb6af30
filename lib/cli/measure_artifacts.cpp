// cupel measure hostdata, sgx, sigstruct, manifest.
#include "cli/measure.hpp"

namespace cupel::cli {
namespace {

struct HostdataOptions {
  MeasureOptions common;
  std::string file;
  std::string parameters;
  std::string form = "auto";
};

struct SgxOptions {
  MeasureOptions common;
  std::string file;
  bool development = false;
};

// An enclave's loading stream, or whatever holds a SIGSTRUCT.
int manifest(const SgxOptions& options) {
  const auto text = measure::blindai_manifest_of(options.file, options.development);
  if (!text) {
    return options.common.output.fail(text.error());
  }
  if (options.common.recipe) {
    auto recipe = measure::enclave_recipe(options.file, true);
    auto done = recipe ? write_recipe(options.common, *recipe) : Result<Unit>(recipe.error());
    if (!done) {
      return options.common.output.fail(done.error());
    }
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
  app->callback([policy, &exit] {
    exit = run_measure(policy->common, [&] {
      return measure::hostdata_file_recipe(policy->file, policy->form, policy->parameters);
    });
  });

  const auto stream =
      add_file_kind(parent, "sgx", "MRENCLAVE of an enclave", "Its .sgxs stream", app);
  app->callback([stream, &exit] {
    exit = run_measure(stream->common, [&] {
      return measure::sgx_recipe(stream->file, stream->common.recipe.has_value());
    });
  });

  const auto signed_file =
      add_file_kind(parent, "sigstruct", "What an SGX SIGSTRUCT says, its signature checked",
                    "The bare structure, or an ELF enclave", app);
  app->callback([signed_file, &exit] {
    exit = run_measure(signed_file->common,
                       [&] { return measure::sigstruct_file_recipe(signed_file->file); });
  });

  const auto toml = add_file_kind(parent, "manifest", "BlindAI's manifest.toml for an enclave",
                                  "Its .sgxs stream, SIGSTRUCT or ELF file", app);
  app->add_flag("--development", toml->development, "Allow debugging, as its dev manifests do");
  app->remove_option(app->get_option("--policy"));  // the manifest is one
  app->callback([toml, &exit] { exit = manifest(*toml); });
}

}  // namespace cupel::cli

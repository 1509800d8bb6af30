// cupel measure secureboot: PCR 7, and what nitro-tpm-pcr-compute prints.
#include <cupel/measure/secureboot.hpp>

#include "cli/measure.hpp"

namespace cupel::cli {
namespace {

constexpr std::size_t kMaxVariable = 1U << 20U;

struct SecureBootOptions {
  MeasureOptions common;
  std::vector<std::string> images;
  std::string pk;
  std::string kek;
  std::string db;
  std::string dbx;
  std::string bank = "sha256";
  bool off = false;
  bool firmware_without = false;
  bool nitro_tpm = false;
};

Result<measure::SecureBootPlan> load(const SecureBootOptions& options,
                                     std::vector<measure::RecipeInput>& inputs) {
  measure::SecureBootPlan plan;
  const auto variable = [&](const std::string& role, const std::string& path,
                            ByteVector& into) -> Result<Unit> {
    if (!path.empty()) {
      CUPEL_TRY(Artifact artifact, load_artifact(role, path, kMaxVariable));
      into = std::move(artifact.content);
      inputs.push_back(std::move(artifact.input));
    }
    return Unit{};
  };
  CUPEL_TRY(std::ignore, variable("PK", options.pk, plan.pk));
  CUPEL_TRY(std::ignore, variable("KEK", options.kek, plan.kek));
  CUPEL_TRY(std::ignore, variable("db", options.db, plan.db));
  CUPEL_TRY(std::ignore, variable("dbx", options.dbx, plan.dbx));
  for (const std::string& path : options.images) {
    CUPEL_TRY(Artifact artifact, load_artifact("image", path));
    plan.images.push_back({path, std::move(artifact.content)});
    inputs.push_back(std::move(artifact.input));
  }
  plan.enabled = !options.pk.empty() && !options.off;
  plan.firmware_without = options.firmware_without;
  return plan;
}

int run(const SecureBootOptions& options) {
  std::vector<measure::RecipeInput> inputs;
  if (options.nitro_tpm) {
    const auto text = [&]() -> Result<std::string> {
      CUPEL_TRY(const measure::SecureBootPlan plan, load(options, inputs));
      return measure::nitro_tpm_measurements(plan);
    }();
    if (!text) {
      return options.common.output.fail(text.error());
    }
    Output plain = options.common.output;
    plain.json = false;
    plain.text(*text);
    return exit_code(Outcome::accepted);
  }
  return run_measure(options.common, [&]() -> Result<measure::Recipe> {
    CUPEL_TRY(const measure::Algorithm bank, measure::algorithm_by_name(options.bank, "--bank"));
    CUPEL_TRY(const measure::SecureBootPlan plan, load(options, inputs));
    CUPEL_TRY(measure::Recipe recipe, measure::predict_pcr7(plan, bank));
    recipe.inputs = std::move(inputs);
    return recipe;
  });
}

}  // namespace

void add_measure_secureboot(CLI::App& parent, int& exit) {
  auto options = std::make_shared<SecureBootOptions>();
  CLI::App* app =
      add_measure_kind(parent, "secureboot",
                       "PCR 7 from the key lists and the images they authorise", options->common);
  app->add_option("--image", options->images, "In the order they are loaded (repeatable)")
      ->type_name("FILE");
  app->add_option("--PK", options->pk, "The platform key (.esl); with it Secure Boot is on")
      ->type_name("FILE");
  app->add_option("--KEK", options->kek, "The key exchange keys (.esl)")->type_name("FILE");
  app->add_option("--db", options->db, "What may run (.esl)")->type_name("FILE");
  app->add_option("--dbx", options->dbx, "What may not (.esl)")->type_name("FILE");
  app->add_option("--bank", options->bank, "sha1, sha256, sha384 or sha512")->capture_default_str();
  app->add_flag("--off", options->off, "Keys are enrolled, but Secure Boot is off");
  app->add_flag("--firmware-without", options->firmware_without,
                "The firmware was built without Secure Boot");
  app->add_flag("--nitro-tpm", options->nitro_tpm, "Print what nitro-tpm-pcr-compute prints");
  app->callback([options, &exit] { exit = run(*options); });
}

}  // namespace cupel::cli

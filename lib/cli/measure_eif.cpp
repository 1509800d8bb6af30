// cupel measure eif: the registers of a Nitro enclave image.
#include <cupel/measure/eif.hpp>
#include <cupel/measure/files.hpp>

#include "cli/measure.hpp"

namespace cupel::cli {
namespace {

struct EifOptions {
  MeasureOptions common;
  std::string image;
  std::string role;
  std::string instance;
  bool nitro_cli = false;
};

Result<measure::Recipe> compute(const EifOptions& options) {
  measure::Recipe recipe;
  recipe.kind = "eif";
  if (!options.image.empty()) {
    CUPEL_TRY(const auto file, measure::FileSource::open(options.image));
    CUPEL_TRY(const measure::Eif eif, measure::measure_eif(file));
    recipe = measure::eif_recipe(eif);
    if (options.common.recipe) {
      CUPEL_TRY(measure::RecipeInput input, measure::recipe_input("eif", options.image, file));
      recipe.inputs.push_back(std::move(input));
    }
  }
  if (!options.role.empty()) {
    CUPEL_TRY(ByteVector value, measure::eif_pcr3(options.role));
    recipe.values.push_back({"pcr3", "sha384", std::move(value), "nitro.pcr.3"});
    recipe.parameters.emplace_back("role_arn", options.role);
  }
  if (!options.instance.empty()) {
    CUPEL_TRY(ByteVector value, measure::eif_pcr4(options.instance));
    recipe.values.push_back({"pcr4", "sha384", std::move(value), "nitro.pcr.4"});
    recipe.parameters.emplace_back("instance_id", options.instance);
  }
  if (recipe.values.empty()) {
    return Error{Code::invalid_argument, "eif", kNoOffset, "an image, --role or --instance"};
  }
  return recipe;
}

int nitro_cli(const EifOptions& options) {
  const auto text = [&]() -> Result<std::string> {
    CUPEL_TRY(const auto file, measure::FileSource::open(options.image));
    CUPEL_TRY(const measure::Eif eif, measure::measure_eif(file));
    return measure::nitro_measurements(eif);
  }();
  if (!text) {
    return options.common.output.fail(text.error());
  }
  Output plain = options.common.output;
  plain.json = false;
  plain.text(*text);
  return exit_code(Outcome::accepted);
}

}  // namespace

void add_measure_eif(CLI::App& parent, int& exit) {
  auto options = std::make_shared<EifOptions>();
  CLI::App* app =
      add_measure_kind(parent, "eif", "PCR 0, 1, 2, 8 of a Nitro enclave image", options->common);
  auto* image = app->add_option("FILE", options->image, "The enclave image");
  app->add_option("--role", options->role, "PCR 3 for this IAM role (its ARN)");
  app->add_option("--instance", options->instance, "PCR 4 for this parent instance (its id)");
  app->add_flag("--nitro-cli", options->nitro_cli, "Print what nitro-cli build-enclave prints")
      ->needs(image);
  app->callback([options, &exit] {
    exit = options->nitro_cli ? nitro_cli(*options)
                              : run_measure(options->common, [&] { return compute(*options); });
  });
}

}  // namespace cupel::cli

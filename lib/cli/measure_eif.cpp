// cupel measure eif: the registers of a Nitro enclave image.
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

int nitro_cli(const EifOptions& options) {
  const auto text = [&]() -> Result<std::string> {
    CUPEL_TRY(const auto file, measure::FileSource::open(options.image));
    CUPEL_TRY(const measure::Eif eif, measure::measure_eif_on_threads(file));
    if (eif.signature && !eif.signature->valid) {
      options.common.output.talk("note: the image's signature is not right: " +
                                 eif.signature->problem);
    }
    if (options.common.recipe) {
      CUPEL_TRY(const auto recipe, measure::eif_file_recipe(options.image, {}, {}, true));
      CUPEL_TRY(std::ignore, write_recipe(options.common, recipe));
    }
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
  auto* role = app->add_option("--role", options->role, "PCR 3 for this IAM role (its ARN)");
  auto* instance =
      app->add_option("--instance", options->instance, "PCR 4 for this parent instance (its id)");
  app->add_flag("--nitro-cli", options->nitro_cli, "Print what nitro-cli build-enclave prints")
      ->needs(image)
      ->excludes(role)  // what that prints has no place for them
      ->excludes(instance)
      ->excludes(app->get_option("--policy"));
  app->callback([options, &exit] {
    exit = options->nitro_cli ? nitro_cli(*options) : run_measure(options->common, [&] {
      return measure::eif_file_recipe(options->image, options->role, options->instance,
                                      options->common.recipe.has_value());
    });
  });
}

}  // namespace cupel::cli

// cupel measure secureboot: PCR 7, and what nitro-tpm-pcr-compute prints.
#include "cli/measure.hpp"
#include "cli/numbers.hpp"

namespace cupel::cli {
namespace {

struct SecureBootOptions {
  MeasureOptions common;
  measure::SecureBootRequest request;
  std::string bank = "sha256";
  bool nitro_tpm = false;
};

int run(const SecureBootOptions& options) {
  if (options.nitro_tpm) {
    const auto recipe = measure::nitro_tpm_file_recipe(options.request);
    if (!recipe) {
      return options.common.output.fail(recipe.error());
    }
    if (options.common.policy) {
      return report(options.common, *recipe);
    }
    if (auto done = write_recipe(options.common, *recipe); !done) {
      return options.common.output.fail(done.error());
    }
    Output plain = options.common.output;
    plain.json = false;
    plain.text(measure::nitro_tpm_measurements(*recipe));
    return exit_code(Outcome::accepted);
  }
  return run_measure(options.common, [&]() -> Result<measure::Recipe> {
    CUPEL_TRY(const measure::Algorithm bank,
              option_value(measure::algorithm_by_name(options.bank, "--bank")));
    return measure::secure_boot_recipe(options.request, bank);
  });
}

}  // namespace

void add_measure_secureboot(CLI::App& parent, int& exit) {
  auto options = std::make_shared<SecureBootOptions>();
  CLI::App* app =
      add_measure_kind(parent, "secureboot",
                       "PCR 7 from the key lists and the images they authorise", options->common);
  app->add_option("--image", options->request.images, "In the order they are loaded (repeatable)")
      ->type_name("FILE");
  auto* pk = app->add_option("--PK", options->request.pk,
                             "The platform key (.esl); with an entry in it Secure Boot is on")
                 ->type_name("FILE");
  app->add_option("--KEK", options->request.kek, "The key exchange keys (.esl)")->type_name("FILE");
  app->add_option("--db", options->request.db, "What may run (.esl)")->type_name("FILE");
  app->add_option("--dbx", options->request.dbx, "What may not (.esl)")->type_name("FILE");
  auto* bank = app->add_option("--bank", options->bank, "sha1, sha256, sha384 or sha512")
                   ->capture_default_str();
  app->add_flag("--off", options->request.off, "Keys are enrolled, but Secure Boot is off");
  app->add_flag("--firmware-without", options->request.firmware_without,
                "The firmware was built without Secure Boot")
      ->excludes(pk);
  auto* nitro =
      app->add_flag("--nitro-tpm", options->nitro_tpm, "Print what nitro-tpm-pcr-compute prints")
          ->excludes(bank);
  app->add_option("--stub", options->request.stub,
                  "For --nitro-tpm: version of systemd-stub, instead of the image's own")
      ->check(natural_between(1, 9999))
      ->needs(nitro);
  app->callback([options, &exit] { exit = run(*options); });
}

}  // namespace cupel::cli

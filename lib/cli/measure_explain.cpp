// cupel measure explain: which single change of a recipe would give the value that was found.
#include "base/hex.hpp"
#include "cli/measure.hpp"

namespace cupel::cli {
namespace {

struct ExplainOptions {
  Output output;
  std::string recipe;
  std::string expected;
  std::string of;
  std::string salt;
  std::string seed;
};

Result<measure::ExplainOptions> complete(const ExplainOptions& options) {
  measure::ExplainOptions out{.of = options.of};
  if (!options.salt.empty()) {
    CUPEL_TRY(ByteVector salt, option_value(from_hex(options.salt, "--salt")));
    out.salts.emplace_back("with the salt " + options.salt, std::move(salt));
  }
  if (!options.seed.empty()) {
    CUPEL_TRY(const measure::Uuid seed,
              option_value(measure::uuid_from_text(options.seed, "--repart-seed")));
    out.salts.emplace_back("with systemd-repart's salt of seed " + options.seed,
                           measure::repart_salt(seed));
  }
  return out;
}

int run(const ExplainOptions& options) {
  std::vector<std::string> missing;
  const auto found = [&]() -> Result<std::vector<measure::Explanation>> {
    CUPEL_TRY(const measure::Recipe recipe, measure::read_recipe(options.recipe));
    CUPEL_TRY(const ByteVector wanted, option_value(from_hex(options.expected, "--expected")));
    CUPEL_TRY(const measure::ExplainOptions how, complete(options));
    return measure::explain_from_files(recipe, wanted, missing, how);
  }();
  if (!found) {
    return options.output.fail(found.error());
  }
  std::string text;
  json::Array matches;
  for (const measure::Explanation& one : *found) {
    text += "matches if: " + (one.value.empty() ? "" : one.value + " ") + one.change + "\n";
    matches.push_back(json::Object{{"value", one.value}, {"change", one.change}});
  }
  options.output.text(text.empty() ? "no single change explains it\n" : text);
  options.output.object(json::Object{{"schema", "cupel.measure-explain/1"},
                                     {"verdict", text.empty() ? "refused" : "accepted"},
                                     {"matches", std::move(matches)},
                                     {"missing_inputs", strings(missing)}});
  for (const std::string& name : missing) {
    options.output.talk("note: " + name +
                        " is not there, or is another file than the recipe's; changes that need it "
                        "were not tried");
  }
  return exit_code(text.empty() ? Outcome::refused : Outcome::accepted);
}

}  // namespace

void add_measure_explain(CLI::App& parent, int& exit) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* app = parent.add_subcommand(
      "explain", "Which single change would give the value that the evidence has?");
  add_output_options(*app, options->output);
  app->add_option("RECIPE", options->recipe, "What --recipe wrote")->required();
  app->add_option("--expected", options->expected, "The value found in the evidence")
      ->required()
      ->type_name("HEX");
  app->add_option("--of", options->of,
                  "The value that was expected instead, by its name in the recipe (pcr12)")
      ->type_name("NAME");
  app->add_option("--salt", options->salt, "Also try this salt of a hash tree")->type_name("HEX");
  app->add_option("--repart-seed", options->seed,
                  "Also try the salt that systemd-repart derives from this seed")
      ->type_name("UUID");
  app->callback([options, &exit] { exit = run(*options); });
}

}  // namespace cupel::cli

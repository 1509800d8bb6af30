// cupel measure explain: which single change of a recipe would give the value that was found.
#include "base/hex.hpp"
#include "cli/measure.hpp"

namespace cupel::cli {
namespace {

struct ExplainOptions {
  Output output;
  std::string recipe;
  std::string expected;
};

int run(const ExplainOptions& options) {
  std::vector<std::string> missing;
  const auto found = [&]() -> Result<std::vector<measure::Explanation>> {
    CUPEL_TRY(const measure::Recipe recipe, measure::read_recipe(options.recipe));
    CUPEL_TRY(const ByteVector wanted, option_value(from_hex(options.expected, "--expected")));
    return measure::explain_from_files(recipe, wanted, missing);
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
  app->callback([options, &exit] { exit = run(*options); });
}

}  // namespace cupel::cli

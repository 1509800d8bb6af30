// cupel explain: the page of a check, or the list of all.
#include <cupel/explain.hpp>

#include "cli/common.hpp"

namespace cupel::cli {
namespace {

struct Explain {
  Output output;
  std::string id;
};

json::Value page(const CheckInfo& check) {
  return json::Object{{"id", check.id},         {"title", check.title},
                      {"source", check.source}, {"meaning", check.meaning},
                      {"why", check.why},       {"not_proved", check.not_proved},
                      {"causes", check.causes}, {"remedy", check.remedy}};
}

int run(const Explain& options) {
  json::Array pages;
  std::string text;
  if (options.id.empty()) {
    for (const CheckInfo& check : all_checks()) {
      text += std::string(check.id) + "  " + std::string(check.title) + "\n";
      pages.push_back(page(check));
    }
  } else {
    const CheckInfo* check = find_check(options.id);
    if (check == nullptr) {
      return options.output.fail({Code::invalid_argument, "CHECK-ID", kNoOffset,
                                  "no check is called '" + options.id.substr(0, 40) +
                                      "'; `cupel explain` lists them all"});
    }
    text = explain(*check);
    pages.push_back(page(*check));
  }
  options.output.text(text);
  options.output.object(json::Object{{"schema", "cupel.explain/1"}, {"checks", std::move(pages)}});
  return exit_code(Outcome::accepted);
}

}  // namespace

void add_explain(CLI::App& app, int& exit) {
  auto options = std::make_shared<Explain>();
  CLI::App* command = app.add_subcommand(
      "explain", "What a check means, what it does not, and how to mend a failure");
  command->add_option("CHECK-ID", options->id, "For example tpm-07; without it all are listed");
  add_output_options(*command, options->output);
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace cupel::cli

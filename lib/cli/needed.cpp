// cupel needed: which endorsements a verification would like to have, with their addresses.
#include <cupel/evidence.hpp>

#include "cli/common.hpp"

namespace cupel::cli {
namespace {

struct Needed {
  Output output;
  std::string evidence;
  std::string family;
  std::string pccs;
};

int run(const Needed& options) {
  const auto evidence = read_input(options.evidence, kMaxEvidenceSize);
  if (!evidence) {
    return options.output.fail(evidence.error());
  }
  const auto family = family_of(TrustOptions{.family = options.family}, *evidence);
  if (!family) {
    return options.output.fail(family.error());
  }
  const auto requests = requests_at(needed(*family, *evidence), options.pccs);
  if (!requests) {
    return options.output.fail(requests.error());
  }
  std::string text;
  json::Array objects;
  for (const CollateralRequest& request : *requests) {
    text += request.kind + "  " + request.url + "\n";
    for (const std::string& mirror : request.mirrors) {
      text += "  or  " + mirror + "\n";
    }
    objects.push_back(json::Object{{"kind", request.kind},
                                   {"url", request.url},
                                   {"mirrors", strings(request.mirrors)},
                                   {"cache_key", request.cache_key}});
  }
  options.output.text(text.empty() ? "nothing more is needed\n" : text);
  options.output.object(
      json::Object{{"schema", "cupel.needed/1"}, {"requests", std::move(objects)}});
  return exit_code(Outcome::accepted);
}

}  // namespace

void add_needed(CLI::App& app, int& exit) {
  auto options = std::make_shared<Needed>();
  CLI::App* command =
      app.add_subcommand("needed", "Which endorsements evidence needs, and where they are");
  command->add_option("EVIDENCE", options->evidence, "A file, or - for standard input")->required();
  command->add_option("--family", options->family, "The evidence family")->type_name("ID");
  add_pccs_option(*command, options->pccs);
  add_output_options(*command, options->output);
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace cupel::cli

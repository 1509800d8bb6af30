// cupel families: the evidence families, their claims, their checks.
#include <cupel/evidence.hpp>

#include "cli/common.hpp"

namespace cupel::cli {
namespace {

struct Families {
  Output output;
  std::string id;
};

std::string claim_name(const ClaimDef& def) {
  std::string name(def.name);
  if (def.indices > 0) {
    name += ".<0.." + std::to_string(def.indices - 1) + ">";
  }
  return name;
}

void describe_family(std::string_view id, std::string& text, json::Array& objects) {
  json::Array claims;
  json::Array checks;
  text += std::string(id) + "\n  claims\n";
  for (const ClaimDef& def : claim_table(id)) {
    text += "    " + claim_name(def) + " (" + std::string(to_string(def.type)) + ", " +
            std::string(to_string(def.provenance)) + "): " + std::string(def.meaning) + "\n";
    json::Object claim{{"name", claim_name(def)},
                       {"type", to_string(def.type)},
                       {"provenance", to_string(def.provenance)},
                       {"measurement", def.measurement},
                       {"meaning", def.meaning},
                       {"source", def.source}};
    if (def.size > 0) {
      claim.emplace_back("size", std::uint64_t{def.size});
    }
    if (!def.unit.empty()) {
      claim.emplace_back("unit", def.unit);
    }
    claims.emplace_back(std::move(claim));
  }
  text += "  checks\n";
  for (const CheckInfo& check : check_table(id)) {
    text += "    " + std::string(check.id) + "  " + std::string(check.title) + "\n";
    checks.push_back(json::Object{{"id", check.id}, {"title", check.title}});
  }
  objects.push_back(
      json::Object{{"family", id}, {"claims", std::move(claims)}, {"checks", std::move(checks)}});
}

int run(const Families& options) {
  std::string text;
  json::Array objects;
  for (const std::string_view id : families()) {
    if (options.id.empty() || options.id == id) {
      describe_family(id, text, objects);
    }
  }
  if (objects.empty()) {
    return options.output.fail({Code::invalid_argument, "FAMILY", kNoOffset,
                                "no evidence family is called '" + options.id.substr(0, 40) + "'"});
  }
  options.output.text(text);
  options.output.object(
      json::Object{{"schema", "cupel.families/1"}, {"families", std::move(objects)}});
  return exit_code(Outcome::accepted);
}

}  // namespace

void add_families(CLI::App& app, int& exit) {
  auto options = std::make_shared<Families>();
  CLI::App* command =
      app.add_subcommand("families", "The evidence families, their claims and checks");
  command->add_option("FAMILY", options->id, "Only this family");
  add_output_options(*command, options->output);
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace cupel::cli

// cupel explain: the page of a check, what a finding of the linter or an error's code means, or the
// list of all.
#include <cupel/explain.hpp>

#include "cli/common.hpp"
#include "cli/nearest.hpp"
#include "cli/words.hpp"

namespace cupel::cli {
namespace {

struct Explain {
  Output output;
  std::string id;
};

// What was asked for, as text and, by their kinds, in JSON.
struct Answer {
  std::string text = {};
  json::Array checks = {};
  json::Array findings = {};
  json::Array codes = {};

  bool empty() const { return checks.empty() && findings.empty() && codes.empty(); }
};

std::string_view effect(Outcome outcome) {
  switch (outcome) {
    case Outcome::refused:
      return "refused by the policy";
    case Outcome::usage:
      return "a wrong argument or policy";
    case Outcome::not_authentic:
      return "not authentic";
    case Outcome::malformed:
      return "malformed";
    case Outcome::undecided:
      return "undecided: nothing is proved";
    case Outcome::accepted:
    case Outcome::internal:
      break;
  }
  return "an internal error";
}

json::Value page(const CheckInfo& check) {
  return json::Object{{"id", check.id},         {"title", check.title},
                      {"source", check.source}, {"meaning", check.meaning},
                      {"why", check.why},       {"not_proved", check.not_proved},
                      {"causes", check.causes}, {"remedy", check.remedy}};
}

void add(Answer& to, const Finding& finding) {
  to.findings.push_back(
      json::Object{{"id", finding.id}, {"meaning", finding.meaning}, {"remedy", finding.remedy}});
}

void add(Answer& to, const CodeMeaning& code) {
  to.codes.push_back(
      json::Object{{"code", to_string(code.code)},
                   {"meaning", code.meaning},
                   {"exit_code", std::uint64_t{static_cast<std::uint8_t>(outcome(code.code))}}});
}

std::string line(std::string_view id, std::string_view meaning) {
  return std::string(id) + "  " + std::string(meaning) + "\n";
}

Answer list() {
  Answer out;
  for (const CheckInfo& check : all_checks()) {
    out.text += line(check.id, check.title);
    out.checks.push_back(page(check));
  }
  for (const Finding& finding : lint_findings()) {
    out.text += line(finding.id, finding.meaning);
    add(out, finding);
  }
  for (const CodeMeaning& code : code_meanings()) {
    out.text += line(to_string(code.code), code.meaning);
    add(out, code);
  }
  return out;
}

Answer find(const std::string& id) {
  Answer out;
  if (const CheckInfo* check = find_check(id); check != nullptr) {
    out.text = explain(*check);
    out.checks.push_back(page(*check));
  }
  for (const Finding& finding : lint_findings()) {
    if (finding.id == id) {
      out.text = id + ": a finding of `cupel policy lint`\n\n" + std::string(finding.meaning) +
                 "\n\nWhat to do\n  " + std::string(finding.remedy) + "\n";
      add(out, finding);
    }
  }
  for (const CodeMeaning& code : code_meanings()) {
    if (to_string(code.code) == id) {
      const Outcome result = outcome(code.code);
      out.text = id + ": the code of an error\n\n" + std::string(code.meaning) +
                 "\n\nOutcome: " + std::string(effect(result)) + " (exit code " +
                 std::to_string(exit_code(result)) + ").\n";
      add(out, code);
    }
  }
  return out;
}

std::vector<std::string> known_ids() {
  std::vector<std::string> out;
  for (const CheckInfo& check : all_checks()) {
    out.emplace_back(check.id);
  }
  for (const Finding& finding : lint_findings()) {
    out.emplace_back(finding.id);
  }
  for (const CodeMeaning& code : code_meanings()) {
    out.emplace_back(to_string(code.code));
  }
  return out;
}

int run(const Explain& options) {
  Answer answer = options.id.empty() ? list() : find(lower(options.id));
  if (answer.empty()) {
    return options.output.fail({Code::invalid_argument, "ID", kNoOffset,
                                "nothing is called '" + options.id.substr(0, 40) + "'" +
                                    did_you_mean(options.id, known_ids()) +
                                    "; `cupel explain` lists everything"});
  }
  options.output.text(answer.text);
  json::Object object{{"schema", "cupel.explain/1"}, {"checks", std::move(answer.checks)}};
  if (!answer.findings.empty()) {
    object.emplace_back("findings", std::move(answer.findings));
  }
  if (!answer.codes.empty()) {
    object.emplace_back("codes", std::move(answer.codes));
  }
  options.output.object(std::move(object));
  return exit_code(Outcome::accepted);
}

}  // namespace

void add_explain(CLI::App& app, int& exit) {
  auto options = std::make_shared<Explain>();
  CLI::App* command = app.add_subcommand(
      "explain", "What a check, a finding of the linter or an error's code means, and what to do");
  command->add_option("ID", options->id,
                      "For example tpm-07, lint-all-zero or untrusted_chain; without it all are "
                      "listed");
  add_output_options(*command, options->output);
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace cupel::cli

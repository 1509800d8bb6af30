// cupel policy: what policy files mean, what is dangerous or dead in them, and making them.
#include <cupel/policy.hpp>

#include "cli/common.hpp"
#include "cli/policy_make.hpp"

namespace cupel::cli {
namespace {

struct PolicyOptions {
  Output output;
  std::vector<std::string> files;
  std::optional<std::string> at = {};
};

int show(const PolicyOptions& options) {
  const auto policy = load_policies(options.files);
  if (!policy) {
    return options.output.fail(policy.error());
  }
  options.output.text(explain(*policy));
  options.output.object(json::Object{{"schema", "cupel.policy-show/1"},
                                     {"verdict", "loaded"},
                                     {"policy", reparse(to_json(*policy))}});
  return exit_code(Outcome::accepted);
}

int lint_files(const PolicyOptions& options) {
  TrustOptions time;
  time.at = options.at;
  const auto now = time.now();
  if (!now) {
    return options.output.fail(now.error());
  }
  const auto files = policy_files(options.files);
  if (!files) {
    return options.output.fail(files.error());
  }
  bool error = false;
  std::string text;
  json::Array findings;
  for (const LintFinding& finding : lint(*files, *now)) {
    const bool is_error = finding.severity == LintFinding::Severity::error;
    error = error || is_error;
    const std::string_view severity = is_error ? "error" : "warning";
    text += std::string(severity) + ": " + finding.where + ": " + finding.text + " [" + finding.id +
            "]\n";
    findings.push_back(json::Object{{"severity", severity},
                                    {"id", finding.id},
                                    {"where", finding.where},
                                    {"text", finding.text}});
  }
  options.output.text(text.empty() ? "nothing to complain about\n" : text);
  options.output.object(json::Object{{"schema", "cupel.policy-lint/1"},
                                     {"verdict", error ? "refused" : "accepted"},
                                     {"findings", std::move(findings)}});
  return exit_code(error ? Outcome::refused : Outcome::accepted);
}

CLI::App* add_one(CLI::App& parent, const std::string& name, const std::string& text,
                  const std::shared_ptr<PolicyOptions>& options) {
  CLI::App* command = parent.add_subcommand(name, text);
  command->add_option("FILE", options->files, "Policy files")->required();
  add_output_options(*command, options->output);
  return command;
}

}  // namespace

void add_policy(CLI::App& app, int& exit) {
  CLI::App* policy = app.add_subcommand("policy", "Read policy files, and make them");
  policy->require_subcommand(1);
  auto shown = std::make_shared<PolicyOptions>();
  add_one(*policy, "show", "What the files mean, as one policy", shown)->callback([shown, &exit] {
    exit = show(*shown);
  });
  auto linted = std::make_shared<PolicyOptions>();
  CLI::App* lint_command = add_one(
      *policy, "lint", "What is dangerous or dead in the files; exit code 1 on an error", linted);
  lint_command->add_option("--at", linted->at, "Judge expiry at this time (RFC 3339)");
  lint_command->callback([linted, &exit] { exit = lint_files(*linted); });
  add_policy_make(*policy, exit);
}

}  // namespace cupel::cli

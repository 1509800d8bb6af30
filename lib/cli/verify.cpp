// cupel verify: authenticate, appraise, print the verdict.
#include <cupel/evidence.hpp>

#include "base/hex.hpp"
#include "cli/by_recipe.hpp"
#include "cli/common.hpp"

namespace cupel::cli {
namespace {

struct Verify {
  Output output;
  TrustOptions trust;
  std::string evidence;
  std::vector<std::string> policies;
  std::optional<std::string> nonce;
  std::string reference_log;
  std::vector<std::string> recipes;
};

Result<Challenge> challenge(const Verify& options, UnixTime now) {
  Challenge out{.now = now};
  if (options.nonce) {
    auto nonce = from_hex(*options.nonce, "--nonce");
    if (!nonce) {
      return Error{Code::invalid_argument, "--nonce", nonce.error().offset, nonce.error().detail};
    }
    // `--nonce "$UNSET"` must not be a check that was never made.
    if (nonce->empty()) {
      return Error{Code::invalid_argument, "--nonce", kNoOffset, "an empty nonce proves nothing"};
    }
    out.nonce = std::move(nonce).value();
  }
  return out;
}

// For each failed register check, where the evidence's log first departs from the reference.
Result<std::vector<std::string>> differences(const Verify& options, const Verdict& verdict,
                                             Bytes evidence) {
  std::vector<std::string> out;
  if (options.reference_log.empty()) {
    return out;
  }
  CUPEL_TRY(const ByteVector reference, read_input(options.reference_log, kMaxEvidenceSize));
  for (const Check& check : verdict.checks()) {
    if (check.passed || check.claim.empty()) {
      continue;
    }
    CUPEL_TRY(auto text, explain_register(verdict.family(), evidence, reference, check.claim));
    if (text) {
      out.push_back(std::move(*text));
    }
  }
  return out;
}

void print(const Output& output, const Verdict& verdict, const std::vector<std::string>& log,
           const std::vector<ByRecipe>& recipes) {
  std::string text = explain(verdict, output.style());
  if (!log.empty()) {
    text += "\nAgainst the reference log\n";
    for (const std::string& line : log) {
      text += "  - " + line + "\n";
    }
  }
  std::string file;
  for (const ByRecipe& one : recipes) {
    if (one.recipe != file) {
      file = one.recipe;
      text += "\nBy the recipe " + file + "\n";
    }
    for (const std::string& line : one.lines()) {
      text += "  - " + line + "\n";
    }
  }
  output.text(text);
  if (output.json) {
    json::Value object = reparse(to_json(verdict));
    if (!log.empty()) {
      object.object()->emplace_back("log_differences", strings(log));
    }
    if (!recipes.empty()) {
      json::Array all;
      for (const ByRecipe& one : recipes) {
        all.push_back(one.json());
      }
      object.object()->emplace_back("recipe_explanations", std::move(all));
    }
    output.object(object);
  }
}

int run(const Verify& options) {
  const Output& output = options.output;
  // The policy first: a broken policy is the caller's mistake whatever the evidence is.
  const auto now = options.trust.now();
  if (!now) {
    return output.fail(now.error());
  }
  const auto policy = load_policies(options.policies, output, *now);
  if (!policy) {
    return output.fail(policy.error());
  }
  const auto recipes = load_recipes(options.recipes);
  if (!recipes) {
    return output.fail(recipes.error());
  }
  auto evidence = read_input(options.evidence, kMaxEvidenceSize);
  if (!evidence) {
    return output.fail(evidence.error());
  }
  const auto family = family_of(options.trust, *evidence);
  if (!family) {
    return output.fail(family.error());
  }
  const auto context = options.trust.context(*family);
  if (!context) {
    return output.fail(context.error());
  }
  const auto asked = challenge(options, context->now);
  if (!asked) {
    return output.fail(asked.error());
  }
  const auto endorsements = options.trust.endorsements(output);
  if (!endorsements) {
    return output.fail(endorsements.error());
  }
  const auto claims = evaluate(*family, *evidence, *endorsements, *context);
  if (!claims) {
    return output.fail(claims.error(), advice(*family, *evidence, claims.error()));
  }
  const Verdict verdict = appraise(*claims, *policy, *asked);
  const auto first = differences(options, verdict, *evidence);
  if (!first) {
    return output.fail(first.error());
  }
  const auto by_recipe = explain_by_recipes(verdict, *recipes);
  if (!by_recipe) {
    return output.fail(by_recipe.error());
  }
  print(output, verdict, *first, *by_recipe);
  return exit_code(verdict.accepted() != nullptr ? Outcome::accepted : Outcome::refused);
}

}  // namespace

void add_verify(CLI::App& app, int& exit) {
  auto options = std::make_shared<Verify>();
  CLI::App* command = app.add_subcommand("verify", "Judge evidence by a policy");
  command->add_option("EVIDENCE", options->evidence, "A file, or - for standard input")->required();
  command->add_option("--policy", options->policies, "Policy file (repeatable)")
      ->type_name("FILE")
      ->required();
  command->add_option("--nonce", options->nonce, "The nonce that was sent for this evidence")
      ->type_name("HEX");
  command
      ->add_option("--reference-log", options->reference_log,
                   "An event log of a machine known to be good: a register that differs is "
                   "traced to the first event that differs")
      ->type_name("FILE");
  command
      ->add_option("--recipe", options->recipes,
                   "What `cupel measure --recipe` wrote (repeatable): says which single change of "
                   "it would give the value that a failed check found")
      ->type_name("FILE");
  add_trust_options(*command, options->trust);
  add_output_options(*command, options->output);
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace cupel::cli

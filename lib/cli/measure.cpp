// cupel measure: reference values from artifacts.
#include "cli/measure.hpp"

#include <cupel/policy.hpp>

#include "base/hex.hpp"
#include "measure/unicode.hpp"
#include "transport/files.hpp"

namespace cupel::cli {

namespace {

// The policy file that demands the values, which must be one: a value that says nothing of the
// software, or that no claim carries, is of use only beside others.
Result<std::string> policy_of(const measure::Recipe& recipe) {
  std::string text = measure::policy_fragment(recipe);
  if (text.empty()) {
    return Error{Code::invalid_argument, "--policy", kNoOffset,
                 "no evidence carries these values as claims"};
  }
  const std::vector<PolicyFile> files = {{"policy", to_vector(as_bytes(text))}};
  if (const auto policy = load_policy(files); !policy) {
    const std::string_view beside =
        recipe.kind == "hostdata"
            ? "; give the container policy itself to --policy of `cupel verify`, beside another"
            : "";
    return Error{
        Code::invalid_argument, "--policy", kNoOffset,
        "these values alone are no policy: " + policy.error().detail + std::string(beside)};
  }
  return text;
}

// A recipe is JSON, whose texts are UTF-8: other names would be of no file, other command lines of
// no machine.
Result<Unit> can_be_written(const measure::Recipe& recipe) {
  const auto check = [](std::string_view text) -> Result<Unit> {
    if (const auto wide = measure::utf8_to_utf16le(text, "--recipe"); !wide) {
      return Error{Code::invalid_argument, "--recipe", kNoOffset,
                   "not UTF-8, which a recipe cannot hold: " + std::string(text)};
    }
    return Unit{};
  };
  for (const measure::RecipeInput& input : recipe.inputs) {
    CUPEL_TRY(std::ignore, check(input.name));
  }
  for (const auto& [name, value] : recipe.parameters) {
    CUPEL_TRY(std::ignore, check(value));
  }
  return Unit{};
}

}  // namespace

Result<Unit> write_recipe(const MeasureOptions& options, const measure::Recipe& recipe) {
  if (!options.recipe) {
    return Unit{};
  }
  CUPEL_TRY(std::ignore, can_be_written(recipe));
  const std::string text = measure::to_json(recipe) + "\n";
  return write_file_atomically(*options.recipe, as_bytes(text), false);
}

Result<Unit> outputs_are_free(const MeasureOptions& options, const std::string& file) {
  if (!file.empty()) {
    CUPEL_TRY(std::ignore, name_is_free(file));
  }
  if (options.recipe == file) {
    return Error{Code::invalid_argument, "--recipe", kNoOffset, "is also the other output's file"};
  }
  return options.recipe ? name_is_free(*options.recipe) : Result<Unit>(Unit{});
}

int report(const MeasureOptions& options, const measure::Recipe& recipe) {
  std::string fragment;
  if (options.policy) {
    auto text = policy_of(recipe);
    if (!text) {
      return options.output.fail(text.error());
    }
    fragment = std::move(text).value();
  }
  if (auto done = write_recipe(options, recipe); !done) {
    return options.output.fail(done.error());
  }
  std::size_t width = 0;
  for (const measure::RecipeValue& value : recipe.values) {
    width = std::max(width, value.name.size());
  }
  // What a structure says is an answer too; elsewhere parameters are what was asked with.
  const bool says = recipe.kind == "sigstruct";
  for (const auto& [name, value] : recipe.parameters) {
    width = says ? std::max(width, name.size()) : width;
  }
  std::string text;
  json::Object values;
  for (const measure::RecipeValue& value : recipe.values) {
    text +=
        value.name + std::string(width - value.name.size() + 2, ' ') + to_hex(value.value) + "\n";
    values.emplace_back(value.name, to_hex(value.value));
  }
  for (const auto& [name, value] : recipe.parameters) {
    if (says) {
      text += name + std::string(width - name.size() + 2, ' ') + value + "\n";
    }
  }
  options.output.text(options.policy ? fragment : text);
  if (options.policy) {
    options.output.object(reparse(fragment));
  } else {
    json::Object parameters;
    for (const auto& [key, value] : recipe.parameters) {
      parameters.emplace_back(key, value);
    }
    options.output.object(json::Object{{"schema", "cupel.measure/1"},
                                       {"verdict", "computed"},
                                       {"kind", recipe.kind},
                                       {"values", std::move(values)},
                                       {"parameters", std::move(parameters)},
                                       {"notes", strings(recipe.notes)}});
  }
  for (const std::string& note : recipe.notes) {
    options.output.talk("note: " + note);
  }
  return exit_code(Outcome::accepted);
}

CLI::App* add_measure_kind(CLI::App& parent, const std::string& name, const std::string& text,
                           MeasureOptions& options) {
  CLI::App* app = parent.add_subcommand(name, text);
  add_output_options(*app, options.output);
  app->add_option(
         "--recipe", options.recipe,
         "Write how the values came about (inputs, parameters, each step) to this new file")
      ->type_name("FILE");
  app->add_flag("--policy", options.policy, "Print a policy file that demands these values");
  return app;
}

int run_measure(const MeasureOptions& options,
                const std::function<Result<measure::Recipe>()>& work) {
  if (auto known = outputs_are_free(options); !known) {
    return options.output.fail(known.error());
  }
  const Result<measure::Recipe> recipe = work();
  return recipe ? report(options, *recipe) : options.output.fail(recipe.error());
}

Result<Artifact> load_artifact(const std::string& role, const std::string& path,
                               std::size_t limit) {
  CUPEL_TRY(ByteVector content, measure::read_artifact(path, limit));
  measure::RecipeInput input = measure::recipe_input(role, path, content);
  return Artifact{std::move(content), std::move(input)};
}

Result<Unit> write_artifact(const std::string& path, Bytes content) {
  return write_file_atomically(path, content, false);
}

namespace {

// Artifacts are read where they are, some of them twice, and watched while they are read: "-" is
// no such file, and would be looked for under that name.
void refuse_standard_input(CLI::App& app) {
  const CLI::Validator no_stream(
      [](const std::string& text) -> std::string {
        return text == "-" ? "is standard input, and a measured artifact is a regular file: write "
                             "it to one first (./- is a file of that name)"
                           : "";
      },
      "");
  for (CLI::Option* option : app.get_options()) {
    const std::string type = option->get_type_name();
    if (!option->nonpositional() || type == "FILE" || type == "FOLDER") {
      option->check(no_stream);
    }
  }
  for (CLI::App* kind : app.get_subcommands(nullptr)) {
    refuse_standard_input(*kind);
  }
}

}  // namespace

void add_measure(CLI::App& app, int& exit) {
  CLI::App* measure = app.add_subcommand(
      "measure", "Reference values: what the evidence must say, computed from the artifacts");
  measure->require_subcommand(1);
  add_measure_verity(*measure, exit);
  add_measure_boot(*measure, exit);
  add_measure_eif(*measure, exit);
  add_measure_snp(*measure, exit);
  add_measure_idblock(*measure, exit);
  add_measure_artifacts(*measure, exit);
  add_measure_tdx(*measure, exit);
  add_measure_secureboot(*measure, exit);
  add_measure_explain(*measure, exit);
  refuse_standard_input(*measure);
}

}  // namespace cupel::cli

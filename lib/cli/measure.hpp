// What the subcommands of `cupel measure` share.
#pragma once

#include <cupel/measure/kinds.hpp>
#include <functional>
#include <memory>

#include "cli/common.hpp"

namespace cupel::cli {

/// --json and its kin, --recipe, --policy.
struct MeasureOptions {
  Output output;
  std::optional<std::string> recipe = {};  ///< file to write it to
  bool policy = false;                     ///< print a policy fragment instead
};

/// Writes the recipe, if it was asked for. Errors: those of write_file_atomically().
Result<Unit> write_recipe(const MeasureOptions& options, const measure::Recipe& recipe);

/// Prints the values (or the policy fragment), writes the recipe; the exit code.
int report(const MeasureOptions& options, const measure::Recipe& recipe);

/// Whether the recipe, and another file unless its name is empty, may be written: asked before the
/// work. Errors: those of name_is_free(); invalid_argument at "--recipe" (both are one).
Result<Unit> outputs_are_free(const MeasureOptions& options, const std::string& file = {});

/// Declares `cupel measure NAME` with the shared options.
CLI::App* add_measure_kind(CLI::App& parent, const std::string& name, const std::string& text,
                           MeasureOptions& options);

/// Runs `work`, which gives a recipe or an error, and reports.
int run_measure(const MeasureOptions& options,
                const std::function<Result<measure::Recipe>()>& work);

/// What an option's words say. Words that say nothing are a wrong use of the command, whatever the
/// code by which a file with the same content would be refused.
template <class T>
Result<T> option_value(Result<T> value) {
  if (!value) {
    Error error = std::move(value).error();
    error.code = Code::invalid_argument;
    return error;
  }
  return value;
}

/// A file's bytes and its entry for the recipe. Errors: those of measure::read_artifact().
struct Artifact {
  ByteVector content;
  measure::RecipeInput input;
};
Result<Artifact> load_artifact(const std::string& role, const std::string& path,
                               std::size_t limit = std::size_t{1} << 30U);

/// Writes a new file. Errors: those of write_file_atomically().
Result<Unit> write_artifact(const std::string& path, Bytes content);

// One function per kind or group of kinds, each in its own file.
void add_measure_verity(CLI::App& parent, int& exit);
void add_measure_boot(CLI::App& parent, int& exit);
void add_measure_eif(CLI::App& parent, int& exit);
void add_measure_snp(CLI::App& parent, int& exit);
void add_measure_idblock(CLI::App& parent, int& exit);
void add_measure_artifacts(CLI::App& parent, int& exit);
void add_measure_tdx(CLI::App& parent, int& exit);
void add_measure_secureboot(CLI::App& parent, int& exit);
void add_measure_explain(CLI::App& parent, int& exit);

}  // namespace cupel::cli

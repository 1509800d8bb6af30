// The cupel command: argument parsing and printing over the public API.
#include <cstdio>
#include <cupel/version.hpp>
#include <exception>

#include "cli/common.hpp"
#include "cli/numbers.hpp"
#include "cli/usage.hpp"

namespace {

constexpr const char* kFooter =
    "Exit codes: 0 accepted (show: authentic), 1 refused by policy, 2 usage, 3 not authentic,\n"
    "4 malformed evidence, 5 undecided (collateral, network, clock), 70 internal error.";

// An option that may be given again takes one value each time: what stands behind the value is the
// command's own, `--policy p.json evidence.json`.
void take_one_value_each(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    if (option->nonpositional()) {
      option->allow_extra_args(false);
    }
  }
  for (CLI::App* command : app.get_subcommands(nullptr)) {
    take_one_value_each(*command);
  }
}

int run(int argc, const char* const* argv) {
  CLI::App app(
      "Verifies the attestation evidence of a confidential service, judges it by a policy,"
      " pins the service's TLS key, and only then lets a prompt leave.",
      "cupel");
  app.set_version_flag("--version", std::string("cupel ") + CUPEL_VERSION);
  app.require_subcommand(1);
  app.footer(kFooter);
  int exit = cupel::cli::exit_code(cupel::Outcome::internal);
  cupel::cli::add_show(app, exit);
  cupel::cli::add_verify(app, exit);
  cupel::cli::add_policy(app, exit);
  cupel::cli::add_ask(app, exit);
  cupel::cli::add_explain(app, exit);
  cupel::cli::add_families(app, exit);
  cupel::cli::add_bundle(app, exit);
  cupel::cli::add_needed(app, exit);
  cupel::cli::add_measure(app, exit);
  cupel::cli::add_fetch(app, exit);
  cupel::cli::add_replay(app, exit);
  cupel::cli::add_uvm(app, exit);
  cupel::cli::refuse_odd_numbers(app);
  take_one_value_each(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version requests come this way too, and are no failures.
    if (error.get_exit_code() == 0) {
      return cupel::cli::flushed(app.exit(error));
    }
    return cupel::cli::flushed(cupel::cli::usage_error(app, error, {argv + 1, argv + argc}));
  }
  return cupel::cli::flushed(exit);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cupel: internal error: %s\n", error.what());
  } catch (...) {
    std::fputs("cupel: internal error\n", stderr);
  }
  return cupel::cli::exit_code(cupel::Outcome::internal);
}

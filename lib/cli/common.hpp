// What every command shares: the options about trust and time, reading input, and how results and
// errors are printed.
#pragma once

#include <CLI/CLI.hpp>
#include <cupel/collateral.hpp>
#include <cupel/result.hpp>
#include <cupel/trust.hpp>
#include <cupel/verdict.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/inputs.hpp"
#include "codec/json.hpp"

namespace cupel::cli {

/// How to talk: decided once, from flags, the terminal and NO_COLOR.
struct Output {
  bool json = false;   ///< one JSON object on stdout, whatever happens
  bool quiet = false;  ///< the exit code only
  bool ascii = false;
  bool full = false;  ///< long values are not shortened

  ExplainStyle style() const;
  /// Text for stdout; nothing with --json or --quiet. Control characters other than line feed and
  /// tab do not get through, whoever put them into the text.
  void text(std::string_view text) const;
  /// The one JSON object; nothing without --json.
  void object(const json::Value& object) const;
  /// Talk, on stderr; nothing with --quiet.
  void talk(std::string_view line) const;
  /// An error, in the form asked for, and what to do about it, if that is known here; returns the
  /// exit code.
  int fail(const Error& error, std::string_view remedy = {}) const;
};

/// Flags for Output.
void add_output_options(CLI::App& app, Output& output);

/// --at, --anchors, --ak-key, --issuer-keys, --endorse, --revocation, --family.
struct TrustOptions {
  std::optional<std::string> at = {};
  std::vector<std::string> anchors = {};
  std::vector<std::string> keys = {};
  std::vector<std::string> issuer_keys = {};
  std::vector<std::string> endorse = {};
  std::string revocation = "if-available";
  std::string family = {};

  /// The time asked for, or the clock's.
  Result<UnixTime> now() const;
  /// The vendor's roots of that family, or exactly what --anchors names ("vendor" among them adds
  /// the vendor's); keys from --ak-key in either case.
  Result<TrustAnchors> trust_anchors(const std::vector<std::string>& family_ids) const;
  /// What --endorse names. Of a folder, only the files that are endorsements: the others are said
  /// on `output`. Errors: invalid_argument at "--endorse".
  Result<Endorsements> endorsements(const Output& output) const;
  Revocation revocation_mode() const;
  Result<VerifyContext> context(std::string_view family_id) const;
};

void add_trust_options(CLI::App& app, TrustOptions& options);

/// --family, or what the content looks like. The error says what else it may be.
Result<std::string> family_of(const TrustOptions& options, Bytes evidence);
/// What to do about evidence of that family that was refused so; empty when nothing is known.
std::string advice(std::string_view family, Bytes evidence, const Error& error);

/// The text without what a terminal could act on: control characters (C0 but for line feed and tab,
/// C1), and the characters that turn the direction of writing.
std::string harmless(std::string_view text);

/// Flushes standard output; a full disk or a closed pipe must not look like success. The exit code
/// that was reached, or that of an internal error.
int flushed(int exit);

/// With "remedy": what is to be done, or else what the page of the failed check says.
json::Value to_json_value(const Error& error, std::string_view remedy = {});
/// The claims as {"name": {"value", "type", "provenance"}}.
json::Value to_json_value(const Claims& claims);
json::Value strings(const std::vector<std::string>& values);
/// JSON text that this library wrote, as a value.
json::Value reparse(std::string_view own_json);

int exit_code(Outcome outcome) noexcept;
/// An outcome that is an error, as "verdict" says it in JSON.
std::string_view word(Outcome outcome) noexcept;
/// The same, as it stands before an error for people.
std::string_view headline(Outcome outcome) noexcept;

/// For an option's transform(): one of these values, in which "-" and "_" are the same.
CLI::IsMember one_of(std::vector<std::string> values);

/// The address of a PCCS.
CLI::Option* add_pccs_option(CLI::App& app, std::string& pccs);
/// The requests, of Intel's service at that PCCS unless it is empty. Errors: invalid_argument.
Result<std::vector<CollateralRequest>> requests_at(Result<std::vector<CollateralRequest>> requests,
                                                   const std::string& pccs);

/// Writes what -o names; an existing file only with --force. Errors: invalid_argument at the path.
Result<Unit> write_output(const std::string& path, Bytes content, bool force);

// One function per command, each in its own file: declares its options on `app`, and sets the exit
// code when it ran.
void add_show(CLI::App& app, int& exit);
void add_verify(CLI::App& app, int& exit);
void add_policy(CLI::App& app, int& exit);
void add_ask(CLI::App& app, int& exit);
void add_explain(CLI::App& app, int& exit);
void add_families(CLI::App& app, int& exit);
void add_bundle(CLI::App& app, int& exit);
void add_bundle_tdx(CLI::App& bundle, int& exit);
void add_bundle_hcl(CLI::App& bundle, int& exit);
void add_needed(CLI::App& app, int& exit);
void add_measure(CLI::App& app, int& exit);
void add_fetch(CLI::App& app, int& exit);
void add_replay(CLI::App& app, int& exit);
void add_uvm(CLI::App& app, int& exit);

}  // namespace cupel::cli

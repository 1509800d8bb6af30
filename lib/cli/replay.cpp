// cupel replay: the registers that an event log extends to.
#include <algorithm>
#include <array>
#include <cupel/tpm.hpp>

#include "base/hex.hpp"
#include "cli/common.hpp"

namespace cupel::cli {
namespace {

constexpr std::size_t kMaxLogSize = 1U << 20U;
constexpr std::array kBanks = {tpm::HashAlg::sha1, tpm::HashAlg::sha256, tpm::HashAlg::sha384,
                               tpm::HashAlg::sha512};

struct Replay {
  Output output;
  std::string log;
};

bool has_bank(const tpm::EventLog& log, tpm::HashAlg bank) {
  return std::any_of(
      log.algorithms.begin(), log.algorithms.end(),
      [bank](const tpm::SpecIdAlg& one) { return one.alg == static_cast<std::uint16_t>(bank); });
}

// One bank's registers, as text and as JSON.
Result<json::Value> bank_values(const tpm::EventLog& log, tpm::HashAlg bank, std::string& text) {
  CUPEL_TRY(const auto values, tpm::replay_values(log, bank));
  const std::string name(tpm::to_string(bank));
  json::Object registers;
  for (const auto& [index, value] : values) {
    const std::string hex = to_hex(value);
    text.append(name).append(index < 10 ? "   " : "  ").append(std::to_string(index));
    text.append("  ").append(hex).append("\n");
    registers.emplace_back(std::to_string(index), hex);
  }
  return json::Value(std::move(registers));
}

int run(const Replay& options) {
  const auto content = read_input(options.log, kMaxLogSize);
  if (!content) {
    return options.output.fail(content.error());
  }
  const auto log = tpm::parse_event_log(*content);
  if (!log) {
    return options.output.fail(log.error());
  }
  std::string text;
  json::Object banks;
  for (const tpm::HashAlg bank : kBanks) {
    if (!has_bank(*log, bank)) {
      continue;
    }
    auto values = bank_values(*log, bank, text);
    if (!values) {
      return options.output.fail(values.error());
    }
    banks.emplace_back(std::string(tpm::to_string(bank)), std::move(values).value());
  }
  options.output.text(text +
                      "\nA log proves nothing: compare these with the registers of a quote.\n");
  options.output.object(json::Object{{"schema", "cupel.replay/1"},
                                     {"crypto_agile", log->crypto_agile},
                                     {"events", std::uint64_t{log->events.size()}},
                                     {"used", std::uint64_t{log->used}},
                                     {"pcrs", std::move(banks)}});
  return exit_code(Outcome::accepted);
}

}  // namespace

void add_replay(CLI::App& app, int& exit) {
  auto options = std::make_shared<Replay>();
  CLI::App* command = app.add_subcommand("replay", "The registers that a TCG event log extends to");
  command->add_option("LOG", options->log, "A file, or - for standard input")->required();
  add_output_options(*command, options->output);
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace cupel::cli

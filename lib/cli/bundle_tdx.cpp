// cupel bundle tdx: one evidence file from a quote, as its producer padded it, and an event log.
#include <cupel/tdx.hpp>

#include "base/base64.hpp"
#include "cli/bundle.hpp"

namespace cupel::cli {
namespace {

constexpr std::size_t kMaxPart = 1U << 20U;

struct Bundle {
  Output output;
  std::string quote;
  std::string event_log;
  bool trim = false;
  std::string to;
  bool force = false;
};

Result<std::string> document(const Bundle& options) {
  CUPEL_TRY(const ByteVector file, read_input(options.quote, kMaxPart));
  Bytes quote = file;
  if (options.trim) {
    CUPEL_TRY(quote, dcap::trim_zero_padding(file));
  }
  CUPEL_TRY([[maybe_unused]] auto readable, tdx::parse(quote));
  json::Object out{{"kind", "cupel.tdx/1"}, {"quote", to_base64(quote)}};
  if (!options.event_log.empty()) {
    CUPEL_TRY(const ByteVector log, read_input(options.event_log, kMaxPart));
    out.emplace_back("event_log", to_base64(log));
  }
  return json::dump(out, 1) + "\n";
}

int run(const Bundle& options) {
  const auto text = document(options);
  if (!text) {
    return options.output.fail(text.error());
  }
  return write_bundle(options.output, *text, options.to, options.force);
}

}  // namespace

void add_bundle_tdx(CLI::App& bundle, int& exit) {
  auto options = std::make_shared<Bundle>();
  CLI::App* command = bundle.add_subcommand("tdx", "From a TDX quote and its event log");
  command->add_option("--quote", options->quote, "The quote")->type_name("FILE")->required();
  command->add_flag("--trim-zero-padding", options->trim,
                    "Take off zeros after the quote, with which some drivers fill their buffer");
  command
      ->add_option("--event-log", options->event_log,
                   "The CC event log (/sys/firmware/acpi/tables/data/CCEL)")
      ->type_name("FILE");
  command->add_option("-o,--output", options->to, "Where to write; standard output without it")
      ->type_name("FILE");
  command->add_flag("--force", options->force, "Overwrite an existing file");
  add_output_options(*command, options->output);
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace cupel::cli

// cupel measure tdx: MRTD of a firmware image, RTMRs of a direct boot or of an event log.
#include <cupel/tpm.hpp>

#include "cli/measure.hpp"

namespace cupel::cli {
namespace {

struct TdxOptions {
  MeasureOptions common;
  measure::TdxRequest request;
  std::string log;
};

// A CC event log is a TCG2 log whose index 1 is RTMR 0.
Result<Unit> add_replayed(measure::Recipe& out, const std::string& path) {
  CUPEL_TRY(Artifact artifact, load_artifact("event_log", path, 1U << 24U));
  CUPEL_TRY(const tpm::EventLog log, tpm::parse_event_log(artifact.content));
  CUPEL_TRY(const auto values, tpm::replay_values(log, tpm::HashAlg::sha384));
  out.inputs.push_back(std::move(artifact.input));
  for (unsigned rtmr = 0; rtmr < 4; ++rtmr) {
    const auto found = values.find(rtmr + 1);
    const std::string name = "rtmr" + std::to_string(rtmr);
    out.values.push_back({name, "sha384", found == values.end() ? ByteVector(48) : found->second,
                          "tdx.rtmr." + std::to_string(rtmr)});
  }
  for (const tpm::Event& event : log.events) {
    for (const auto& digest : event.digests) {
      constexpr std::uint32_t kNoAction = 3;  // says something, extends nothing
      if (digest.alg == static_cast<std::uint16_t>(tpm::HashAlg::sha384) && event.pcr >= 1 &&
          event.type != kNoAction) {
        out.events.push_back({"rtmr" + std::to_string(event.pcr - 1),
                              tpm::event_type_name(event.type), digest.digest});
      }
    }
  }
  out.notes.push_back("a log is a claim: only a quote says whether the machine really booted so");
  return Unit{};
}

Result<measure::Recipe> compute(const TdxOptions& options) {
  CUPEL_TRY(measure::Recipe out, measure::tdx_recipe(options.request));
  if (!options.log.empty()) {
    CUPEL_TRY(std::ignore, add_replayed(out, options.log));
  }
  if (out.values.empty()) {
    return Error{Code::invalid_argument, "tdx", kNoOffset, "--firmware, --kernel or --log"};
  }
  return out;
}

}  // namespace

void add_measure_tdx(CLI::App& parent, int& exit) {
  auto options = std::make_shared<TdxOptions>();
  CLI::App* app =
      add_measure_kind(parent, "tdx", "MRTD and RTMRs of an Intel TDX guest", options->common);
  app->add_option("--firmware", options->request.firmware, "The complete TDVF image: MRTD")
      ->type_name("FILE");
  auto* kernel =
      app->add_option("--kernel", options->request.kernel, "Booted by QEMU directly: RTMR 1, 2")
          ->type_name("FILE");
  app->add_option("--initrd", options->request.initrd, "The kernel's initrd")
      ->needs(kernel)
      ->type_name("FILE");
  app->add_option("--append", options->request.command_line, "Its command line")->needs(kernel);
  auto* memory = app->add_option("--memory", options->request.memory,
                                 "Of the guest, in bytes (8589934592): for the kernel, and with "
                                 "the firmware for the TD HOB");
  kernel->needs(memory);
  app->add_option("--acpi-data-size", options->request.acpi_data_size,
                  "QEMU's, for the machine type")
      ->capture_default_str();
  app->add_flag_callback(
      "--no-initrd-suffix", [options] { options->request.initrd_suffix = false; },
      "The firmware does not append ' initrd=initrd'");
  app->add_option("--log", options->log, "Replay this CC event log (CCEL): RTMR 0 to 3")
      ->type_name("FILE")
      ->excludes(kernel);
  app->callback(
      [options, &exit] { exit = run_measure(options->common, [&] { return compute(*options); }); });
}

}  // namespace cupel::cli

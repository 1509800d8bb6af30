// cupel measure tdx: MRTD of a firmware image, RTMRs of a direct boot or of an event log.
#include <cupel/measure/tdx.hpp>
#include <cupel/tpm.hpp>

#include "cli/measure.hpp"

namespace cupel::cli {
namespace {

struct TdxOptions {
  MeasureOptions common;
  std::string firmware;
  std::string kernel;
  std::string initrd;
  std::string append;
  std::uint64_t memory = 0;
  std::uint64_t acpi_data_size = 0x28000;
  bool no_suffix = false;
  std::string log;
};

void join(measure::Recipe& all, measure::Recipe part) {
  const auto move = [](auto& to, auto& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  move(all.inputs, part.inputs);
  move(all.parameters, part.parameters);
  move(all.events, part.events);
  move(all.values, part.values);
  move(all.notes, part.notes);
}

// A CC event log is a TCG2 log whose index 1 is RTMR 0.
Result<measure::Recipe> replayed(const std::string& path) {
  CUPEL_TRY(const Artifact artifact, load_artifact("event_log", path, 1U << 24U));
  CUPEL_TRY(const tpm::EventLog log, tpm::parse_event_log(artifact.content));
  CUPEL_TRY(const auto values, tpm::replay_values(log, tpm::HashAlg::sha384));
  measure::Recipe out;
  out.inputs = {artifact.input};
  for (unsigned rtmr = 0; rtmr < 4; ++rtmr) {
    const auto found = values.find(rtmr + 1);
    const std::string name = "rtmr" + std::to_string(rtmr);
    out.values.push_back({name, "sha384", found == values.end() ? ByteVector(48) : found->second,
                          "tdx.rtmr." + std::to_string(rtmr)});
  }
  out.notes.push_back("a log is a claim: only a quote says whether the machine really booted so");
  return out;
}

Result<measure::Recipe> direct_boot(const TdxOptions& options) {
  CUPEL_TRY(const Artifact kernel, load_artifact("kernel", options.kernel));
  measure::TdxDirectBoot boot{.kernel = kernel.content,
                              .initrd = {},
                              .command_line = options.append,
                              .memory = options.memory,
                              .acpi_data_size = options.acpi_data_size,
                              .initrd_suffix = !options.no_suffix};
  Artifact initrd;
  if (!options.initrd.empty()) {
    CUPEL_TRY(initrd, load_artifact("initrd", options.initrd));
    boot.initrd = initrd.content;
  }
  CUPEL_TRY(measure::Recipe recipe, measure::predict_rtmrs(boot));
  recipe.inputs = {kernel.input};
  if (!options.initrd.empty()) {
    recipe.inputs.push_back(initrd.input);
  }
  return recipe;
}

Result<measure::Recipe> compute(const TdxOptions& options) {
  measure::Recipe out;
  out.kind = "tdx";
  if (!options.firmware.empty()) {
    CUPEL_TRY(const Artifact artifact, load_artifact("firmware", options.firmware, 64U << 20U));
    CUPEL_TRY(measure::Recipe part, measure::measure_tdvf(artifact.content));
    part.inputs = {artifact.input};
    join(out, std::move(part));
  }
  if (!options.kernel.empty()) {
    CUPEL_TRY(measure::Recipe part, direct_boot(options));
    join(out, std::move(part));
  }
  if (!options.log.empty()) {
    CUPEL_TRY(measure::Recipe part, replayed(options.log));
    join(out, std::move(part));
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
  app->add_option("--firmware", options->firmware, "The complete TDVF image: MRTD")
      ->type_name("FILE");
  auto* kernel = app->add_option("--kernel", options->kernel, "Booted by QEMU directly: RTMR 1, 2")
                     ->type_name("FILE");
  app->add_option("--initrd", options->initrd, "The kernel's initrd")
      ->needs(kernel)
      ->type_name("FILE");
  app->add_option("--append", options->append, "Its command line")->needs(kernel);
  auto* memory = app->add_option("--memory", options->memory, "Of the guest, in bytes (8589934592)")
                     ->needs(kernel);
  kernel->needs(memory);
  app->add_option("--acpi-data-size", options->acpi_data_size, "QEMU's, for the machine type")
      ->capture_default_str();
  app->add_flag("--no-initrd-suffix", options->no_suffix,
                "The firmware does not append ' initrd=initrd'");
  app->add_option("--log", options->log, "Replay this CC event log (CCEL): RTMR 0 to 3")
      ->type_name("FILE")
      ->excludes(kernel);
  app->callback(
      [options, &exit] { exit = run_measure(options->common, [&] { return compute(*options); }); });
}

}  // namespace cupel::cli

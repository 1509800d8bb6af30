// cupel measure uki, pe, pcr: what a TPM holds after a unified kernel image was booted.
#include <algorithm>
#include <cupel/measure/boot.hpp>
#include <cupel/measure/disk.hpp>
#include <cupel/measure/files.hpp>
#include <cupel/tpm.hpp>
#include <filesystem>

#include "base/hex.hpp"
#include "cli/measure.hpp"

namespace cupel::cli {
namespace {

namespace fs = std::filesystem;
using measure::Algorithm;
using measure::Companion;
using measure::FileSource;
using measure::Recipe;

constexpr std::size_t kMaxImage = std::size_t{1} << 30U;

struct BootOptions {
  MeasureOptions common;
  std::string file;
  bool disk = false;
  std::string path = "EFI/BOOT/BOOTX64.EFI";
  std::string partition;
  std::string bank = "sha256";
  std::string target = "plain";
  unsigned stub = 0;
  bool secure_boot = false;
  unsigned profile = 0;
  std::vector<std::string> loaders;
  std::optional<std::string> options;
  std::string extra;
  std::string loader_folder;
  std::string phases;
  std::string blindllama;
  std::vector<std::string> literal;
};

Result<std::vector<Companion>> files_in(const std::string& folder, std::string_view suffix,
                                        std::vector<measure::RecipeInput>& inputs) {
  std::vector<Companion> out;
  if (folder.empty()) {
    return out;
  }
  std::error_code failed;
  std::vector<fs::path> paths;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    paths.push_back(it->path());
  }
  if (failed) {
    return Error{Code::invalid_argument, folder, kNoOffset,
                 "cannot be listed: " + failed.message()};
  }
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    std::string name = path.filename().string();
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    if (name.size() > suffix.size() && name.ends_with(suffix)) {
      CUPEL_TRY(Artifact artifact, load_artifact("companion", path.string(), kMaxImage));
      out.push_back({path.filename().string(), std::move(artifact.content)});
      inputs.push_back(std::move(artifact.input));
    }
  }
  return out;
}

// The image itself, or a file of the EFI system partition of a raw disk.
Result<ByteVector> load_uki(const BootOptions& options, std::vector<measure::RecipeInput>& inputs) {
  if (!options.disk) {
    CUPEL_TRY(Artifact artifact, load_artifact("uki", options.file, kMaxImage));
    inputs.push_back(std::move(artifact.input));
    return std::move(artifact.content);
  }
  CUPEL_TRY(const FileSource disk, FileSource::open(options.file));
  CUPEL_TRY(const auto table, measure::parse_partition_table(disk));
  measure::Partition partition;
  if (options.partition.empty()) {
    CUPEL_TRY(partition, measure::system_partition(table));
  } else {
    CUPEL_TRY(partition, measure::partition_by_label(table, options.partition));
  }
  CUPEL_TRY(const auto part, measure::SourceRange::of(disk, partition.offset, partition.size));
  CUPEL_TRY(ByteVector uki, measure::read_fat_file(part, options.path, kMaxImage));
  CUPEL_TRY(std::ignore, disk.unchanged());
  inputs.push_back(measure::recipe_input("uki", options.file + ":" + options.path, uki));
  return uki;
}

Result<Recipe> predict(const BootOptions& options) {
  std::vector<measure::RecipeInput> inputs;
  CUPEL_TRY(const Algorithm bank, measure::algorithm_by_name(options.bank, "--bank"));
  CUPEL_TRY(const ByteVector uki, load_uki(options, inputs));
  measure::BootPlan plan;
  plan.uki = uki;
  plan.stub = options.stub;
  plan.secure_boot = options.secure_boot;
  plan.returning = options.target == "qemu";
  plan.profile = options.profile;
  plan.loader_options = options.options;
  for (const std::string& path : options.loaders) {
    CUPEL_TRY(Artifact artifact, load_artifact("loader", path, kMaxImage));
    plan.loaders.push_back({fs::path(path).filename().string(), std::move(artifact.content)});
    inputs.push_back(std::move(artifact.input));
  }
  CUPEL_TRY(plan.addons, files_in(options.extra, ".addon.efi", inputs));
  CUPEL_TRY(plan.credentials, files_in(options.extra, ".cred", inputs));
  CUPEL_TRY(plan.extensions, files_in(options.extra, ".raw", inputs));
  const std::string& loader = options.loader_folder;
  if (!loader.empty() && fs::is_directory(loader + "/addons")) {
    CUPEL_TRY(plan.global_addons, files_in(loader + "/addons", ".addon.efi", inputs));
  }
  if (!loader.empty() && fs::is_directory(loader + "/credentials")) {
    CUPEL_TRY(plan.global_credentials, files_in(loader + "/credentials", ".cred", inputs));
  }
  CUPEL_TRY(Recipe recipe, measure::predict_boot(plan, bank));
  if (!options.phases.empty()) {
    CUPEL_TRY(const auto image, measure::PeImage::parse(uki));
    CUPEL_TRY(const auto sections, measure::measured_sections(image, plan.stub, plan.profile));
    measure::Registers registers(bank);
    measure::extend_sections(registers, sections);
    measure::extend_phases(registers, options.phases);
    recipe.values.push_back({"pcr11:" + options.phases, options.bank, registers.value(11), {}});
  }
  recipe.parameters.emplace_back("target", options.target);
  recipe.inputs = std::move(inputs);
  return recipe;
}

// "0=HEX": a register that no artifact explains.
Result<std::map<unsigned, ByteVector>> literals(const std::vector<std::string>& given) {
  std::map<unsigned, ByteVector> out;
  for (const std::string& text : given) {
    const std::size_t equals = text.find('=');
    const std::string index = text.substr(0, equals);
    const bool number =
        !index.empty() && index.size() <= 2 &&
        std::all_of(index.begin(), index.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (equals == std::string::npos || !number) {
      return Error{Code::invalid_argument, "--pcr", kNoOffset, "INDEX=HEX"};
    }
    CUPEL_TRY(ByteVector value, from_hex(text.substr(equals + 1), 32, "--pcr"));
    out[static_cast<unsigned>(std::stoul(index))] = std::move(value);
  }
  return out;
}

// The files BlindLlama's scripts write. Its PCR 0 (and, under QEMU, 1 to 3) belong to the firmware
// and are constants there, so they are asked for here.
Result<std::string> blindllama(const BootOptions& options) {
  CUPEL_TRY(const Recipe recipe, predict(options));
  CUPEL_TRY(auto pcrs, literals(options.literal));
  for (const unsigned index : {0U, 1U, 2U, 3U, 4U, 12U, 13U}) {
    const std::string name = "pcr" + std::to_string(index);
    const bool firmware = index == 0 || (index < 4 && options.target == "qemu");
    if (firmware && !pcrs.contains(index)) {
      return Error{
          Code::missing_field, "--pcr", kNoOffset,
          name + " is the firmware's; give it with --pcr " + std::to_string(index) + "=HEX"};
    }
    if (!firmware) {
      pcrs[index] = recipe.value(name)->value;
    }
  }
  return measure::blindllama_measurements(pcrs);
}

int run_boot(const BootOptions& options) {
  if (options.blindllama.empty()) {
    return run_measure(options.common, [&] { return predict(options); });
  }
  const auto text = blindllama(options);
  if (!text) {
    return options.common.output.fail(text.error());
  }
  if (auto done = write_artifact(options.blindllama, as_bytes(*text)); !done) {
    return options.common.output.fail(done.error());
  }
  return exit_code(Outcome::accepted);
}

struct PeOptions {
  MeasureOptions common;
  std::string file;
};

Result<Recipe> pe_digests(const PeOptions& options) {
  CUPEL_TRY(const Artifact artifact, load_artifact("image", options.file, kMaxImage));
  CUPEL_TRY(const auto image, measure::PeImage::parse(artifact.content));
  Recipe out;
  out.kind = "pe";
  out.inputs = {artifact.input};
  for (const Algorithm algorithm : {Algorithm::sha1, Algorithm::sha256, Algorithm::sha384}) {
    const std::string name(measure::to_string(algorithm));
    out.values.push_back({"authenticode_" + name, name, image.authenticode(algorithm), {}});
  }
  if (artifact.content.size() % 8 != 0) {
    out.values.push_back(
        {"after_signing_sha256", "sha256", image.authenticode(Algorithm::sha256, true), {}});
    out.notes.push_back(
        "the file's length is no multiple of eight: signing tools pad it, and pesign since 113 "
        "prints the padded digest; firmware measures this file without padding");
  }
  return out;
}

struct PcrOptions {
  MeasureOptions common;
  std::string root_hash;
  std::string ca;
  std::string log;
  std::string bank = "sha256";
  std::vector<std::string> replace;
};

Result<Recipe> pcr15(const PcrOptions& options) {
  CUPEL_TRY(const ByteVector root, from_hex(options.root_hash, "--root-hash"));
  std::optional<ByteVector> ca;
  std::vector<measure::RecipeInput> inputs;
  if (!options.ca.empty()) {
    CUPEL_TRY(Artifact artifact, load_artifact("root_ca", options.ca, 1U << 20U));
    ca = std::move(artifact.content);
    inputs.push_back(std::move(artifact.input));
  }
  CUPEL_TRY(Recipe recipe, measure::predict_pcr15(root, ca));
  recipe.inputs = std::move(inputs);
  return recipe;
}

// "OLD=NEW": an event whose digest is OLD extends NEW instead; "OLD=" leaves it out.
Result<Unit> substitute(tpm::EventLog& log, tpm::HashAlg bank, const std::string& text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  CUPEL_TRY(const ByteVector before,
            from_hex(text.substr(0, equals), tpm::digest_size(bank), "--replace"));
  const std::string rest = equals < text.size() ? text.substr(equals + 1) : std::string();
  bool found = false;
  for (auto event = log.events.begin(); event != log.events.end();) {
    const auto digest =
        std::find_if(event->digests.begin(), event->digests.end(), [&](const auto& one) {
          return one.alg == static_cast<std::uint16_t>(bank) && one.digest == before;
        });
    if (digest == event->digests.end()) {
      ++event;
      continue;
    }
    found = true;
    if (rest.empty()) {
      event = log.events.erase(event);
      continue;
    }
    CUPEL_TRY(digest->digest, from_hex(rest, tpm::digest_size(bank), "--replace"));
    ++event;
  }
  if (!found) {
    return Error{Code::missing_field, "--replace", kNoOffset, "no event has that digest"};
  }
  return Unit{};
}

Result<Recipe> replay(const PcrOptions& options) {
  CUPEL_TRY(const Artifact artifact, load_artifact("event_log", options.log, 1U << 24U));
  CUPEL_TRY(tpm::EventLog log, tpm::parse_event_log(artifact.content));
  const auto bank = tpm::hash_alg_by_name(options.bank);
  if (!bank) {
    return Error{Code::unsupported_algorithm, "--bank", kNoOffset, options.bank};
  }
  for (const std::string& change : options.replace) {
    CUPEL_TRY(std::ignore, substitute(log, *bank, change));
  }
  CUPEL_TRY(const auto values, tpm::replay_values(log, *bank));
  Recipe out;
  out.kind = "event-log";
  out.inputs = {artifact.input};
  out.parameters = {{"bank", options.bank}};
  for (const std::string& change : options.replace) {
    out.parameters.emplace_back("replace", change);
  }
  for (const tpm::Event& event : log.events) {
    for (const auto& digest : event.digests) {
      if (digest.alg == static_cast<std::uint16_t>(*bank)) {
        out.events.push_back({"pcr" + std::to_string(event.pcr),
                              "event type " + std::to_string(event.type), digest.digest});
      }
    }
  }
  for (const auto& [index, value] : values) {
    out.values.push_back({"pcr" + std::to_string(index), options.bank, value,
                          "tpm.pcr." + options.bank + "." + std::to_string(index)});
  }
  out.notes.push_back("a log is a claim: only a quote says whether the machine really booted so");
  return out;
}

void add_uki(CLI::App& parent, int& exit) {
  auto options = std::make_shared<BootOptions>();
  CLI::App* app = add_measure_kind(parent, "uki",
                                   "PCR 4, 11, 12 and 13 after a unified kernel image was booted",
                                   options->common);
  app->add_option("FILE", options->file, "The image, or with --disk a raw disk image")->required();
  app->add_flag("--disk", options->disk, "FILE is a disk; the image is read from its ESP");
  app->add_option("--path", options->path, "Its path in the ESP")->capture_default_str();
  app->add_option("--partition", options->partition, "The partition with this label, not the ESP");
  app->add_option("--bank", options->bank, "sha1, sha256, sha384 or sha512")->capture_default_str();
  app->add_option(
         "--target", options->target,
         "plain or azure: the first boot option is the one; qemu: another was tried before")
      ->check(CLI::IsMember({"plain", "azure", "qemu"}))
      ->capture_default_str();
  app->add_option("--stub", options->stub, "Version of systemd-stub, instead of the image's own");
  app->add_flag("--secure-boot", options->secure_boot, "The machine boots with Secure Boot");
  app->add_option("--profile", options->profile, "Of a multi-profile image");
  app->add_option("--loader", options->loaders, "An image that runs before (repeatable, in order)")
      ->type_name("FILE");
  app->add_option("--loader-options", options->options, "The options line of systemd-boot's entry");
  app->add_option("--extra", options->extra, "The folder <uki>.extra.d: addons, credentials, *.raw")
      ->type_name("FOLDER");
  app->add_option("--loader-folder", options->loader_folder,
                  "The ESP's folder \\loader: addons and credentials for every image")
      ->type_name("FOLDER");
  app->add_option("--phases", options->phases,
                  "PCR 11 after these, e.g. enter-initrd:leave-initrd");
  app->add_option("--blindllama", options->blindllama,
                  "Write measurements_azure.json or measurements_qemu.json (by --target)")
      ->type_name("FILE");
  app->add_option("--pcr", options->literal,
                  "INDEX=HEX for --blindllama, where no file explains it");
  app->callback([options, &exit] { exit = run_boot(*options); });
}

}  // namespace

void add_measure_boot(CLI::App& parent, int& exit) {
  add_uki(parent, exit);
  auto pe = std::make_shared<PeOptions>();
  CLI::App* pe_app = add_measure_kind(
      parent, "pe", "The Authenticode digest of a PE image, as firmware measures it", pe->common);
  pe_app->add_option("FILE", pe->file, "The image")->required();
  pe_app->callback(
      [pe, &exit] { exit = run_measure(pe->common, [&] { return pe_digests(*pe); }); });

  auto pcr = std::make_shared<PcrOptions>();
  CLI::App* app = add_measure_kind(
      parent, "pcr", "PCR 15 from a root hash, or registers from an event log", pcr->common);
  auto* root = app->add_option("--root-hash", pcr->root_hash, "Of the application disk");
  app->add_option("--ca", pcr->ca, "The web server's root CA (PEM text, every byte counts)")
      ->type_name("FILE")
      ->needs(root);
  auto* log = app->add_option("--log", pcr->log, "Replay this TCG2 event log")
                  ->type_name("FILE")
                  ->excludes(root);
  app->add_option("--bank", pcr->bank, "For --log")->capture_default_str();
  app->add_option("--replace", pcr->replace,
                  "OLD=NEW: the event with digest OLD extends NEW; OLD= leaves it out (repeatable)")
      ->needs(log);
  app->callback([pcr, &exit] {
    if (pcr->log.empty() == pcr->root_hash.empty()) {
      exit = pcr->common.output.fail(
          Error{Code::invalid_argument, "pcr", kNoOffset, "--root-hash or --log"});
      return;
    }
    exit = run_measure(pcr->common, [&] { return pcr->log.empty() ? pcr15(*pcr) : replay(*pcr); });
  });
}

}  // namespace cupel::cli

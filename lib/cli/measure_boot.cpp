// cupel measure uki, pe, pcr: what a TPM holds after a unified kernel image was booted.
#include <algorithm>
#include <cupel/tpm.hpp>

#include "base/hex.hpp"
#include "cli/measure.hpp"
#include "cli/numbers.hpp"

namespace cupel::cli {
namespace {

using measure::Recipe;

struct BootOptions {
  MeasureOptions common;
  measure::BootRequest request;
  std::string bank = "sha256";
  std::string target = "plain";
  std::string blindllama;
  std::vector<std::string> literal;
};

Result<Recipe> predict(const BootOptions& options) {
  measure::BootRequest request = options.request;
  CUPEL_TRY(request.bank, option_value(measure::algorithm_by_name(options.bank, "--bank")));
  request.plan.returning = options.target == "qemu";
  request.inputs = options.common.recipe.has_value();
  CUPEL_TRY(Recipe recipe, measure::boot_recipe(request));
  recipe.parameters.emplace_back("target", options.target);
  return recipe;
}

bool is_firmwares(const BootOptions& options, unsigned index) {
  return index == 0 || (index < 4 && options.target == "qemu");
}

// "0=HEX": a register that no artifact explains.
Result<std::map<unsigned, ByteVector>> literals(const BootOptions& options) {
  std::map<unsigned, ByteVector> out;
  for (const std::string& text : options.literal) {
    const std::size_t equals = text.find('=');
    const auto index = natural(text.substr(0, equals));
    if (equals == std::string::npos || !index || *index > 23) {
      return Error{Code::invalid_argument, "--pcr", kNoOffset, "INDEX=HEX"};
    }
    const auto pcr = static_cast<unsigned>(*index);
    if (!is_firmwares(options, pcr)) {
      return Error{Code::invalid_argument, "--pcr", kNoOffset,
                   "with --target " + options.target + " only " +
                       (options.target == "qemu" ? "registers 0 to 3 are" : "register 0 is") +
                       " the firmware's; others are computed, or are not in the file"};
    }
    CUPEL_TRY(ByteVector value, option_value(from_hex(text.substr(equals + 1), 32, "--pcr")));
    if (!out.emplace(pcr, std::move(value)).second) {
      return Error{Code::invalid_argument, "--pcr", kNoOffset,
                   "register " + std::to_string(pcr) + " is given twice"};
    }
  }
  return out;
}

// The files BlindLlama's scripts write. Its PCR 0 (and, under QEMU, 1 to 3) belong to the firmware
// and are constants there; others may be given.
Result<std::string> blindllama(const BootOptions& options, const Recipe& recipe) {
  CUPEL_TRY(auto pcrs, literals(options));
  pcrs.merge(measure::blindllama_constants(options.target == "qemu"));
  for (const unsigned index : {0U, 1U, 2U, 3U, 4U, 12U, 13U}) {
    const std::string name = "pcr" + std::to_string(index);
    if (!is_firmwares(options, index)) {
      pcrs[index] = recipe.value(name)->value;
    }
  }
  return measure::blindllama_measurements(pcrs);
}

Result<Recipe> blindllama_recipe(const BootOptions& options) {
  if (options.bank != "sha256") {
    return Error{Code::invalid_argument, "--bank", kNoOffset,
                 "the registers of --blindllama are those of the sha256 bank"};
  }
  CUPEL_TRY(std::ignore, outputs_are_free(options.common, options.blindllama));
  CUPEL_TRY(std::ignore, literals(options));  // what is wrong there is known before the work
  return predict(options);
}

int run_boot(const BootOptions& options) {
  if (options.blindllama.empty()) {
    return run_measure(options.common, [&] { return predict(options); });
  }
  const auto recipe = blindllama_recipe(options);
  const auto text = recipe ? blindllama(options, *recipe) : Result<std::string>(recipe.error());
  if (!text) {
    return options.common.output.fail(text.error());
  }
  if (auto done = write_artifact(options.blindllama, as_bytes(*text)); !done) {
    return options.common.output.fail(done.error());
  }
  return report(options.common, *recipe);
}

struct PeOptions {
  MeasureOptions common;
  measure::PeRequest request;
  std::string bank;
};

Result<Recipe> pe(const PeOptions& options) {
  measure::PeRequest request = options.request;
  if (!options.bank.empty()) {
    CUPEL_TRY(const auto bank, option_value(measure::algorithm_by_name(options.bank, "--bank")));
    request.banks = {bank};
  }
  request.inputs = options.common.recipe.has_value();
  return measure::pe_recipe(request);
}

struct PcrOptions {
  MeasureOptions common;
  std::string root_hash;
  std::string ca;
  std::string log;
  std::string bank = "sha256";
  std::vector<std::string> replace;
};

constexpr std::uint32_t kNoAction = 3;  // EV_NO_ACTION says something, extends nothing

// What a log's events extend, as a recipe has it.
std::vector<measure::RecipeEvent> extended_events(const tpm::EventLog& log, tpm::HashAlg bank) {
  std::vector<measure::RecipeEvent> out;
  for (const tpm::Event& event : log.events) {
    for (const auto& digest : event.digests) {
      if (digest.alg == static_cast<std::uint16_t>(bank) && event.type != kNoAction) {
        out.push_back(
            {"pcr" + std::to_string(event.pcr), tpm::event_type_name(event.type), digest.digest});
      }
    }
  }
  return out;
}

Result<Recipe> pcr15(const PcrOptions& options) {
  CUPEL_TRY(const ByteVector root, option_value(from_hex(options.root_hash, 32, "--root-hash")));
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

// One event of a log: "OLD=NEW" or, where several have that digest, "PCR:OLD=NEW" or
// "PCR#N:OLD=NEW" for the register's N-th of them.
struct Replacement {
  std::optional<std::uint64_t> pcr;
  std::optional<std::uint64_t> which;
  ByteVector before;
  std::optional<ByteVector> after;  // nothing: the event is left out
};

Error bad_replacement(std::string detail) {
  return Error{Code::invalid_argument, "--replace", kNoOffset, std::move(detail)};
}

Result<Replacement> replacement(const std::string& text, tpm::HashAlg bank) {
  const std::size_t colon = text.find(':');
  const std::size_t begin = colon == std::string::npos ? 0 : colon + 1;
  const std::size_t equals = text.find('=', begin);
  if (equals == std::string::npos) {
    return bad_replacement("OLD=NEW, PCR:OLD=NEW or PCR#N:OLD=NEW; nothing after = leaves it out");
  }
  Replacement out;
  if (colon != std::string::npos) {
    const std::string place = text.substr(0, colon);
    const std::size_t hash = std::min(place.find('#'), place.size());
    out.pcr = natural(place.substr(0, hash));
    out.which = hash < place.size() ? natural(place.substr(hash + 1)) : std::nullopt;
    if (!out.pcr || (hash < place.size() && out.which.value_or(0) == 0)) {
      return bad_replacement("the register is a number, as in 4:OLD=NEW or 4#2:OLD=NEW");
    }
  }
  const std::size_t size = tpm::digest_size(bank);
  CUPEL_TRY(out.before,
            option_value(from_hex(text.substr(begin, equals - begin), size, "--replace")));
  if (equals + 1 < text.size()) {
    CUPEL_TRY(out.after, option_value(from_hex(text.substr(equals + 1), size, "--replace")));
  }
  return out;
}

Result<Unit> substitute(tpm::EventLog& log, tpm::HashAlg bank, const std::string& text) {
  CUPEL_TRY(const Replacement wanted, replacement(text, bank));
  const auto digest_of = [&](tpm::Event& event) {
    return std::find_if(event.digests.begin(), event.digests.end(), [&](const auto& one) {
      return one.alg == static_cast<std::uint16_t>(bank) && one.digest == wanted.before;
    });
  };
  std::vector<std::size_t> found;
  std::string registers;
  for (std::size_t i = 0; i < log.events.size(); ++i) {
    tpm::Event& event = log.events[i];
    if (event.type != kNoAction && (!wanted.pcr || event.pcr == *wanted.pcr) &&
        digest_of(event) != event.digests.end()) {
      found.push_back(i);
      registers += (registers.empty() ? "" : ", ") + std::to_string(event.pcr);
    }
  }
  if (found.empty() || wanted.which.value_or(1) > found.size()) {
    return Error{Code::missing_field, "--replace", kNoOffset, "no such event has that digest"};
  }
  if (found.size() > 1 && !wanted.which) {
    return bad_replacement("several events have that digest, in registers " + registers +
                           "; say which one is meant: PCR:OLD=NEW or PCR#N:OLD=NEW");
  }
  const std::size_t at = found.at(static_cast<std::size_t>(wanted.which.value_or(1)) - 1);
  if (wanted.after) {
    digest_of(log.events[at])->digest = *wanted.after;
  } else {
    log.events.erase(log.events.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return Unit{};
}

Result<Recipe> replay(const PcrOptions& options) {
  CUPEL_TRY(const Artifact artifact, load_artifact("event_log", options.log, 1U << 24U));
  CUPEL_TRY(tpm::EventLog log, tpm::parse_event_log(artifact.content));
  const auto bank = tpm::hash_alg_by_name(options.bank);
  if (!bank) {
    return Error{Code::invalid_argument, "--bank", kNoOffset, options.bank};
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
    out.parameters.emplace_back("replace_" + std::to_string(out.parameters.size()), change);
  }
  out.events = extended_events(log, *bank);
  for (const auto& [index, value] : values) {  // where they do not start at zeros
    const bool dynamic = index >= 17 && index <= 22;
    ByteVector start(value.size(), dynamic ? 0xff : 0);
    if (index == 0 && log.startup_locality) {
      start.back() = *log.startup_locality;
    }
    if (dynamic || start.back() != 0) {
      out.parameters.emplace_back("start:pcr" + std::to_string(index), to_hex(start));
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
  app->add_option("FILE", options->request.image, "The image, or with --disk a raw disk image")
      ->required();
  auto* disk = app->add_flag("--disk", options->request.disk,
                             "FILE is a disk; the image is read from its ESP");
  app->add_option("--path", options->request.path, "Its path in the ESP")
      ->capture_default_str()
      ->needs(disk);
  app->add_option("--partition", options->request.partition,
                  "The partition with this label, not the ESP")
      ->needs(disk);
  app->add_option("--bank", options->bank, "sha1, sha256, sha384 or sha512")->capture_default_str();
  app->add_option(
         "--target", options->target,
         "plain or azure: the first boot option is the one; qemu: another was tried before")
      ->check(CLI::IsMember({"plain", "azure", "qemu"}))
      ->capture_default_str();
  app->add_option("--stub", options->request.plan.stub,
                  "Version of systemd-stub, instead of the image's own")
      ->check(natural_between(252, 9999));
  app->add_flag("--secure-boot", options->request.plan.secure_boot,
                "The machine boots with Secure Boot");
  app->add_option("--profile", options->request.plan.profile, "Of a multi-profile image");
  app->add_option("--loader", options->request.loaders,
                  "An image that runs before (repeatable, in order)")
      ->type_name("FILE");
  app->add_option("--loader-options", options->request.plan.loader_options,
                  "The options line of systemd-boot's entry");
  app->add_option("--extra", options->request.extra,
                  "The folder <uki>.extra.d: addons, credentials, *.raw")
      ->type_name("FOLDER");
  app->add_option("--loader-folder", options->request.loader_folder,
                  "The ESP's folder \\loader: addons and credentials for every image")
      ->type_name("FOLDER");
  app->add_option("--phases", options->request.phases,
                  "PCR 11 after these, e.g. enter-initrd:leave-initrd");
  auto* measurements =
      app->add_option("--blindllama", options->blindllama,
                      "Write measurements_azure.json or measurements_qemu.json (by --target)")
          ->type_name("FILE");
  app->add_option("--pcr", options->literal,
                  "INDEX=HEX for --blindllama: a firmware's register, instead of the script's "
                  "constant")
      ->needs(measurements);
  app->callback([options, &exit] { exit = run_boot(*options); });
}

}  // namespace

void add_measure_boot(CLI::App& parent, int& exit) {
  add_uki(parent, exit);
  auto image = std::make_shared<PeOptions>();
  CLI::App* pe_app = add_measure_kind(
      parent, "pe", "The Authenticode digest of a PE image, as firmware measures it",
      image->common);
  pe_app->add_option("FILE", image->request.image, "The image")->required();
  pe_app->add_option("--bank", image->bank,
                     "Only this digest: sha1, sha256, sha384 or sha512 (else the first three)");
  pe_app->callback(
      [image, &exit] { exit = run_measure(image->common, [&] { return pe(*image); }); });

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
  app->add_option(
         "--replace", pcr->replace,
         "OLD=NEW: the one event with digest OLD extends NEW; OLD= leaves it out; of several "
         "PCR:OLD=NEW or PCR#N:OLD=NEW, the N-th of that register (repeatable)")
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

// cupel measure snp: launch digests of SEV guests, and the search for the parameters of one.
#include <cupel/measure/files.hpp>
#include <cupel/measure/snp.hpp>

#include "base/hex.hpp"
#include "cli/measure.hpp"

namespace cupel::cli {
namespace {

using measure::SnpLaunch;
using measure::SnpMode;
using measure::Vmm;

struct SnpOptions {
  MeasureOptions common;
  std::string mode = "snp";
  std::string ovmf;
  std::string ovmf_hash;
  unsigned vcpus = 1;
  std::string type;
  std::uint32_t signature = 0;
  unsigned family = 0;
  unsigned model = 0;
  unsigned stepping = 0;
  std::uint64_t features = 1;
  std::string vmm = "qemu";
  std::string kernel;
  std::string initrd;
  std::string append;
  bool old_fpu = false;
  bool old_rdx = false;
  std::uint64_t vmsa_gpa = 0xfffffffff000;
  std::string svsm;
  std::uint64_t vars_size = 0;
  std::string find;
  unsigned max_vcpus = 64;
};

// The files, kept alive beside the launch that refers to them.
struct Loaded {
  std::vector<Artifact> files = {};
  SnpLaunch launch = {};
};

Result<std::uint32_t> signature(const SnpOptions& options) {
  if (options.family != 0) {
    return measure::cpu_signature(options.family, options.model, options.stepping);
  }
  if (options.signature != 0) {
    return options.signature;
  }
  const auto known = measure::cpu_signature(options.type.empty() ? "EPYC-v4" : options.type);
  if (!known) {
    return Error{Code::invalid_argument, "--vcpu-type", kNoOffset, options.type + " is not known"};
  }
  return *known;
}

Result<Loaded> load(const SnpOptions& options) {
  Loaded out;
  SnpLaunch& launch = out.launch;
  for (const SnpMode mode : {SnpMode::sev, SnpMode::sev_es, SnpMode::snp, SnpMode::snp_svsm}) {
    if (measure::to_string(mode) == options.mode) {
      launch.mode = mode;
    }
  }
  launch.vmm = options.vmm == "ec2" ? Vmm::ec2 : options.vmm == "gce" ? Vmm::gce : Vmm::qemu;
  CUPEL_TRY(launch.vcpu_signature, signature(options));
  launch.vcpus = options.vcpus;
  launch.guest_features = options.features;
  launch.command_line = options.append;
  launch.old_kernel_fpu = options.old_fpu;
  launch.ec2_old_rdx = options.old_rdx;
  launch.vmsa_gpa = options.vmsa_gpa;
  launch.vars_size = options.vars_size;
  if (!options.ovmf_hash.empty()) {
    CUPEL_TRY(launch.ovmf_hash, from_hex(options.ovmf_hash, 48, "--ovmf-hash"));
  }
  out.files.reserve(4);  // what the launch refers to must stay where it is
  const auto add = [&](const std::string& role, const std::string& path) -> Result<Bytes> {
    CUPEL_TRY(Artifact artifact, load_artifact(role, path));
    out.files.push_back(std::move(artifact));
    return Bytes(out.files.back().content);
  };
  CUPEL_TRY(launch.ovmf, add("ovmf", options.ovmf));
  if (!options.kernel.empty()) {
    CUPEL_TRY(launch.kernel, add("kernel", options.kernel));
  }
  if (!options.initrd.empty()) {
    CUPEL_TRY(launch.initrd, add("initrd", options.initrd));
  }
  if (!options.svsm.empty()) {
    CUPEL_TRY(launch.svsm, add("svsm", options.svsm));
  }
  return out;
}

Result<measure::Recipe> compute(const SnpOptions& options) {
  CUPEL_TRY(const Loaded loaded, load(options));
  CUPEL_TRY(measure::Recipe recipe, measure::measure_snp(loaded.launch));
  for (const Artifact& file : loaded.files) {
    recipe.inputs.push_back(file.input);
  }
  return recipe;
}

int find(const SnpOptions& options) {
  const auto found = [&]() -> Result<std::vector<SnpLaunch>> {
    CUPEL_TRY(const Loaded loaded, load(options));
    CUPEL_TRY(const ByteVector wanted, from_hex(options.find, 48, "--find"));
    CUPEL_TRY(auto launches, measure::find_snp_launch(loaded.launch, wanted, options.max_vcpus));
    return launches;
  }();
  if (!found) {
    return options.common.output.fail(found.error());
  }
  std::string text;
  json::Array matches;
  for (const SnpLaunch& launch : *found) {
    text += measure::describe(launch) + "\n";
    matches.emplace_back(measure::describe(launch));
  }
  options.common.output.text(text.empty() ? "none of the likely parameters gives this digest\n"
                                          : text);
  options.common.output.object(json::Object{{"schema", "cupel.measure-find/1"},
                                            {"verdict", text.empty() ? "refused" : "accepted"},
                                            {"matches", std::move(matches)}});
  return exit_code(text.empty() ? Outcome::refused : Outcome::accepted);
}

}  // namespace

void add_measure_snp(CLI::App& parent, int& exit) {
  auto options = std::make_shared<SnpOptions>();
  CLI::App* app =
      add_measure_kind(parent, "snp", "The launch digest of an AMD SEV-SNP guest", options->common);
  app->add_option("--mode", options->mode, "sev, seves, snp or snp:svsm")
      ->check(CLI::IsMember({"sev", "seves", "snp", "snp:svsm"}))
      ->capture_default_str();
  app->add_option("--ovmf", options->ovmf, "The firmware")->required()->type_name("FILE");
  app->add_option("--ovmf-hash", options->ovmf_hash, "Its digest instead of its pages");
  app->add_option("--vcpus", options->vcpus, "Number of virtual processors")->capture_default_str();
  auto* type = app->add_option("--vcpu-type", options->type, "QEMU's name, e.g. EPYC-Milan");
  auto* by_signature =
      app->add_option("--vcpu-sig", options->signature, "CPUID signature")->excludes(type);
  auto* family =
      app->add_option("--vcpu-family", options->family, "CPUID family, with model and stepping")
          ->excludes(type);
  family->excludes(by_signature);
  app->add_option("--vcpu-model", options->model, "CPUID model")->needs(family);
  app->add_option("--vcpu-stepping", options->stepping, "CPUID stepping")->needs(family);
  app->add_option("--guest-features", options->features, "SEV_FEATURES of the processors")
      ->capture_default_str();
  app->add_option("--vmm-type", options->vmm, "qemu, ec2 or gce")
      ->check(CLI::IsMember({"qemu", "ec2", "gce"}, CLI::ignore_case))
      ->capture_default_str();
  auto* kernel =
      app->add_option("--kernel", options->kernel, "Given to QEMU directly")->type_name("FILE");
  app->add_option("--initrd", options->initrd, "The kernel's initrd")
      ->needs(kernel)
      ->type_name("FILE");
  app->add_option("--append", options->append, "Its command line")->needs(kernel);
  app->add_flag("--old-kernel-fpu", options->old_fpu, "A host before Linux 6.10");
  app->add_flag("--ec2-old-rdx", options->old_rdx, "EC2 before 2026");
  app->add_option("--vmsa-gpa", options->vmsa_gpa, "Where the processors' pages are");
  auto* svsm = app->add_option("--svsm", options->svsm, "The SVSM image")->type_name("FILE");
  app->add_option("--vars-size", options->vars_size, "Of the variable store")->needs(svsm);
  auto* find_option =
      app->add_option("--find", options->find, "Which likely parameters give this digest?")
          ->type_name("HEX");
  app->add_option("--max-vcpus", options->max_vcpus, "For --find")
      ->needs(find_option)
      ->capture_default_str();
  app->callback([options, &exit] {
    exit = options->find.empty() ? run_measure(options->common, [&] { return compute(*options); })
                                 : find(*options);
  });
}

}  // namespace cupel::cli

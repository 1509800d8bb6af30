// cupel measure snp: launch digests of SEV guests, and the search for the parameters of one.
#include "base/hex.hpp"
#include "cli/measure.hpp"
#include "cli/numbers.hpp"

namespace cupel::cli {
namespace {

using measure::SnpLaunch;

struct SnpOptions {
  MeasureOptions common;
  measure::SnpRequest request;
  std::string mode = "snp";
  std::string ovmf_hash;
  std::string type;
  std::optional<std::uint32_t> signature;
  std::optional<unsigned> family;
  unsigned model = 0;
  unsigned stepping = 0;
  std::string vmm = "qemu";
  std::string find;
  unsigned max_vcpus = 64;
};

Result<std::uint32_t> signature(const SnpOptions& options) {
  if (options.family) {
    return measure::cpu_signature(*options.family, options.model, options.stepping);
  }
  if (options.signature) {
    return *options.signature;
  }
  const auto known = measure::cpu_signature(options.type.empty() ? "EPYC-v4" : options.type);
  if (!known) {
    return Error{Code::invalid_argument, "--vcpu-type", kNoOffset, options.type + " is not known"};
  }
  return *known;
}

// An option that the launch asked for takes no notice of would give a value of another launch than
// was meant.
Result<Unit> suits(const SnpOptions& options, const SnpLaunch& launch) {
  const bool svsm = launch.mode == measure::SnpMode::snp_svsm;
  const bool snp = svsm || launch.mode == measure::SnpMode::snp;
  const bool qemu = launch.vmm == measure::Vmm::qemu;
  const auto refuse = [](bool wrong, const char* option, const std::string& reason) {
    return wrong ? Result<Unit>(Error{Code::invalid_argument, option, kNoOffset, reason})
                 : Result<Unit>(Unit{});
  };
  const std::string mode = "--mode " + options.mode;
  CUPEL_TRY(std::ignore, refuse(!snp && !options.ovmf_hash.empty(), "--ovmf-hash",
                                mode + " hashes the firmware itself"));
  CUPEL_TRY(std::ignore, refuse(svsm == options.request.svsm.empty(), "--svsm",
                                "an SVSM is what --mode snp:svsm starts, and no other"));
  CUPEL_TRY(std::ignore,
            refuse((svsm || !snp) && launch.guest_features != 1, "--guest-features",
                   mode + (svsm ? " starts processors with 1" : " has no guest features")));
  CUPEL_TRY(std::ignore, refuse(!snp && launch.vmsa_gpa != SnpLaunch{}.vmsa_gpa, "--vmsa-gpa",
                                mode + " measures no addresses"));
  CUPEL_TRY(std::ignore, refuse(launch.old_kernel_fpu && (!qemu || svsm), "--old-kernel-fpu",
                                "only --vmm-type qemu with --mode snp or seves differs there"));
  CUPEL_TRY(std::ignore, refuse(launch.vmsa_gpa % 4096 != 0, "--vmsa-gpa", "is a page's address"));
  return refuse(launch.ec2_old_rdx && (launch.vmm != measure::Vmm::ec2 || svsm), "--ec2-old-rdx",
                "needs --vmm-type ec2");
}

Result<measure::SnpRequest> complete(const SnpOptions& options) {
  measure::SnpRequest out = options.request;
  SnpLaunch& launch = out.launch;
  launch.mode = measure::snp_mode_by_name(options.mode).value_or(launch.mode);
  launch.vmm = measure::vmm_by_name(options.vmm).value_or(launch.vmm);
  CUPEL_TRY(std::ignore, suits(options, launch));
  CUPEL_TRY(launch.vcpu_signature, signature(options));
  if (!options.ovmf_hash.empty()) {
    CUPEL_TRY(launch.ovmf_hash, option_value(from_hex(options.ovmf_hash, 48, "--ovmf-hash")));
  }
  return out;
}

int find(const SnpOptions& options) {
  const auto found = [&]() -> Result<std::vector<std::string>> {
    CUPEL_TRY(const measure::SnpRequest request, complete(options));
    if (request.launch.mode == measure::SnpMode::sev ||
        request.launch.mode == measure::SnpMode::sev_es) {
      return Error{Code::invalid_argument, "--find", kNoOffset,
                   "the search knows SEV-SNP launches, not those of SEV and SEV-ES"};
    }
    CUPEL_TRY(const ByteVector wanted, option_value(from_hex(options.find, 48, "--find")));
    return measure::snp_search(request, wanted, options.max_vcpus);
  }();
  if (!found) {
    return options.common.output.fail(found.error());
  }
  std::string text;
  json::Array matches;
  for (const std::string& launch : *found) {
    text += launch + "\n";
    matches.emplace_back(launch);
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
  app->add_option("--ovmf", options->request.ovmf, "The firmware")->required()->type_name("FILE");
  app->add_option("--ovmf-hash", options->ovmf_hash, "Its digest instead of its pages");
  app->add_option("--vcpus", options->request.launch.vcpus, "Number of virtual processors")
      ->check(natural_between(1, 4096))
      ->capture_default_str();
  auto* type = app->add_option("--vcpu-type", options->type, "QEMU's name, e.g. EPYC-Milan");
  auto* by_signature = app->add_option("--vcpu-sig", options->signature, "CPUID signature")
                           ->check(natural_between(1, std::numeric_limits<std::uint32_t>::max()))
                           ->excludes(type);
  auto* family =
      app->add_option("--vcpu-family", options->family, "CPUID family, with model and stepping")
          ->check(natural_between(1, 15 + 255))
          ->excludes(type);
  family->excludes(by_signature);
  app->add_option("--vcpu-model", options->model, "CPUID model")
      ->check(natural_between(0, 255))
      ->needs(family);
  app->add_option("--vcpu-stepping", options->stepping, "CPUID stepping")
      ->check(natural_between(0, 15))
      ->needs(family);
  app->add_option("--guest-features", options->request.launch.guest_features,
                  "SEV_FEATURES of the processors")
      ->capture_default_str();
  app->add_option("--vmm-type", options->vmm, "qemu, ec2 or gce")
      ->check(CLI::IsMember({"qemu", "ec2", "gce"}, CLI::ignore_case))
      ->capture_default_str();
  auto* kernel = app->add_option("--kernel", options->request.kernel, "Given to QEMU directly")
                     ->type_name("FILE");
  app->add_option("--initrd", options->request.initrd, "The kernel's initrd")
      ->needs(kernel)
      ->type_name("FILE");
  app->add_option("--append", options->request.launch.command_line, "Its command line")
      ->needs(kernel);
  app->add_flag("--old-kernel-fpu", options->request.launch.old_kernel_fpu,
                "A host before Linux 6.10");
  app->add_flag("--ec2-old-rdx", options->request.launch.ec2_old_rdx, "EC2 before 2026");
  app->add_option("--vmsa-gpa", options->request.launch.vmsa_gpa,
                  "Where the processors' pages are");
  auto* svsm =
      app->add_option("--svsm", options->request.svsm, "The SVSM image")->type_name("FILE");
  app->add_option("--vars-size", options->request.launch.vars_size, "Of the variable store")
      ->needs(svsm);
  auto* find_option =
      app->add_option("--find", options->find, "Which likely parameters give this digest?")
          ->type_name("HEX")
          ->excludes(app->get_option("--recipe"))  // it computes no value
          ->excludes(app->get_option("--policy"));
  app->add_option("--max-vcpus", options->max_vcpus, "For --find")
      ->check(natural_between(1, 4096))
      ->needs(find_option)
      ->capture_default_str();
  app->callback([options, &exit] {
    exit = options->find.empty()
               ? run_measure(options->common,
                             [&]() -> Result<measure::Recipe> {
                               CUPEL_TRY(const measure::SnpRequest request, complete(*options));
                               return measure::snp_recipe(request);
                             })
               : find(*options);
  });
}

}  // namespace cupel::cli

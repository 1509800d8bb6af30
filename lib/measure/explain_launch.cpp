// Launches of SEV and TDX guests, computed again from firmware and kernels.
#include <cupel/measure/snp.hpp>
#include <cupel/measure/tdx.hpp>

#include "base/hex.hpp"
#include "crypto/digest.hpp"
#include "measure/explain_again.hpp"

namespace cupel::measure {

void Again::snp() {
  const auto ovmf = input("ovmf");
  const auto kernel = input("kernel");
  const auto initrd = input("initrd");
  const auto svsm = input("svsm");
  if (!ovmf || !missing_.empty()) {
    return;
  }
  SnpLaunch base;
  base.mode = snp_mode_by_name(recipe_.parameter("mode")).value_or(base.mode);
  base.vmm = vmm_by_name(recipe_.parameter("vmm")).value_or(base.vmm);
  base.ovmf = *ovmf;
  base.vcpus = static_cast<unsigned>(number("vcpus"));
  base.vcpu_signature = static_cast<std::uint32_t>(number("vcpu_signature"));
  base.guest_features = number("guest_features");
  base.command_line = recipe_.parameter("command_line");
  base.old_kernel_fpu = flag("old_kernel_fpu");
  base.ec2_old_rdx = flag("ec2_old_rdx");
  base.vmsa_gpa = number("vmsa_gpa");
  base.vars_size = number("vars_size");
  if (kernel) {
    base.kernel = *kernel;
  }
  base.initrd = initrd ? Bytes(*initrd) : Bytes();
  base.svsm = svsm ? Bytes(*svsm) : Bytes();
  const std::string given_pages = recipe_.parameter("ovmf_hash");
  if (!given_pages.empty()) {
    auto pages = from_hex(given_pages, "ovmf_hash");
    if (!pages) {
      return;
    }
    base.ovmf_hash = std::move(pages).value();
  }
  const auto with = [&](const std::string& change, const auto& edit) {
    SnpLaunch launch = base;
    edit(launch);
    offer(measure_snp(launch), change);
  };
  const std::string instead = " instead of " + std::to_string(base.vcpus);
  for (unsigned vcpus = 1; vcpus <= 64; ++vcpus) {
    with(std::to_string(vcpus) + " vCPUs" + instead,
         [&](SnpLaunch& launch) { launch.vcpus = vcpus; });
  }
  for (const std::string_view cpu :
       {"EPYC", "EPYC-Rome", "EPYC-Milan", "EPYC-Genoa", "EPYC-Turin"}) {
    with("CPU type " + std::string(cpu),
         [&](SnpLaunch& launch) { launch.vcpu_signature = *cpu_signature(cpu); });
  }
  for (const std::uint64_t features : kLikelyGuestFeatures) {
    with("guest features " + std::to_string(features),
         [&](SnpLaunch& launch) { launch.guest_features = features; });
  }
  for (const Vmm vmm : {Vmm::qemu, Vmm::ec2, Vmm::gce}) {
    with("VMM " + std::string(to_string(vmm)), [&](SnpLaunch& launch) { launch.vmm = vmm; });
  }
  for (const SnpMode mode : {SnpMode::sev, SnpMode::sev_es, SnpMode::snp}) {
    with(
        "mode " + std::string(to_string(mode)) + " instead of " + std::string(to_string(base.mode)),
        [&](SnpLaunch& launch) { launch.mode = mode; });
  }
  with("the processors' pages where Linux has them (0xfffffffff000)",
       [](SnpLaunch& launch) { launch.vmsa_gpa = kLinuxVmsaGpa; });
  with("the processors' pages where Google's verifier has them (0xffffffffff000)",
       [](SnpLaunch& launch) { launch.vmsa_gpa = kGoogleVmsaGpa; });
  with("the firmware's own pages, not the given digest of them",
       [](SnpLaunch& launch) { launch.ovmf_hash.reset(); });
  with(base.old_kernel_fpu ? "a host from Linux 6.10 on" : "a host before Linux 6.10",
       [](SnpLaunch& launch) { launch.old_kernel_fpu = !launch.old_kernel_fpu; });
  with(base.ec2_old_rdx ? "EC2 since 2026" : "EC2 before 2026",
       [](SnpLaunch& launch) { launch.ec2_old_rdx = !launch.ec2_old_rdx; });
  with("without the command line", [](SnpLaunch& launch) { launch.command_line.clear(); });
  with("with the command line trimmed",
       [](SnpLaunch& launch) { launch.command_line = trimmed(launch.command_line); });
  with("without the initrd", [](SnpLaunch& launch) { launch.initrd = {}; });
  with("without kernel, initrd and command line", [](SnpLaunch& launch) {
    launch.kernel.reset();
    launch.initrd = {};
    launch.command_line.clear();
  });
}

// Registers 1 and 2 of a direct boot; nothing but its bytes goes into a firmware's MRTD.
void Again::tdx() {
  const auto kernel = recipe_.value("rtmr1") == nullptr ? std::nullopt : input("kernel");
  const auto initrd = input("initrd");
  if (!kernel || !missing_.empty()) {
    return;
  }
  const TdxDirectBoot base{.kernel = *kernel,
                           .initrd = initrd ? Bytes(*initrd) : Bytes(),
                           .command_line = recipe_.parameter("command_line"),
                           .memory = number("memory"),
                           .acpi_data_size = number("acpi_data_size"),
                           .initrd_suffix = flag("initrd_suffix")};
  const auto with = [&](const std::string& change, const auto& edit) {
    TdxDirectBoot boot = base;
    edit(boot);
    offer(predict_rtmrs(boot), change);
  };
  with(base.initrd_suffix ? "the firmware appends no \" initrd=initrd\""
                          : "the firmware appends \" initrd=initrd\"",
       [](TdxDirectBoot& boot) { boot.initrd_suffix = !boot.initrd_suffix; });
  with("without the command line", [](TdxDirectBoot& boot) { boot.command_line.clear(); });
  with("with the command line trimmed",
       [](TdxDirectBoot& boot) { boot.command_line = trimmed(boot.command_line); });
  with("without the initrd", [](TdxDirectBoot& boot) { boot.initrd = {}; });
  for (std::uint64_t gib = 1; gib <= 4; ++gib) {  // beyond, the kernel's header stays the same
    with(std::to_string(gib) + " GiB of memory",
         [&](TdxDirectBoot& boot) { boot.memory = gib << 30U; });
  }
}

// What the firmware is told of its memory.
void Again::td_hobs() {
  const auto firmware = recipe_.value("td_hob") == nullptr ? std::nullopt : input("firmware");
  if (!firmware) {
    return;
  }
  for (std::uint64_t gib = 1; gib <= 1024; gib = gib < 16 ? gib + 1 : gib * 2) {
    if (const auto hob = td_hob(*firmware, gib << 30U)) {
      offer("td_hob", crypto::digest(crypto::Hash::sha384, *hob),
            std::to_string(gib) + " GiB of memory");
    }
  }
}

}  // namespace cupel::measure

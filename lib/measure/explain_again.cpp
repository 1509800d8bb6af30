#include "measure/explain_again.hpp"

#include <algorithm>
#include <charconv>
#include <cupel/measure/boot.hpp>
#include <cupel/measure/hostdata.hpp>
#include <cupel/measure/snp.hpp>
#include <cupel/measure/tdx.hpp>

#include "base/hex.hpp"
#include "crypto/digest.hpp"

namespace cupel::measure {
namespace {

// The same text with other line endings, or without the last one.
std::vector<std::pair<std::string, ByteVector>> other_line_ends(Bytes text) {
  ByteVector unix_ends;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') {
      unix_ends.push_back(text[i]);
    }
  }
  ByteVector windows;
  for (const std::uint8_t c : unix_ends) {
    if (c == '\n') {
      windows.push_back('\r');
    }
    windows.push_back(c);
  }
  ByteVector cut = unix_ends;
  while (!cut.empty() && cut.back() == '\n') {
    cut.pop_back();
  }
  ByteVector ended = cut;
  ended.push_back('\n');
  return {{"with LF line endings", unix_ends},
          {"with CRLF line endings", windows},
          {"without a final line break", cut},
          {"with one final line break", ended}};
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string::npos ? std::string()
                                    : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

void Again::offer(const Result<Recipe>& other, const std::string& change) {
  if (!other) {
    return;
  }
  for (const RecipeValue& value : other->values) {
    if (crypto::equal(value.value, wanted_)) {
      found_.push_back({value.name, change});
    }
  }
}

std::optional<ByteVector> Again::input(std::string_view role) {
  const auto entry = std::ranges::find(recipe_.inputs, role, &RecipeInput::role);
  if (entry == recipe_.inputs.end()) {
    return std::nullopt;
  }
  auto content = load_(*entry);
  if (!content || content->size() != entry->size || crypto::sha256(*content) != entry->sha256) {
    missing_.push_back(entry->name);
    return std::nullopt;
  }
  return std::move(content).value();
}

std::uint64_t Again::number(std::string_view parameter) const {
  const std::string text = recipe_.parameter(parameter);
  std::uint64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

void Again::run() {
  if (recipe_.kind == "uki") {
    uki();
  } else if (recipe_.kind == "snp") {
    snp();
  } else if (recipe_.kind == "pcr15") {
    pcr15();
  } else if (recipe_.kind == "hostdata") {
    hostdata();
  } else if (recipe_.kind == "verity") {
    verity();
  } else if (recipe_.kind == "tdx") {
    tdx();
  }
}

void Again::uki() {
  const auto image = input("uki");
  const auto bank = algorithm_by_name(recipe_.parameter("bank"), "bank");
  if (!image || !bank || recipe_.inputs.size() != 1) {
    return;  // with companions, the events alone must explain it
  }
  BootPlan base;
  base.uki = *image;
  base.stub = static_cast<unsigned>(number("stub"));
  base.secure_boot = recipe_.parameter("secure_boot") == "true";
  base.returning = recipe_.parameter("returning") == "true";
  base.profile = static_cast<unsigned>(number("profile"));
  for (const unsigned stub : {252U, 254U, 256U, 257U, 258U}) {
    BootPlan plan = base;
    plan.stub = stub;
    offer(predict_boot(plan, *bank), "systemd-stub " + std::to_string(stub));
  }
  BootPlan secure = base;
  secure.secure_boot = !secure.secure_boot;
  offer(predict_boot(secure, *bank),
        secure.secure_boot ? "with Secure Boot on" : "with Secure Boot off");
  for (unsigned profile = 0; profile < 8; ++profile) {
    BootPlan plan = base;
    plan.profile = profile;
    offer(predict_boot(plan, *bank), "profile " + std::to_string(profile));
  }
}

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
  base.old_kernel_fpu = recipe_.parameter("old_kernel_fpu") == "true";
  base.ec2_old_rdx = recipe_.parameter("ec2_old_rdx") == "true";
  base.vmsa_gpa = number("vmsa_gpa");
  base.vars_size = number("vars_size");
  if (kernel) {
    base.kernel = *kernel;
  }
  base.initrd = initrd ? Bytes(*initrd) : Bytes();
  base.svsm = svsm ? Bytes(*svsm) : Bytes();
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
  for (const std::uint64_t features : {0x1ULL, 0x21ULL, 0x5ULL, 0x201ULL}) {
    with("guest features " + std::to_string(features),
         [&](SnpLaunch& launch) { launch.guest_features = features; });
  }
  for (const Vmm vmm : {Vmm::qemu, Vmm::ec2, Vmm::gce}) {
    with("VMM " + std::string(to_string(vmm)), [&](SnpLaunch& launch) { launch.vmm = vmm; });
  }
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

void Again::pcr15() {
  const auto root = from_hex(recipe_.parameter("root_hash"), "root_hash");
  if (!root) {
    return;
  }
  offer(predict_pcr15(*root, std::nullopt), "the root hash alone, without sentinel and CA");
  if (const auto ca = input("root_ca")) {
    for (const auto& [change, text] : other_line_ends(*ca)) {
      offer(predict_pcr15(*root, text), "the CA's PEM " + change);
    }
  }
}

void Again::hostdata() {
  const auto policy = input("policy");
  const std::string form = recipe_.parameter("form");
  if (!policy) {
    return;
  }
  offer(hostdata_recipe({{"", *policy}}), "the file's own bytes, not decoded");
  if (form == "arm") {
    return;
  }
  auto bytes = form == "base64" ? decode_cce_policy(as_text(*policy)) : Result<ByteVector>(*policy);
  if (bytes) {
    for (const auto& [change, text] : other_line_ends(*bytes)) {
      offer(hostdata_recipe({{"", text}}), "the policy " + change);
    }
  }
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
                           .initrd_suffix = recipe_.parameter("initrd_suffix") == "true"};
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

void Again::verity() {
  const auto image = input("image");
  const auto algorithm = algorithm_by_name(recipe_.parameter("hash"), "hash");
  const auto salt = from_hex(recipe_.parameter("salt"), "salt");
  if (!image || !algorithm || !salt) {
    return;
  }
  const VerityFormat base{*algorithm, static_cast<unsigned>(number("hash_type")),
                          static_cast<std::uint32_t>(number("data_block_size")),
                          static_cast<std::uint32_t>(number("hash_block_size")), *salt};
  const MemorySource all(*image);
  const auto with = [&](const std::string& change, const VerityFormat& format, std::uint64_t blocks,
                        std::uint64_t offset, std::uint64_t size) {
    const auto range = SourceRange::of(all, offset, size);
    if (!range) {
      return;
    }
    const auto root = verity_root(*range, format, blocks);
    Recipe other;
    if (root) {
      other.values = {{"root_hash", std::string(to_string(format.algorithm)), root->root_hash, {}}};
      offer(other, change);
    }
  };
  const std::uint64_t blocks = number("data_blocks");
  const std::uint64_t offset = number("offset");
  const std::uint64_t size = number("size");
  VerityFormat format = base;
  format.salt.clear();
  with("without a salt", format, blocks, offset, size);
  format = base;
  format.hash_type = 1 - std::min(base.hash_type, 1U);
  with("hash type " + std::to_string(format.hash_type), format, blocks, offset, size);
  for (const std::uint32_t block : {512U, 1024U, 4096U, 65536U}) {
    format = base;
    format.data_block_size = block;
    with("data blocks of " + std::to_string(block), format, 0, offset, size);
    format = base;
    format.hash_block_size = block;
    with("hash blocks of " + std::to_string(block), format, blocks, offset, size);
  }
  with("all whole blocks of the data", base, 0, offset, size);
  with("the whole file", base, 0, 0, all.size());
}

}  // namespace cupel::measure

#include <algorithm>
#include <array>
#include <cupel/measure/snp.hpp>

#include "base/hex.hpp"
#include "base/reader.hpp"
#include "crypto/digest.hpp"
#include "measure/snp_firmware.hpp"
#include "measure/writer.hpp"

namespace cupel::measure {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::uint64_t kFourGiB = std::uint64_t{1} << 32U;
constexpr unsigned kMaxVcpus = 4096;
constexpr std::size_t kMaxFirmware = 64U << 20U;

Error error(Code code, std::string_view field, std::string detail = {}) {
  return Error{code, "measure.snp." + std::string(field), kNoOffset, std::move(detail)};
}

// AMD 56860, PAGE_INFO.
enum class PageType : std::uint8_t { normal = 1, vmsa, zero, unmeasured, secrets, cpuid };

struct Cpu {
  std::string_view name;
  std::uint32_t signature;
};
constexpr std::array kCpus = {
    Cpu{"EPYC", 0x800f12},          Cpu{"EPYC-v1", 0x800f12},       Cpu{"EPYC-v2", 0x800f12},
    Cpu{"EPYC-IBPB", 0x800f12},     Cpu{"EPYC-v3", 0x800f12},       Cpu{"EPYC-v4", 0x800f12},
    Cpu{"EPYC-Rome", 0x830f10},     Cpu{"EPYC-Rome-v1", 0x830f10},  Cpu{"EPYC-Rome-v2", 0x830f10},
    Cpu{"EPYC-Rome-v3", 0x830f10},  Cpu{"EPYC-Rome-v4", 0x830f10},  Cpu{"EPYC-Milan", 0xa00f11},
    Cpu{"EPYC-Milan-v1", 0xa00f11}, Cpu{"EPYC-Milan-v2", 0xa00f11}, Cpu{"EPYC-Genoa", 0xa10f10},
    Cpu{"EPYC-Genoa-v1", 0xa10f10}, Cpu{"EPYC-Turin", 0xb00f00},    Cpu{"EPYC-Turin-v1", 0xb00f00},
};

// LD = SHA-384(PAGE_INFO), page after page.
class Chain {
 public:
  explicit Chain(ByteVector start = ByteVector(48)) : digest_(std::move(start)) {}
  const ByteVector& digest() const noexcept { return digest_; }

  void page(PageType type, std::uint64_t gpa, Bytes contents) {
    Writer w;
    w.bytes(digest_).bytes(contents).pad_to(96).u16le(0x70);
    w.u8(static_cast<std::uint8_t>(type)).pad_to(104).u64le(gpa);
    digest_ = crypto::digest(crypto::Hash::sha384, std::move(w).take());
  }
  void pages(std::uint64_t gpa, Bytes data) {
    for (std::size_t i = 0; i < data.size(); i += kPage) {
      page(PageType::normal, gpa + i, crypto::digest(crypto::Hash::sha384, data.subspan(i, kPage)));
    }
  }
  void empty(PageType type, std::uint64_t gpa, std::uint64_t size) {
    for (std::uint64_t i = 0; i < size; i += kPage) {
      page(type, gpa + i, {});
    }
  }

 private:
  ByteVector digest_;
};

Result<Unit> hashes_page(Chain& chain, const SnpLaunch& launch, const SnpFirmware& firmware,
                         const SnpSection& section) {
  if (!launch.kernel) {
    chain.empty(PageType::zero, section.gpa, section.size);
    return Unit{};
  }
  if (!firmware.hash_table) {
    return error(Code::missing_field, "ovmf.hash_table");
  }
  const ByteVector table = kernel_hashes(launch);
  const std::size_t offset = *firmware.hash_table % kPage;
  if (section.size != kPage || *firmware.hash_table - offset != section.gpa ||
      offset + table.size() > kPage) {
    return error(Code::out_of_range, "ovmf.hash_table", "it is not inside its page");
  }
  ByteVector page(kPage);
  put(page, offset, table);
  chain.pages(section.gpa, page);
  return Unit{};
}

Result<Unit> sections(Chain& chain, const SnpLaunch& launch, const SnpFirmware& firmware) {
  bool hashes = false;
  for (const SnpSection& section : firmware.sections) {
    switch (section.type) {
      case 1:  // SNP_SEC_MEM
        chain.empty(launch.vmm == Vmm::gce ? PageType::unmeasured : PageType::zero, section.gpa,
                    section.size);
        break;
      case 2:
        chain.page(PageType::secrets, section.gpa, {});
        break;
      case 3:
        if (launch.vmm != Vmm::ec2) {
          chain.page(PageType::cpuid, section.gpa, {});
        }
        break;
      case 4:  // SVSM calling area
        chain.empty(PageType::zero, section.gpa, section.size);
        break;
      case 0x10: {
        hashes = true;
        CUPEL_TRY(std::ignore, hashes_page(chain, launch, firmware, section));
        break;
      }
      default:
        return error(Code::out_of_range, "ovmf.metadata.section",
                     "type " + std::to_string(section.type));
    }
  }
  if (launch.vmm == Vmm::ec2) {
    for (const SnpSection& section : firmware.sections) {
      if (section.type == 3) {
        chain.page(PageType::cpuid, section.gpa, {});
      }
    }
  }
  if (launch.kernel && !hashes) {
    return error(Code::missing_field, "ovmf.metadata.kernel_hashes",
                 "this firmware does not measure a kernel");
  }
  return Unit{};
}

// Everything before the processors.
struct Start {
  Chain chain;
  ByteVector ovmf_hash;
};

Result<Start> start(const SnpLaunch& launch) {
  Start out;
  if (launch.ovmf_hash) {
    if (launch.ovmf_hash->size() != 48) {
      return error(Code::bad_length, "ovmf_hash", "48 bytes");
    }
    out.chain = Chain(*launch.ovmf_hash);
  } else {
    out.chain.pages(kFourGiB - launch.ovmf.size(), launch.ovmf);
  }
  out.ovmf_hash = out.chain.digest();
  if (launch.mode == SnpMode::snp_svsm) {
    CUPEL_TRY(const std::uint64_t base, svsm_base(launch));
    CUPEL_TRY(const SnpFirmware svsm, parse_snp_firmware(launch.svsm, "measure.snp.svsm"));
    out.chain.pages(base, launch.svsm);
    CUPEL_TRY(std::ignore, sections(out.chain, launch, svsm));
    return out;
  }
  CUPEL_TRY(const SnpFirmware firmware, parse_snp_firmware(launch.ovmf, "measure.snp.ovmf"));
  CUPEL_TRY(std::ignore, sections(out.chain, launch, firmware));
  return out;
}

// All processors but the first start with the same page: one event for them all.
std::string processor_event(const SnpLaunch& launch, unsigned index) {
  if (index == 0) {
    return "page of processor 0";
  }
  return index == 1 ? "page of each of the other " + std::to_string(launch.vcpus - 1) : "";
}

Result<Unit> in_range(const SnpLaunch& launch) {
  if (launch.ovmf.empty() || launch.ovmf.size() % kPage != 0 || launch.ovmf.size() > kMaxFirmware) {
    return error(Code::bad_length, "ovmf", "whole pages, at most 64 MiB");
  }
  if (launch.vcpus == 0 || launch.vcpus > kMaxVcpus) {
    return error(Code::out_of_range, "vcpus", "1 to 4096");
  }
  if (!launch.kernel && (!launch.initrd.empty() || !launch.command_line.empty())) {
    return error(Code::missing_field, "kernel",
                 "an initrd or a command line is measured only together with a kernel");
  }
  return Unit{};
}

// SEV and SEV-ES: one SHA-256 over all that is loaded, of which each part is an event.
Result<ByteVector> flat_digest(const SnpLaunch& launch, std::vector<RecipeEvent>& events) {
  crypto::Digester digester(crypto::Hash::sha256);
  const auto add = [&](std::string what, Bytes part) {
    digester.update(part);
    if (!what.empty()) {
      events.push_back(
          {"measurement", std::move(what), crypto::digest(crypto::Hash::sha256, part)});
    }
  };
  add("firmware", launch.ovmf);
  if (launch.kernel) {
    CUPEL_TRY(const SnpFirmware firmware, parse_snp_firmware(launch.ovmf, "measure.snp.ovmf"));
    if (!firmware.hash_table) {
      return error(Code::missing_field, "ovmf.hash_table", "this firmware measures no kernel");
    }
    add("hashes of kernel, initrd and command line", kernel_hashes(launch));
  }
  for (unsigned i = 0; launch.mode == SnpMode::sev_es && i < launch.vcpus; ++i) {
    CUPEL_TRY(const ByteVector page, vmsa_page(launch, i));
    add(processor_event(launch, i), page);
  }
  return digester.finish();
}

Recipe recipe_of(const SnpLaunch& launch) {
  Recipe out;
  out.kind = "snp";
  out.parameters = {{"mode", std::string(to_string(launch.mode))},
                    {"vcpus", std::to_string(launch.vcpus)},
                    {"vcpu_signature", std::to_string(launch.vcpu_signature)},
                    {"guest_features", std::to_string(launch.guest_features)},
                    {"vmm", std::string(to_string(launch.vmm))},
                    {"old_kernel_fpu", launch.old_kernel_fpu ? "true" : "false"},
                    {"ec2_old_rdx", launch.ec2_old_rdx ? "true" : "false"},
                    {"vmsa_gpa", std::to_string(launch.vmsa_gpa)},
                    {"vars_size", std::to_string(launch.vars_size)},
                    {"kernel", launch.kernel ? "true" : "false"},
                    {"command_line", launch.command_line}};
  if (launch.ovmf_hash) {
    out.parameters.emplace_back("ovmf_hash", to_hex(*launch.ovmf_hash));
  }
  return out;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

template <class T>
std::optional<T> by_name(std::initializer_list<T> all, std::string_view name) {
  const auto found = std::ranges::find_if(all, [&](T one) {
    return std::ranges::equal(to_string(one), name,
                              [](char a, char b) { return lower(a) == lower(b); });
  });
  return found == all.end() ? std::nullopt : std::optional<T>(*found);
}

}  // namespace

std::string_view to_string(SnpMode mode) noexcept {
  switch (mode) {
    case SnpMode::sev:
      return "sev";
    case SnpMode::sev_es:
      return "seves";
    case SnpMode::snp:
      return "snp";
    case SnpMode::snp_svsm:
      break;
  }
  return "snp:svsm";
}

std::string_view to_string(Vmm vmm) noexcept {
  switch (vmm) {
    case Vmm::qemu:
      return "qemu";
    case Vmm::ec2:
      return "ec2";
    case Vmm::gce:
      break;
  }
  return "gce";
}

std::optional<SnpMode> snp_mode_by_name(std::string_view name) noexcept {
  return by_name<SnpMode>({SnpMode::sev, SnpMode::sev_es, SnpMode::snp, SnpMode::snp_svsm}, name);
}

std::optional<Vmm> vmm_by_name(std::string_view name) noexcept {
  return by_name<Vmm>({Vmm::qemu, Vmm::ec2, Vmm::gce}, name);
}

std::optional<std::uint32_t> cpu_signature(std::string_view name) noexcept {
  const auto found = std::ranges::find(kCpus, name, &Cpu::name);
  return found == kCpus.end() ? std::nullopt : std::optional(found->signature);
}

std::uint32_t cpu_signature(unsigned family, unsigned model, unsigned stepping) noexcept {
  const unsigned base = std::min(family, 15U);
  const unsigned extended = (family - base) & 0xffU;
  return extended << 20U | ((model >> 4U) & 0xfU) << 16U | base << 8U | (model & 0xfU) << 4U |
         (stepping & 0xfU);
}

Result<Recipe> measure_snp(const SnpLaunch& launch) {
  CUPEL_TRY(std::ignore, in_range(launch));
  if (launch.mode == SnpMode::snp_svsm && launch.guest_features != 1) {
    return error(Code::out_of_range, "guest_features", "an SVSM's processors start with 1");
  }
  Recipe out = recipe_of(launch);
  if (launch.mode == SnpMode::sev || launch.mode == SnpMode::sev_es) {
    CUPEL_TRY(ByteVector digest, flat_digest(launch, out.events));
    out.values = {{"measurement", "sha256", std::move(digest), {}}};
    return out;
  }
  CUPEL_TRY(Start begun, start(launch));
  out.events.push_back({"ovmf_hash", "launch digest after the firmware's pages", begun.ovmf_hash});
  out.events.push_back(
      {"measurement", "launch digest after the firmware's pages", begun.ovmf_hash});
  out.events.push_back(
      {"measurement", "launch digest after the pages of its metadata", begun.chain.digest()});
  for (unsigned i = 0; i < launch.vcpus; ++i) {
    CUPEL_TRY(const ByteVector page, vmsa_page(launch, i));
    const ByteVector digest = crypto::digest(crypto::Hash::sha384, page);
    begun.chain.page(PageType::vmsa, launch.vmsa_gpa, digest);
    if (i < 2) {
      out.events.push_back({"measurement", processor_event(launch, i), digest});
    }
  }
  out.events.push_back(
      {"measurement", "launch digest after the processors' pages", begun.chain.digest()});
  out.values = {{"measurement", "sha384", begun.chain.digest(), "snp.measurement"},
                {"ovmf_hash", "sha384", begun.ovmf_hash, {}}};
  return out;
}

namespace {

// The likely values, and first of all the given one.
template <class T>
std::vector<T> with_given(T given, const auto& likely) {
  std::vector<T> out = {given};
  for (const T one : likely) {
    if (std::ranges::find(out, one) == out.end()) {
      out.push_back(one);
    }
  }
  return out;
}

// What may differ between launches; the SVSM's page shows the processor's type alone.
std::vector<SnpLaunch> likely_launches(const SnpLaunch& launch, Vmm vmm) {
  const bool svsm = launch.mode == SnpMode::snp_svsm;
  std::vector<std::uint32_t> signatures = {launch.vcpu_signature};
  if (vmm == Vmm::qemu || svsm) {  // the others do not put the signature into the page
    std::vector<std::uint32_t> known;
    std::ranges::transform(kCpus, std::back_inserter(known), &Cpu::signature);
    signatures = with_given(launch.vcpu_signature, known);
  }
  std::vector<std::uint64_t> features = {launch.guest_features};
  if (!svsm) {
    features = with_given(launch.guest_features, kLikelyGuestFeatures);
  }
  std::vector<bool> hosts = {false};
  if (!svsm && vmm != Vmm::gce) {
    hosts.push_back(true);
  }
  std::vector<SnpLaunch> out;
  for (const std::uint64_t gpa :
       with_given(launch.vmsa_gpa, std::array{kLinuxVmsaGpa, kGoogleVmsaGpa})) {
    for (const std::uint64_t feature : features) {
      for (const bool old : hosts) {
        for (const std::uint32_t signature : signatures) {
          SnpLaunch one = launch;
          one.vmm = vmm;
          one.vmsa_gpa = gpa;
          one.guest_features = feature;
          one.old_kernel_fpu = vmm == Vmm::qemu && old;
          one.ec2_old_rdx = vmm == Vmm::ec2 && old;
          one.vcpu_signature = signature;
          out.push_back(std::move(one));
        }
      }
    }
  }
  return out;
}

}  // namespace

Result<std::vector<SnpLaunch>> find_snp_launch(const SnpLaunch& launch, Bytes measurement,
                                               unsigned max_vcpus) {
  if (launch.mode == SnpMode::sev || launch.mode == SnpMode::sev_es) {
    return error(Code::invalid_argument, "mode", "launches of SEV and SEV-ES are not searched");
  }
  SnpLaunch now = launch;
  now.vcpus = std::clamp(max_vcpus, 1U, kMaxVcpus);
  CUPEL_TRY(std::ignore, in_range(now));
  std::vector<SnpLaunch> out;
  for (const Vmm vmm : {Vmm::qemu, Vmm::ec2, Vmm::gce}) {
    if (launch.mode == SnpMode::snp_svsm && vmm != launch.vmm) {
      continue;
    }
    now.vmm = vmm;
    // What is before the processors depends on the VMM alone.
    CUPEL_TRY(const Start begun, start(now));
    for (const SnpLaunch& one : likely_launches(now, vmm)) {
      CUPEL_TRY(const ByteVector first, vmsa_page(one, 0));
      const ByteVector first_digest = crypto::digest(crypto::Hash::sha384, first);
      ByteVector other_digest;
      if (const auto other = vmsa_page(one, 1)) {
        other_digest = crypto::digest(crypto::Hash::sha384, *other);
      }
      Chain chain = begun.chain;
      for (unsigned i = 0; i < now.vcpus && (i == 0 || !other_digest.empty()); ++i) {
        chain.page(PageType::vmsa, one.vmsa_gpa, i == 0 ? first_digest : other_digest);
        if (crypto::equal(chain.digest(), measurement)) {
          out.push_back(one);
          out.back().vcpus = i + 1;
        }
      }
    }
  }
  return out;
}

std::string describe(const SnpLaunch& launch) {
  std::string cpu = "signature " + std::to_string(launch.vcpu_signature);
  for (const Cpu& known : kCpus) {
    // Of several names for one signature the plainest.
    if (known.signature == launch.vcpu_signature &&
        known.name.find("-v") == std::string_view::npos) {
      cpu = known.name;
      break;
    }
  }
  std::string out = std::to_string(launch.vcpus) + " vCPU" + (launch.vcpus == 1 ? "" : "s");
  if (launch.vmm == Vmm::qemu) {
    out += ", " + cpu;
  }
  out += ", guest features " + std::to_string(launch.guest_features) + ", " +
         std::string(to_string(launch.vmm));
  if (launch.vmsa_gpa != kLinuxVmsaGpa) {
    out += ", processors' pages at " + std::to_string(launch.vmsa_gpa);
  }
  if (launch.old_kernel_fpu) {
    out += ", a host before Linux 6.10";
  }
  if (launch.ec2_old_rdx) {
    out += ", before 2026";
  }
  return out;
}

}  // namespace cupel::measure

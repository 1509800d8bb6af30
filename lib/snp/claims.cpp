// What a verified report says, as claims.
#include "snp/claims.hpp"

#include <array>

#include "snp/policy_bits.hpp"

namespace cupel::snp {
namespace {

constexpr std::string_view kReport = "AMD 56860 1.58, Table 23";
constexpr std::string_view kPolicy = "AMD 56860 1.58, Table 9";
constexpr std::string_view kPlatform = "AMD 56860 1.58, Table 24";
constexpr std::string_view kKeyInfo = "AMD 56860 1.58, Table 23, KEY_INFO";
constexpr std::string_view kTcb = "AMD 56860 1.58, 2.2";
constexpr std::string_view kUvm = "Azure confidential containers, UVM endorsements (lib/uvm)";
constexpr std::string_view kVek = "AMD 57230 0.51, Table 8";

constexpr ClaimDef fact(std::string_view name, ClaimType type, std::string_view meaning,
                        std::string_view source, std::size_t size = 0, bool measurement = false) {
  return {.name = name,
          .type = type,
          .size = size,
          .measurement = measurement,
          .meaning = meaning,
          .source = source};
}

constexpr ClaimDef endorsed(std::string_view name, ClaimType type, std::string_view meaning,
                            std::string_view source, std::size_t size = 0) {
  ClaimDef out = fact(name, type, meaning, source, size);
  out.provenance = Provenance::endorsement;
  return out;
}

// A feed says which software may run as a measurement does, by its maker's signed word. That
// software runs any customer's containers: which ones is what the host data say.
constexpr ClaimDef measured_release(std::string_view name, ClaimType type,
                                    std::string_view meaning) {
  ClaimDef out = endorsed(name, type, meaning, kUvm);
  out.measurement = true;
  out.only_with = {"snp.host_data", {}};
  out.told_by = "snp.host_data";
  return out;
}

constexpr ClaimDef launched_with(ClaimDef def, std::string_view unless_required = {}) {
  def.launch_setting = true;
  def.unless_required = unless_required;
  return def;
}

constexpr ClaimDef chosen_by_the_host(ClaimDef def) {
  def.launch_setting = true;
  def.host_chosen = true;
  return def;
}

constexpr std::array kClaims = {
    fact("snp.version", ClaimType::integer, "version of the report's layout", kReport),
    fact("snp.guest_svn", ClaimType::integer,
         "security version of the guest, from its ID block; not that of UVM endorsements", kReport),
    launched_with(
        fact("snp.policy", ClaimType::integer, "the guest policy as one number", kPolicy)),
    fact("snp.policy.abi_major", ClaimType::integer,
         "lowest major version of the firmware interface the guest runs on", kPolicy),
    fact("snp.policy.abi_minor", ClaimType::integer,
         "lowest minor version of the firmware interface", kPolicy),
    fact("snp.policy.smt", ClaimType::boolean, "the guest may run where threads share a core",
         kPolicy),
    launched_with(fact("snp.policy.migrate_ma", ClaimType::boolean,
                       "a migration agent may be bound to the guest", kPolicy),
                  "false"),
    fact("snp.policy.debug", ClaimType::boolean,
         "the host may decrypt the guest's memory for debugging", kPolicy),
    fact("snp.policy.single_socket", ClaimType::boolean, "the guest runs on one socket only",
         kPolicy),
    fact("snp.policy.cxl_allow", ClaimType::boolean, "CXL devices and memory may be used", kPolicy),
    fact("snp.policy.mem_aes_256_xts", ClaimType::boolean, "memory encryption must be AES-256-XTS",
         kPolicy),
    fact("snp.policy.rapl_dis", ClaimType::boolean, "power measurement (RAPL) must be off",
         kPolicy),
    fact("snp.policy.ciphertext_hiding_dram", ClaimType::boolean,
         "the host must not see the guest's ciphertext", kPolicy),
    fact("snp.policy.page_swap_disable", ClaimType::boolean,
         "the host may not swap or move the guest's pages", kPolicy),
    chosen_by_the_host(fact("snp.family_id", ClaimType::bytes,
                            "family identifier, from the guest's ID block", kReport, 16)),
    chosen_by_the_host(fact("snp.image_id", ClaimType::bytes,
                            "image identifier, from the guest's ID block", kReport, 16)),
    launched_with(
        fact("snp.vmpl", ClaimType::integer,
             "privilege level that asked for the report: 0 is the most privileged", kReport),
        "0"),
    fact("snp.platform_info", ClaimType::integer,
         "state of the platform as one number; bits unknown here may be set", kPlatform),
    fact("snp.platform_info.smt_en", ClaimType::boolean, "threads share cores on this machine",
         kPlatform),
    fact("snp.platform_info.tsme_en", ClaimType::boolean,
         "all memory is encrypted with one transparent key", kPlatform),
    fact("snp.platform_info.ecc_en", ClaimType::boolean, "memory has error correction", kPlatform),
    fact("snp.platform_info.rapl_dis", ClaimType::boolean, "power measurement (RAPL) is off",
         kPlatform),
    fact("snp.platform_info.ciphertext_hiding_dram_en", ClaimType::boolean,
         "the host cannot see guests' ciphertext", kPlatform),
    fact("snp.platform_info.alias_check_complete", ClaimType::boolean,
         "memory addresses were checked for aliases since the last reset (CVE-2024-21944)",
         kPlatform),
    fact("snp.platform_info.tio_en", ClaimType::boolean, "trusted I/O is on", kPlatform),
    fact("snp.author_key_en", ClaimType::boolean, "an author key signed the ID block's key",
         kKeyInfo),
    fact("snp.mask_chip_key", ClaimType::boolean, "the platform may not use its chip's key",
         kKeyInfo),
    fact("snp.signing_key", ClaimType::string,
         "vcek: the chip's own key; vlek: a key lent to the provider", kKeyInfo),
    fact("snp.report_data", ClaimType::bytes,
         "what the guest asked to have signed: nonce, key hash", kReport, 64),
    fact("snp.measurement", ClaimType::bytes,
         "digest of the memory and state the guest was launched with", kReport, 48,
         /*measurement=*/true),
    chosen_by_the_host(fact("snp.host_data", ClaimType::bytes,
                            "what the host stated at launch, e.g. the digest of a container policy",
                            kReport, 32)),
    chosen_by_the_host(fact("snp.id_key_digest", ClaimType::bytes,
                            "SHA-384 of the key that signed the ID block; zeros without one",
                            kReport, 48)),
    chosen_by_the_host(fact("snp.author_key_digest", ClaimType::bytes,
                            "SHA-384 of the author key; zeros without one", kReport, 48)),
    fact("snp.report_id", ClaimType::bytes,
         "random number of this guest, the same as long as it lives", kReport, 32),
    fact("snp.report_id_ma", ClaimType::bytes,
         "report id of the guest's migration agent; all ones without one", kReport, 32),
    fact("snp.chip_id", ClaimType::bytes,
         "number of the chip; Turin: 8 bytes, then zeros; zeros when masked", kReport, 64),
    fact("snp.runtime_data", ClaimType::bytes,
         "data whose SHA-256 the report carries in REPORT_DATA", kReport),
    fact("snp.runtime.certificate_hash", ClaimType::bytes,
         "SHA-256 of the service's TLS certificate (DER), as the guest wrote it into runtime data",
         "confidential-ai inference sample, runtime data", 32),
    fact("snp.runtime.nonce", ClaimType::bytes, "a nonce that the guest wrote into runtime data",
         "Cupel"),
    fact("snp.cpuid.family", ClaimType::integer, "CPUID family, from version 3 on", kReport),
    fact("snp.cpuid.model", ClaimType::integer, "CPUID model, from version 3 on", kReport),
    fact("snp.cpuid.stepping", ClaimType::integer, "CPUID stepping, from version 3 on", kReport),
    fact("snp.firmware.current", ClaimType::string,
         "version of the firmware that runs: major.minor.build", kReport),
    fact("snp.firmware.committed", ClaimType::string,
         "version of the firmware that cannot be gone back from", kReport),
    fact("snp.launch_mit_vector", ClaimType::integer,
         "mitigations that were on at launch, from version 5 on", kReport),
    fact("snp.current_mit_vector", ClaimType::integer, "mitigations that are on, from version 5 on",
         kReport),
    fact("snp.tcb.reported", ClaimType::bytes,
         "the patch level that the signing key belongs to, as it stands", kTcb, 8),
    fact("snp.tcb.reported.fmc", ClaimType::integer,
         "the patch level that the signing key belongs to: Turin only: firmware management "
         "controller",
         kTcb),
    fact("snp.tcb.reported.boot_loader", ClaimType::integer,
         "the patch level that the signing key belongs to: boot loader", kTcb),
    fact("snp.tcb.reported.tee", ClaimType::integer,
         "the patch level that the signing key belongs to: trusted execution environment", kTcb),
    fact("snp.tcb.reported.snp", ClaimType::integer,
         "the patch level that the signing key belongs to: SEV-SNP firmware", kTcb),
    fact("snp.tcb.reported.microcode", ClaimType::integer,
         "the patch level that the signing key belongs to: microcode", kTcb),
    fact("snp.tcb.current", ClaimType::bytes, "the patch level that runs, as it stands", kTcb, 8),
    fact("snp.tcb.current.fmc", ClaimType::integer,
         "the patch level that runs: Turin only: firmware management controller", kTcb),
    fact("snp.tcb.current.boot_loader", ClaimType::integer,
         "the patch level that runs: boot loader", kTcb),
    fact("snp.tcb.current.tee", ClaimType::integer,
         "the patch level that runs: trusted execution environment", kTcb),
    fact("snp.tcb.current.snp", ClaimType::integer, "the patch level that runs: SEV-SNP firmware",
         kTcb),
    fact("snp.tcb.current.microcode", ClaimType::integer, "the patch level that runs: microcode",
         kTcb),
    fact("snp.tcb.committed", ClaimType::bytes,
         "the patch level that cannot be gone back from, as it stands", kTcb, 8),
    fact(
        "snp.tcb.committed.fmc", ClaimType::integer,
        "the patch level that cannot be gone back from: Turin only: firmware management controller",
        kTcb),
    fact("snp.tcb.committed.boot_loader", ClaimType::integer,
         "the patch level that cannot be gone back from: boot loader", kTcb),
    fact("snp.tcb.committed.tee", ClaimType::integer,
         "the patch level that cannot be gone back from: trusted execution environment", kTcb),
    fact("snp.tcb.committed.snp", ClaimType::integer,
         "the patch level that cannot be gone back from: SEV-SNP firmware", kTcb),
    fact("snp.tcb.committed.microcode", ClaimType::integer,
         "the patch level that cannot be gone back from: microcode", kTcb),
    fact("snp.tcb.launch", ClaimType::bytes,
         "the patch level the guest was launched on, as it stands", kTcb, 8),
    fact("snp.tcb.launch.fmc", ClaimType::integer,
         "the patch level the guest was launched on: Turin only: firmware management controller",
         kTcb),
    fact("snp.tcb.launch.boot_loader", ClaimType::integer,
         "the patch level the guest was launched on: boot loader", kTcb),
    fact("snp.tcb.launch.tee", ClaimType::integer,
         "the patch level the guest was launched on: trusted execution environment", kTcb),
    fact("snp.tcb.launch.snp", ClaimType::integer,
         "the patch level the guest was launched on: SEV-SNP firmware", kTcb),
    fact("snp.tcb.launch.microcode", ClaimType::integer,
         "the patch level the guest was launched on: microcode", kTcb),
    endorsed("snp.uvm.issuer", ClaimType::string,
             "did:x509 of whoever endorsed the launch measurement", kUvm),
    measured_release("snp.uvm.feed", ClaimType::string,
                     "what the endorsed measurement is of: ContainerPlat-AMD-UVM"),
    endorsed("snp.uvm.svn", ClaimType::integer,
             "security version of the release; not that of the report", kUvm),
    endorsed("snp.uvm.signed_at", ClaimType::time, "when the endorsement was signed", kUvm),
    endorsed("snp.product", ClaimType::string, "Milan, Genoa (also Bergamo and Siena) or Turin",
             kVek),
    endorsed("snp.vek.product_name", ClaimType::string,
             "product and stepping as the certificate has it", kVek),
    endorsed("snp.vek.hwid", ClaimType::bytes,
             "number of the chip the certificate is of; VCEK only", kVek),
    endorsed("snp.vek.csp_id", ClaimType::string, "the provider the key was lent to; VLEK only",
             kVek),
    endorsed("snp.vek.spki_sha256", ClaimType::bytes,
             "SHA-256 of the signing key's SubjectPublicKeyInfo", "RFC 5280, 4.1.2.7", 32),
    endorsed("snp.vek.anchor", ClaimType::string, "the root that the key's certificate leads to",
             "RFC 5280, 6"),
    endorsed("snp.vek.not_before", ClaimType::time, "start of the certificate's validity",
             "RFC 5280, 4.1.2.5"),
    endorsed("snp.vek.not_after", ClaimType::time, "end of the certificate's validity",
             "RFC 5280, 4.1.2.5"),
};

template <std::size_t N>
ByteVector bytes(const std::array<std::uint8_t, N>& in) {
  return to_vector(in);
}

std::string text(const FirmwareVersion& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
         std::to_string(version.build);
}

void add_policy(ClaimsBuilder& builder, std::uint64_t policy) {
  builder.set("snp.policy", policy)
      .set("snp.policy.abi_major", (policy >> 8U) & 0xffU)
      .set("snp.policy.abi_minor", policy & 0xffU);
  for (const NamedBit& bit : kPolicyBits) {
    builder.set("snp.policy." + std::string(bit.name), bit_of(policy, bit.bit));
  }
}

void add_platform(ClaimsBuilder& builder, std::uint64_t info) {
  builder.set("snp.platform_info", info);
  for (const NamedBit& bit : kPlatformBits) {
    builder.set("snp.platform_info." + std::string(bit.name), bit_of(info, bit.bit));
  }
}

// verify() has found every level well formed for the product.
void add_tcb(ClaimsBuilder& builder, Product product, std::string_view which,
             const TcbBytes& level) {
  const std::string name = "snp.tcb." + std::string(which);
  builder.set(name, bytes(level));
  const auto parsed = parse_tcb(product, level, name);
  for (const TcbPart& part : parsed ? parts(*parsed) : std::vector<TcbPart>{}) {
    builder.set(name + "." + std::string(part.name), std::uint64_t{part.value});
  }
}

void add_vek(ClaimsBuilder& builder, const Vek& vek) {
  const auto set = [&](const std::string& name, ClaimValue value) {
    builder.set(name, std::move(value), Provenance::endorsement);
  };
  set("snp.product", std::string(to_string(vek.product)));
  set("snp.vek.product_name", vek.product_name);
  if (vek.kind == SigningKey::vlek) {
    set("snp.vek.csp_id", vek.csp_id);
  } else {
    set("snp.vek.hwid", vek.hwid);
  }
  set("snp.vek.spki_sha256", bytes(vek.spki_sha256));
  set("snp.vek.anchor", vek.anchor);
  set("snp.vek.not_before", vek.not_before);
  set("snp.vek.not_after", vek.not_after);
}

}  // namespace

std::span<const ClaimDef> claim_definitions() {
  return kClaims;
}

void add_report_claims(ClaimsBuilder& builder, const Verified<Report>& report) {
  const ReportBody& body = report->body();
  builder.set("snp.version", std::uint64_t{body.version})
      .set("snp.guest_svn", std::uint64_t{body.guest_svn})
      .set("snp.family_id", bytes(body.family_id))
      .set("snp.image_id", bytes(body.image_id))
      .set("snp.vmpl", std::uint64_t{body.vmpl})
      .set("snp.author_key_en", body.author_key_en)
      .set("snp.mask_chip_key", body.mask_chip_key)
      .set("snp.signing_key", std::string(to_string(body.signing_key)))
      .set("snp.report_data", bytes(body.report_data))
      .set("snp.measurement", bytes(body.measurement))
      .set("snp.host_data", bytes(body.host_data))
      .set("snp.id_key_digest", bytes(body.id_key_digest))
      .set("snp.author_key_digest", bytes(body.author_key_digest))
      .set("snp.report_id", bytes(body.report_id))
      .set("snp.report_id_ma", bytes(body.report_id_ma))
      .set("snp.chip_id", bytes(body.chip_id))
      .set("snp.firmware.current", text(body.current))
      .set("snp.firmware.committed", text(body.committed));
  add_policy(builder, body.policy);
  add_platform(builder, body.platform_info);
  if (const CpuId* cpuid = report->cpuid()) {
    builder.set("snp.cpuid.family", std::uint64_t{cpuid->family})
        .set("snp.cpuid.model", std::uint64_t{cpuid->model})
        .set("snp.cpuid.stepping", std::uint64_t{cpuid->stepping});
  }
  if (const auto* v5 = std::get_if<ReportV5>(&report->fields)) {
    builder.set("snp.launch_mit_vector", v5->launch_mit_vector)
        .set("snp.current_mit_vector", v5->current_mit_vector);
  }
  if (report->vek) {
    const Product product = report->vek->product;
    add_tcb(builder, product, "reported", body.reported_tcb);
    add_tcb(builder, product, "current", body.current_tcb);
    add_tcb(builder, product, "committed", body.committed_tcb);
    add_tcb(builder, product, "launch", body.launch_tcb);
    add_vek(builder, *report->vek);
  }
}

void add_common_claims(ClaimsBuilder& builder, const Verified<Report>& report) {
  // AMD gives no word on patch levels besides the levels themselves: a policy names its floor.
  builder.set("common.debug", bit_of(report->body().policy, kPolicyDebug))
      .set("common.tee_class", std::string("confidential_vm"), Provenance::configuration)
      .set("common.tcb_status", std::string("none"), Provenance::configuration)
      .set("common.bound_data", bytes(report->body().report_data));
}

Claims claims(const Verified<Report>& report) {
  ClaimsBuilder builder("snp", report);
  add_report_claims(builder, report);
  add_common_claims(builder, report);
  return std::move(builder).build();
}

}  // namespace cupel::snp

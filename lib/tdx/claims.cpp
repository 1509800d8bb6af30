// What a verified TDX quote says, as claims.
#include "tdx/claims.hpp"

#include <array>

#include "dcap/claims.hpp"

namespace cupel::tdx {
namespace {

constexpr std::string_view kReport = "Intel TDX Module 1.5 ABI, TDREPORT_STRUCT";
constexpr std::string_view kAttributes = "Intel TDX Module 1.5 ABI, ATTRIBUTES";

constexpr ClaimDef bytes(std::string_view name, std::size_t size, std::string_view meaning) {
  return {
      .name = name, .type = ClaimType::bytes, .size = size, .meaning = meaning, .source = kReport};
}
constexpr ClaimDef measurement(std::string_view name, std::string_view meaning) {
  ClaimDef out = bytes(name, 48, meaning);
  out.measurement = true;
  return out;
}
constexpr ClaimDef flag(std::string_view name, std::string_view meaning,
                        std::string_view unless_required = {}) {
  return {.name = name,
          .type = ClaimType::boolean,
          .meaning = meaning,
          .source = kAttributes,
          .unless_required = unless_required};
}
constexpr ClaimDef launched_with(std::string_view name, std::size_t size,
                                 std::string_view meaning) {
  ClaimDef out = bytes(name, size, meaning);
  out.launch_setting = true;
  return out;
}
constexpr ClaimDef chosen_by_the_host(std::string_view name, std::string_view meaning) {
  ClaimDef out = launched_with(name, 48, meaning);
  out.host_chosen = true;
  return out;
}

// Software extends them, from the first on: without the measurement of the firmware that begins,
// any firmware can show any values.
constexpr ClaimDef registers() {
  ClaimDef out = measurement(
      "tdx.rtmr",
      "runtime measurement register: 0 firmware configuration, 1 boot loader and kernel, 2 kernel "
      "command line and initial disk, 3 the workload's own; extended by software");
  out.indices = 4;
  out.extend_hash = "sha384";
  out.only_with = {"tdx.mrtd", {}};
  out.open_to_any_software = 1U << 3U;  // firmware, boot loader and kernel leave it at zero
  return out;
}

constexpr std::array kOwn = {
    measurement("tdx.mrtd", "measurement of the machine's initial contents: the virtual firmware"),
    registers(),
    bytes("tdx.mrseam", 48, "measurement of the TDX module"),
    bytes("tdx.mrsignerseam", 48, "signer of the TDX module; zeros stand for Intel"),
    bytes("tdx.seam_attributes", 8, "attributes of the TDX module"),
    chosen_by_the_host("tdx.mrconfigid",
                       "id of the configuration that the host chose, not measured"),
    chosen_by_the_host("tdx.mrowner", "id of the owner that the host chose, not measured"),
    chosen_by_the_host("tdx.mrownerconfig", "id of the owner's configuration, likewise"),
    launched_with(
        "tdx.td_attributes", 8,
        "TDATTRIBUTES, little-endian: bits 0 to 7 debug, 28 SEPT_VE_DISABLE, 29 MIGRATABLE, "
        "30 PKS, 31 KL, 63 PERFMON"),
    launched_with("tdx.xfam", 8,
                  "extended processor features that the machine may use, little-endian"),
    bytes("tdx.tee_tcb_svn", 16,
          "SVNs of the TDX module under which the machine was measured, and of its loader"),
    bytes("tdx.tee_tcb_svn_2", 16, "SVNs of the TDX module that runs now (TDX 1.5 reports)"),
    launched_with(
        "tdx.mrservicetd", 48,
        "hash over the service TDs bound to the machine, for migration (TDX 1.5 reports)"),
    bytes("tdx.report_data", 64, "bytes that the machine chose: key hash, nonce"),
    flag("tdx.td_attributes.sept_ve_disable",
         "no exception is raised for pages the host took away; Linux relies on it", "true"),
    flag("tdx.td_attributes.migratable", "the machine may be moved by a migration TD", "false"),
    flag("tdx.td_attributes.pks", "supervisor protection keys may be used"),
    flag("tdx.td_attributes.kl", "key locker may be used"),
    flag("tdx.td_attributes.perfmon", "performance counters may be used"),
    ClaimDef{.name = "tdx.event_log.explained",
             .type = ClaimType::string,
             .unit = "list",
             .meaning = "which of RTMR 0 to 3 the event log beside the quote explains; absent "
                        "without a log",
             .source = "TCG PC Client Platform Firmware Profile 1.06, 10.4"},
    ClaimDef{.name = "tdx.event_log.events",
             .type = ClaimType::integer,
             .meaning = "how many events the log extended into them",
             .source = "TCG PC Client Platform Firmware Profile 1.06, 10.4"},
    ClaimDef{.name = "tdx.module.id",
             .type = ClaimType::string,
             .provenance = Provenance::endorsement,
             .meaning = "Intel's name of the TDX module's major version; absent for version 0",
             .source = "Intel PCS API v4, Get TDX TCB Info"},
    ClaimDef{.name = "tdx.module.status",
             .type = ClaimType::string,
             .provenance = Provenance::endorsement,
             .meaning = "Intel's word on the TDX module's patch level",
             .source = "Intel PCS API v4, Get TDX TCB Info"},
    ClaimDef{.name = "tdx.module.date",
             .type = ClaimType::time,
             .provenance = Provenance::endorsement,
             .meaning = "date of the TDX module's patch level",
             .source = "Intel PCS API v4, Get TDX TCB Info"},
};

bool bit(const std::array<std::uint8_t, 8>& attributes, unsigned index) {
  return (static_cast<unsigned>(attributes.at(index / 8)) >> (index % 8) & 1U) != 0;
}

void add_module_claims(ClaimsBuilder& builder, const dcap::Judgement& tcb) {
  if (tcb.module_status && tcb.module_tcb_date) {
    builder.set("tdx.module.id", tcb.module_id, Provenance::endorsement)
        .set("tdx.module.status", std::string(to_string(*tcb.module_status)),
             Provenance::endorsement)
        .set("tdx.module.date", *tcb.module_tcb_date, Provenance::endorsement);
  }
}

}  // namespace

std::span<const ClaimDef> claim_definitions() {
  static const auto kAll = [] {
    std::array<ClaimDef, kOwn.size() + dcap::kSharedClaimCount> out{};
    const auto next = std::copy(kOwn.begin(), kOwn.end(), out.begin());
    std::copy(dcap::shared_claims().begin(), dcap::shared_claims().end(), next);
    return out;
  }();
  return kAll;
}

void add_quote_claims(ClaimsBuilder& builder, const Verified<Quote>& quote) {
  const TdReport10& report = quote->body();
  for (std::size_t i = 0; i < report.rtmr.size(); ++i) {
    builder.set("tdx.rtmr." + std::to_string(i), to_vector(report.rtmr.at(i)));
  }
  builder.set("tdx.mrtd", to_vector(report.mrtd))
      .set("tdx.mrseam", to_vector(report.mrseam))
      .set("tdx.mrsignerseam", to_vector(report.mrsignerseam))
      .set("tdx.seam_attributes", to_vector(report.seam_attributes))
      .set("tdx.mrconfigid", to_vector(report.mrconfigid))
      .set("tdx.mrowner", to_vector(report.mrowner))
      .set("tdx.mrownerconfig", to_vector(report.mrownerconfig))
      .set("tdx.td_attributes", to_vector(report.td_attributes))
      .set("tdx.xfam", to_vector(report.xfam))
      .set("tdx.tee_tcb_svn", to_vector(report.tee_tcb_svn))
      .set("tdx.report_data", to_vector(report.report_data))
      .set("tdx.td_attributes.sept_ve_disable", bit(report.td_attributes, 28))
      .set("tdx.td_attributes.migratable", bit(report.td_attributes, 29))
      .set("tdx.td_attributes.pks", bit(report.td_attributes, 30))
      .set("tdx.td_attributes.kl", bit(report.td_attributes, 31))
      .set("tdx.td_attributes.perfmon", bit(report.td_attributes, 63));
  if (const auto* newer = std::get_if<TdReport15>(&quote->report)) {
    builder.set("tdx.tee_tcb_svn_2", to_vector(newer->tee_tcb_svn_2))
        .set("tdx.mrservicetd", to_vector(newer->mrservicetd));
  }
  if (quote->platform && quote->tcb) {
    dcap::add_shared_claims(builder, quote->header, quote->signature, *quote->platform,
                            *quote->tcb);
    add_module_claims(builder, *quote->tcb);
  }
}

void add_common_claims(ClaimsBuilder& builder, const Verified<Quote>& quote) {
  // "If any of the bits in this group are set …, the TD is off-TD debuggable": bits 1 to 7 of the
  // group TUD are reserved, and no less a reason not to trust the machine.
  builder.set("common.debug", quote->body().td_attributes.front() != 0)
      .set("common.tee_class", std::string("confidential_vm"), Provenance::configuration);
  if (quote->tcb) {
    builder.set("common.tcb_status", std::string(to_string(quote->tcb->status)),
                Provenance::endorsement);
  }
}

ClaimsBuilder begin_claims(const Verified<Quote>& quote) {
  ClaimsBuilder builder("tdx", quote);
  add_quote_claims(builder, quote);
  add_common_claims(builder, quote);
  builder.set("common.bound_data", to_vector(quote->body().report_data));
  return builder;
}

void add_log_claims(ClaimsBuilder& builder, const Verified<BootLog>& log) {
  std::string explained;
  for (const unsigned index : log->explained) {
    explained.append(explained.empty() ? "" : ",").append(std::to_string(index));
  }
  builder.also(log)
      .set("tdx.event_log.explained", std::move(explained))
      .set("tdx.event_log.events", static_cast<std::uint64_t>(log->events.size()));
}

Claims claims(const Verified<Quote>& quote) {
  return begin_claims(quote).build();
}

}  // namespace cupel::tdx

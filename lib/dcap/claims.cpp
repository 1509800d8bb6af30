#include "dcap/claims.hpp"

namespace cupel::dcap {
namespace {

constexpr std::string_view kPcs = "Intel PCS API v4, Get TCB Info";
constexpr std::string_view kPcsQe = "Intel PCS API v4, Get Quoting Enclave Identity";
constexpr std::string_view kPck = "Intel SGX PCK Certificate and CRL Profile 1.5, 1.3.5";

constexpr ClaimDef endorsed(std::string_view name, ClaimType type, std::string_view meaning,
                            std::string_view source, std::size_t size = 0) {
  return {.name = name,
          .type = type,
          .size = size,
          .provenance = Provenance::endorsement,
          .meaning = meaning,
          .source = source};
}

constexpr ClaimDef status() {
  ClaimDef def = endorsed("dcap.tcb.status", ClaimType::string,
                          "Intel's word on the platform's patch level: UpToDate, "
                          "SWHardeningNeeded, ConfigurationNeeded, "
                          "ConfigurationAndSWHardeningNeeded, OutOfDate, "
                          "OutOfDateConfigurationNeeded, TDRelaunchAdvised or "
                          "TDRelaunchAdvisedConfigurationNeeded",
                          kPcs);
  def.unless_required = "UpToDate";
  return def;
}

constexpr ClaimDef advisories() {
  ClaimDef def = endorsed("dcap.tcb.advisory_ids", ClaimType::string,
                          "Intel security advisories that this patch level does not close, with "
                          "commas between; empty when there are none",
                          kPcs);
  def.unit = "list";
  return def;
}

constexpr std::array<ClaimDef, kSharedClaimCount> kClaims = {
    status(),
    advisories(),
    endorsed("dcap.tcb.date", ClaimType::time, "date of the platform's patch level", kPcs),
    endorsed("dcap.tcb.platform_status", ClaimType::string,
             "the status of the platform alone, without TDX module and quoting enclave", kPcs),
    endorsed("dcap.tcb.evaluation_data_number", ClaimType::integer,
             "which of Intel's rounds of updates the platform was judged by", kPcs),
    endorsed("dcap.tcb.issue_date", ClaimType::time, "when the TCB info was issued", kPcs),
    endorsed("dcap.tcb.next_update", ClaimType::time, "when the TCB info expires", kPcs),
    endorsed("dcap.qe.status", ClaimType::string, "the status of the quoting enclave", kPcsQe),
    endorsed("dcap.qe.date", ClaimType::time, "date of the quoting enclave's level", kPcsQe),
    endorsed("dcap.qe.evaluation_data_number", ClaimType::integer,
             "the round of updates of the quoting enclave's identity", kPcsQe),
    endorsed("dcap.qe.issue_date", ClaimType::time,
             "when the quoting enclave's identity was issued", kPcsQe),
    endorsed("dcap.qe.next_update", ClaimType::time, "when the quoting enclave's identity expires",
             kPcsQe),
    endorsed("dcap.qe.isv_svn", ClaimType::integer, "ISVSVN of the quoting enclave", kPcsQe),
    endorsed("dcap.qe.mrenclave", ClaimType::bytes, "MRENCLAVE of the quoting enclave", kPcsQe, 32),
    endorsed("dcap.pck.fmspc", ClaimType::bytes,
             "family, model, stepping, platform type and customized SKU of the processor", kPck, 6),
    endorsed("dcap.pck.pce_id", ClaimType::bytes, "id of the provisioning enclave", kPck, 2),
    endorsed("dcap.pck.ppid", ClaimType::bytes, "identity of the processor package", kPck, 16),
    endorsed("dcap.pck.components", ClaimType::bytes,
             "the SVNs of the 16 SGX TCB components, one byte each", kPck, 16),
    endorsed("dcap.pck.pce_svn", ClaimType::integer, "SVN of the provisioning enclave", kPck),
    endorsed("dcap.pck.sgx_type", ClaimType::string,
             "standard, scalable (memory without integrity trees), or scalable_with_integrity",
             kPck),
    endorsed("dcap.pck.platform_instance_id", ClaimType::bytes,
             "identity of a platform of several packages; absent below the Processor CA", kPck, 16),
    endorsed("dcap.pck.dynamic_platform", ClaimType::boolean,
             "packages may be added to the platform; absent below the Processor CA", kPck),
    endorsed("dcap.pck.smt_enabled", ClaimType::boolean,
             "simultaneous multithreading was on when the platform was registered; absent below "
             "the Processor CA",
             kPck),
    ClaimDef{.name = "dcap.ratls.spki_sha256",
             .type = ClaimType::bytes,
             .size = 32,
             .meaning = "SHA-256 of the public key of the certificate that the quote came in, "
                        "which the quote's report data binds",
             .source = "RA-TLS: see lib/dcap/README.md"},
    ClaimDef{.name = "dcap.quote.version",
             .type = ClaimType::integer,
             .meaning = "version of the quote's format",
             .source = "Intel TDX DCAP Quoting Library API, A.3"},
};

std::string joined(const std::vector<std::string>& ids) {
  std::string out;
  for (const std::string& id : ids) {
    out.append(out.empty() ? "" : ",").append(id);
  }
  return out;
}

std::string sgx_type(std::uint8_t type) {
  switch (type) {
    case 0:
      return "standard";
    case 1:
      return "scalable";
    default:
      return "scalable_with_integrity";
  }
}

}  // namespace

const std::array<ClaimDef, kSharedClaimCount>& shared_claims() {
  return kClaims;
}

void add_shared_claims(ClaimsBuilder& builder, const Header& header, const SignatureData& data,
                       const Platform& platform, const Judgement& tcb) {
  const auto endorse = [&](std::string name, ClaimValue value) {
    builder.set(std::move(name), std::move(value), Provenance::endorsement);
  };
  builder.set("dcap.quote.version", std::uint64_t{header.version});
  endorse("dcap.tcb.status", std::string(to_string(tcb.status)));
  endorse("common.tcb_status", std::string(to_string(tcb.status)));
  endorse("dcap.tcb.advisory_ids", joined(tcb.advisory_ids));
  endorse("dcap.tcb.date", tcb.tcb_date);
  endorse("dcap.tcb.platform_status", std::string(to_string(tcb.platform_status)));
  endorse("dcap.tcb.evaluation_data_number", std::uint64_t{tcb.evaluation_data_number});
  endorse("dcap.tcb.issue_date", tcb.issue_date);
  endorse("dcap.tcb.next_update", tcb.next_update);
  endorse("dcap.qe.status", std::string(to_string(tcb.qe_status)));
  endorse("dcap.qe.date", tcb.qe_tcb_date);
  endorse("dcap.qe.evaluation_data_number", std::uint64_t{tcb.qe_evaluation_data_number});
  endorse("dcap.qe.issue_date", tcb.qe_issue_date);
  endorse("dcap.qe.next_update", tcb.qe_next_update);
  endorse("dcap.qe.isv_svn", std::uint64_t{tcb.qe_isv_svn});
  endorse("dcap.qe.mrenclave", to_vector(data.qe_report.mrenclave));
  endorse("dcap.pck.fmspc", to_vector(platform.fmspc));
  endorse("dcap.pck.pce_id", to_vector(platform.pce_id));
  endorse("dcap.pck.ppid", to_vector(platform.ppid));
  endorse("dcap.pck.components", to_vector(platform.components));
  endorse("dcap.pck.pce_svn", std::uint64_t{platform.pce_svn});
  endorse("dcap.pck.sgx_type", sgx_type(platform.sgx_type));
  if (platform.platform_instance_id) {
    endorse("dcap.pck.platform_instance_id", to_vector(*platform.platform_instance_id));
  }
  if (platform.dynamic_platform) {
    endorse("dcap.pck.dynamic_platform", *platform.dynamic_platform);
  }
  if (platform.smt_enabled) {
    endorse("dcap.pck.smt_enabled", *platform.smt_enabled);
  }
}

}  // namespace cupel::dcap

// Azure confidential VMs: the report of the paravisor (HCL) that ties a virtual TPM to the
// hardware.
#pragma once

#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/claims.hpp>
#include <cupel/collateral.hpp>
#include <cupel/result.hpp>
#include <cupel/snp.hpp>
#include <cupel/tdx.hpp>
#include <cupel/tpm.hpp>
#include <cupel/trust.hpp>
#include <cupel/verified.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cupel::hcl {

/// What hardware vouches for the runtime data. Other values are refused when parsed: a "trusted VM"
/// (3) has none.
enum class HardwareType : std::uint32_t { snp = 2, tdx = 4 };
std::string_view to_string(HardwareType type) noexcept;  ///< "snp"

/// The blob of NV index 0x01400001: well formed, not authentic. Nothing ever signs its header.
struct Report {
  ByteVector raw;                                  ///< as received, padding included
  std::uint32_t version = 0;                       // 0x004: 1 or 2
  std::uint32_t request_type = 0;                  // 0x00c
  HardwareType hardware_type = HardwareType::snp;  // 0x4c8
  ByteVector hardware_report;  // 0x020: an SNP report (1184 bytes), or a TDREPORT (1024)
  ByteVector runtime_data;     // 0x4d4: JSON, exactly as it is hashed
};

/// What the paravisor says about the machine it runs. Members that are absent are not there.
struct VmConfiguration {
  std::optional<bool> console_enabled;
  std::optional<bool> secure_boot;
  std::optional<bool> tpm_enabled;
  std::optional<bool> tpm_persisted;
  std::optional<std::string> root_cert_thumbprint;
  std::optional<std::string> vm_unique_id;
};

/// The runtime data as structure. Members that are not named here are in `json` only.
struct RuntimeData {
  ByteVector json;                                  ///< as hashed
  ByteVector ak_public;                             ///< HCLAkPub as DER SubjectPublicKeyInfo
  std::shared_ptr<const crypto::PublicKey> ak_key;  ///< for the library: the same, decoded
  std::optional<ByteVector> ek_public;              ///< HCLEkPub
  VmConfiguration vm_configuration;
  std::optional<ByteVector> user_data;  ///< 64 bytes that the guest wrote before
  HardwareType hardware_type = HardwareType::snp;
};

// ---- parse: structure only ----------------------------------------------------------------------

/// At most 16 KiB. Errors: truncated, bad_magic, unsupported_version, unsupported_algorithm,
/// bad_length, reserved_not_zero at "hcl.report.…".
Result<Report> parse(Bytes in);

/// Errors: those of JSON; missing_field, duplicate_field, bad_key, bad_length at
/// "hcl.runtime_data.…".
Result<RuntimeData> parse_runtime_data(Bytes json);

/// Whether hardware that signed these 64 bytes of report data vouches for the report's runtime
/// data: their SHA-256, then zeros. Errors: digest_mismatch at "hcl.runtime_data" (hcl-05).
Result<Unit> binds(const Report& report, Bytes report_data);

/// One document with all parts (lib/hcl/README.md): the blob alone, or a "cupel.hcl/1" bundle.
struct Evidence {
  std::string form;  ///< "raw" or "cupel.hcl/1"
  Report report;
  std::vector<ByteVector> certificates;     ///< of the hardware's key, DER, any order
  std::vector<ByteVector> crls;             ///< DER
  std::optional<tpm::Evidence> tpm;         ///< quote, values and log of the virtual TPM
  std::vector<ByteVector> ak_certificates;  ///< of the attestation key, leaf first; may be empty
  std::optional<ByteVector> td_quote;       ///< the TD quote over the report, for a TDX machine
};
Result<Evidence> parse_evidence(Bytes in);

// ---- verify -------------------------------------------------------------------------------------

/// Establishes that the hardware vouches for the runtime data: `report` holds exactly the SNP
/// report that was verified, it is the paravisor's own (VMPL 0), and names the hash of the runtime
/// data.
///
/// Source:  Azure confidential VMs, guest attestation: HCL report.
/// Checks:  hcl-04 to hcl-07 (lib/hcl/README.md).
/// Errors:  digest_mismatch, out_of_range, unsupported_version, missing_field, bad_key, …
Result<Verified<RuntimeData>> verify(Report report, const Verified<snp::Report>& hardware);

/// Establishes that the TD whose quote was verified vouches for the runtime data: `report` holds a
/// TDREPORT of the same TD, with the same measurements and report data as the quote, and these name
/// the hash of the runtime data. What the quote does not repeat of the TDREPORT is not believed.
///
/// Source:  Azure confidential VMs, guest attestation: HCL report; Intel TDX Module 1.5.
/// Checks:  hcl-05 to hcl-07, hcl-10 (lib/hcl/README.md).
/// Errors:  digest_mismatch, bad_magic, unsupported_version, reserved_not_zero, missing_field,
///          bad_key, …
Result<Verified<RuntimeData>> verify(Report report, const Verified<tdx::Quote>& hardware);

/// The attestation key that the runtime data name, as trust for a quote.
Result<tpm::AkTrust> ak_trust(const Verified<RuntimeData>& runtime_data);

/// Claims of all three: family "hcl", with snp.* (or tdx.* and dcap.*), hcl.* and tpm.*.
Claims claims(const Verified<snp::Report>& hardware, const Verified<RuntimeData>& runtime_data);
Claims claims(const Verified<snp::Report>& hardware, const Verified<RuntimeData>& runtime_data,
              const Verified<tpm::Quote>& quote);
Claims claims(const Verified<tdx::Quote>& hardware, const Verified<RuntimeData>& runtime_data);
Claims claims(const Verified<tdx::Quote>& hardware, const Verified<RuntimeData>& runtime_data,
              const Verified<tpm::Quote>& quote);

/// AMD's roots and Intel's.
TrustAnchors vendor_anchors();

/// parse_evidence, the three verifications and claims in one call.
Result<Claims> evaluate(Bytes evidence, const Endorsements& endorsements,
                        const VerifyContext& context);

}  // namespace cupel::hcl

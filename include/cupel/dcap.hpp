// Intel's data center attestation (DCAP): what SGX and TDX quotes have in common.
#pragma once

#include <array>
#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/collateral.hpp>
#include <cupel/result.hpp>
#include <cupel/time.hpp>
#include <cupel/trust.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cupel::dcap {

/// Quotes larger than this are refused. Real ones have 4 to 6 KiB; GCE pads to 8,000 bytes.
inline constexpr std::size_t kMaxQuoteSize = 32U << 10U;

/// The first 48 bytes of every quote, little-endian.
struct Header {
  std::uint16_t version = 0;                    // 0x00, 2 bytes: 3 (SGX), 4 and 5 (SGX or TDX)
  std::uint16_t attestation_key_type = 0;       // 0x02, 2 bytes: 2, ECDSA P-256
  std::uint32_t tee_type = 0;                   // 0x04, 4 bytes: 0 SGX, 0x81 TDX; v3: reserved, 0
  std::uint16_t qe_svn = 0;                     // 0x08, 2 bytes: v3; reserved in v4 and v5
  std::uint16_t pce_svn = 0;                    // 0x0a, 2 bytes: v3; reserved in v4 and v5
  std::array<std::uint8_t, 16> qe_vendor_id{};  // 0x0c, 16 bytes: 939a…0607 is Intel
  std::array<std::uint8_t, 20> user_data{};     // 0x1c, 20 bytes: 16 of them name the QE's machine
};

/// An SGX report body (384 bytes): of an enclave, or of the quoting enclave itself.
struct SgxReport {
  std::array<std::uint8_t, 16> cpu_svn{};          // 0x000
  std::uint32_t misc_select = 0;                   // 0x010, 4 bytes LE
  std::array<std::uint8_t, 16> isv_ext_prod_id{};  // 0x020
  std::array<std::uint8_t, 16> attributes{};       // 0x030, flags 8 LE, xfrm 8 LE
  std::array<std::uint8_t, 32> mrenclave{};        // 0x040
  std::array<std::uint8_t, 32> mrsigner{};         // 0x080
  std::array<std::uint8_t, 64> config_id{};        // 0x0c0
  std::uint16_t isv_prod_id = 0;                   // 0x100
  std::uint16_t isv_svn = 0;                       // 0x102
  std::uint16_t config_svn = 0;                    // 0x104
  std::array<std::uint8_t, 16> isv_family_id{};    // 0x130
  std::array<std::uint8_t, 64> report_data{};      // 0x140
};

/// How a quote says which PCK certificate vouches for its quoting enclave.
enum class CertificationType : std::uint16_t {
  ppid_clear = 1,
  ppid_rsa2048 = 2,
  ppid_rsa3072 = 3,
  pck_leaf = 4,
  pck_chain = 5,
  qe_report = 6,  ///< the outer type of v4 and v5; never innermost
  platform_manifest = 7,
};

/// The platform as certification data of types 1 to 3 name it. Not signed by anything.
struct PlatformName {
  ByteVector ppid;  ///< 16 bytes, or the encrypted 256 or 384
  std::array<std::uint8_t, 16> cpu_svn{};
  std::uint16_t pce_svn = 0;
  std::optional<std::uint16_t> pce_id{};  ///< absent in the short form of type 1
};

struct CertificationData {
  CertificationType type = CertificationType::pck_chain;
  ByteVector data;                       ///< as it stands
  std::optional<PlatformName> platform;  ///< types 1 to 3
};

/// What follows the signed part of a quote.
struct SignatureData {
  std::array<std::uint8_t, 64> signature{};        ///< r || s over header and body
  std::array<std::uint8_t, 64> attestation_key{};  ///< x || y
  std::array<std::uint8_t, 384> qe_report_bytes{};
  SgxReport qe_report;
  std::array<std::uint8_t, 64> qe_report_signature{};
  ByteVector qe_auth_data;
  CertificationData certification;
};

/// The certificates of a quote, parsed. Nothing about them is authentic.
struct PckCertificates;  // lib/dcap

/// Intel's words for a patch level, in the order a reader would rank them.
enum class TcbStatus : std::uint8_t {
  up_to_date,
  sw_hardening_needed,
  configuration_needed,
  configuration_and_sw_hardening_needed,
  out_of_date,
  out_of_date_configuration_needed,
  td_relaunch_advised,
  td_relaunch_advised_configuration_needed,
  revoked,
};

std::string_view to_string(TcbStatus status) noexcept;  ///< "UpToDate", as Intel writes it

/// What the verified PCK certificate says about the platform.
struct Platform {
  std::array<std::uint8_t, 16> ppid{};
  std::array<std::uint8_t, 16> components{};  ///< SGX TCB component SVNs
  std::uint16_t pce_svn = 0;
  std::array<std::uint8_t, 16> cpu_svn{};
  std::array<std::uint8_t, 2> pce_id{};
  std::array<std::uint8_t, 6> fmspc{};
  std::uint8_t sgx_type = 0;  ///< 0 standard, 1 scalable, 2 scalable with integrity
  std::optional<std::array<std::uint8_t, 16>> platform_instance_id{};  ///< Platform CA only
  std::optional<bool> dynamic_platform{};
  std::optional<bool> cached_keys{};
  std::optional<bool> smt_enabled{};
};

/// What Intel's signed collateral says about a platform, at the time that was asked about.
struct Judgement {
  TcbStatus status = TcbStatus::revoked;    ///< of platform, TDX module and QE together
  std::vector<std::string> advisory_ids{};  ///< sorted; of every level that matched
  UnixTime tcb_date{0};                     ///< date of the platform's level
  std::uint32_t evaluation_data_number = 0;
  UnixTime issue_date{0};
  UnixTime next_update{0};
  TcbStatus platform_status = TcbStatus::revoked;  ///< of the platform's own level
  TcbStatus qe_status = TcbStatus::revoked;
  UnixTime qe_tcb_date{0};
  std::uint16_t qe_isv_svn = 0;
  std::uint32_t qe_evaluation_data_number = 0;
  UnixTime qe_issue_date{0};
  UnixTime qe_next_update{0};
  std::optional<TcbStatus> module_status{};  ///< TDX with a module identity
  std::string module_id{};                   ///< "TDX_01"
  std::optional<UnixTime> module_tcb_date{};
  /// Sentences: what is behind, by how much, since when, which advisories, what can be done.
  /// Empty exactly for up_to_date.
  std::vector<std::string> remarks{};
};

/// Vendor-signed documents, parsed once and used for any number of quotes. Immutable; copies share.
class Collateral {
 public:
  /// Sorts and parses what was brought; signatures and dates are judged by each verification.
  /// Reads certificates, crls, and the items tcb_info, tdx_tcb_info, qe_identity, td_qe_identity.
  /// Errors: those of strict JSON and certificates, at "dcap.tcb_info.…", "dcap.qe_identity.…",
  /// "endorsements.…".
  static Result<Collateral> parse(const Endorsements& endorsements);

  struct State;  ///< defined in lib/dcap
  const State& state() const noexcept { return *state_; }

 private:
  explicit Collateral(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

/// The quote in a buffer that its producer filled up with zeros, as GCE's and configfs' drivers do.
/// A step the caller takes on purpose: parse() refuses every byte after the quote.
/// Errors: truncated, unsupported_version, trailing_bytes (bytes that are not zero), too_large.
Result<Bytes> trim_zero_padding(Bytes buffer);

/// The same requests at a PCCS, Intel's caching service, instead of Intel's own addresses: `base`
/// is what its clients are configured with, "https://pccs.example:8081" with or without the path
/// "/sgx/certification/v4/". Other publishers' requests stay as they are. Who answers changes
/// nothing about what is believed: Intel's signatures are checked as ever.
/// Errors: invalid_argument at "pccs" (no http or https address, a query, another path's version).
Result<std::vector<CollateralRequest>> at_pccs(std::vector<CollateralRequest> requests,
                                               std::string_view base);

/// Intel SGX Root CA, by its key: Intel has issued two certificates for it.
TrustAnchors vendor_anchors();

}  // namespace cupel::dcap

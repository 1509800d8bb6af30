// AMD SEV-SNP attestation reports.
#pragma once

#include <array>
#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/claims.hpp>
#include <cupel/collateral.hpp>
#include <cupel/result.hpp>
#include <cupel/trust.hpp>
#include <cupel/uvm.hpp>
#include <cupel/verified.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cupel::snp {

inline constexpr std::size_t kReportSize = 0x4a0;
inline constexpr std::size_t kSignedSize = 0x2a0;  ///< the signature covers the bytes before it

/// What AMD endorses as one product: with one root, and one way to number patch levels.
enum class Product : std::uint8_t {
  milan,
  genoa,  ///< Bergamo and Siena are endorsed under this name too
  turin,
};
std::string_view to_string(Product product) noexcept;  ///< "Milan"

/// SIGNING_KEY of KEY_INFO. Other values are refused when parsed.
enum class SigningKey : std::uint8_t {
  vcek = 0,  ///< of the chip
  vlek = 1,  ///< lent by AMD to a cloud provider
  none = 7,
};
std::string_view to_string(SigningKey key) noexcept;  ///< "vcek"

/// TCB_VERSION as it stands. Which byte is which part depends on the product.
using TcbBytes = std::array<std::uint8_t, 8>;

/// Milan and Genoa: byte 0, 1, 6, 7; the others are reserved.
struct LegacyTcb {
  std::uint8_t boot_loader = 0;
  std::uint8_t tee = 0;
  std::uint8_t snp = 0;
  std::uint8_t microcode = 0;
  friend bool operator==(const LegacyTcb&, const LegacyTcb&) = default;
};
/// Turin: byte 0, 1, 2, 3, 7; the others are reserved.
struct TurinTcb {
  std::uint8_t fmc = 0;
  std::uint8_t boot_loader = 0;
  std::uint8_t tee = 0;
  std::uint8_t snp = 0;
  std::uint8_t microcode = 0;
  friend bool operator==(const TurinTcb&, const TurinTcb&) = default;
};
using Tcb = std::variant<LegacyTcb, TurinTcb>;

/// Errors: reserved_not_zero at `where`.
Result<Tcb> parse_tcb(Product product, const TcbBytes& bytes, std::string_view where);

/// One part of a TCB with its name: "boot_loader", "microcode", …
struct TcbPart {
  std::string_view name;
  std::uint8_t value;
};
std::vector<TcbPart> parts(const Tcb& tcb);

struct FirmwareVersion {
  std::uint8_t build = 0;
  std::uint8_t minor = 0;
  std::uint8_t major = 0;
};

struct CpuId {
  std::uint8_t family = 0;
  std::uint8_t model = 0;
  std::uint8_t stepping = 0;
};

/// The fields that all versions share. Offsets are into the report; integers are little-endian.
struct ReportBody {
  std::uint32_t version = 0;                         // 0x000
  std::uint32_t guest_svn = 0;                       // 0x004
  std::uint64_t policy = 0;                          // 0x008
  std::array<std::uint8_t, 16> family_id{};          // 0x010
  std::array<std::uint8_t, 16> image_id{};           // 0x020
  std::uint32_t vmpl = 0;                            // 0x030
  std::uint32_t signature_algo = 0;                  // 0x034
  TcbBytes current_tcb{};                            // 0x038
  std::uint64_t platform_info = 0;                   // 0x040
  bool author_key_en = false;                        // 0x048, bit 0
  bool mask_chip_key = false;                        // 0x048, bit 1
  SigningKey signing_key = SigningKey::none;         // 0x048, bits 4 to 2
  std::array<std::uint8_t, 64> report_data{};        // 0x050
  std::array<std::uint8_t, 48> measurement{};        // 0x090
  std::array<std::uint8_t, 32> host_data{};          // 0x0c0
  std::array<std::uint8_t, 48> id_key_digest{};      // 0x0e0
  std::array<std::uint8_t, 48> author_key_digest{};  // 0x110
  std::array<std::uint8_t, 32> report_id{};          // 0x140
  std::array<std::uint8_t, 32> report_id_ma{};       // 0x160
  TcbBytes reported_tcb{};                           // 0x180
  std::array<std::uint8_t, 64> chip_id{};            // 0x1a0
  TcbBytes committed_tcb{};                          // 0x1e0
  FirmwareVersion current;                           // 0x1e8
  FirmwareVersion committed;                         // 0x1ec
  TcbBytes launch_tcb{};                             // 0x1f0
  ByteVector signature_r;                            // 0x2a0, 48 bytes, big-endian
  ByteVector signature_s;                            // 0x2e8, 48 bytes, big-endian
};

/// Version 2 names no processor.
struct ReportV2 {
  ReportBody body;
};
struct ReportV3 {
  ReportBody body;
  CpuId cpuid;  // 0x188
};
/// The same layout as version 3.
struct ReportV4 {
  ReportBody body;
  CpuId cpuid;
};
struct ReportV5 {
  ReportBody body;
  CpuId cpuid;
  std::uint64_t launch_mit_vector = 0;   // 0x1f8
  std::uint64_t current_mit_vector = 0;  // 0x200
};

/// The key that signed a report, as its certificate describes it.
struct Vek {
  SigningKey kind = SigningKey::none;
  Product product = Product::milan;
  std::string product_name;  ///< as AMD writes it: "Milan-B0"
  ByteVector hwid;           ///< VCEK: 64 bytes, Turin 8
  std::string csp_id;        ///< VLEK: the provider it was lent to
  Sha256Digest spki_sha256{};
  std::string anchor;  ///< the label of the root the path ends in
  UnixTime not_before{0};
  UnixTime not_after{0};
};

/// A report: well formed, not authentic.
struct Report {
  ByteVector raw;  ///< as received
  std::variant<ReportV2, ReportV3, ReportV4, ReportV5> fields;
  std::optional<Vek> vek;  ///< set by verify(), which ignores what was here before

  const ReportBody& body() const noexcept;
  const CpuId* cpuid() const noexcept;  ///< nullptr in version 2
};

/// Which product a processor is; nullopt for one that is not known.
std::optional<Product> product_of(const CpuId& cpuid) noexcept;

// ---- parse: structure only; every byte is consumed ----------------------------------------------

/// The 1184 bytes of an ATTESTATION_REPORT, version 2 to 5.
/// Errors: truncated, trailing_bytes, unsupported_version, unsupported_algorithm,
/// reserved_not_zero, out_of_range at "snp.report.…".
Result<Report> parse(Bytes in);

/// The certificate table behind a report, at most 64 KiB: certificates (DER, or PEM), CRL.
struct CertificateTable {
  std::vector<ByteVector> certificates;
  std::vector<ByteVector> crls;
};
/// Errors: truncated, out_of_range, duplicate_field, reserved_not_zero, bad_encoding at
/// "snp.certificate_table.…".
Result<CertificateTable> parse_certificate_table(Bytes in);

/// A report with what came along. See lib/snp/README.md for the forms that are read.
struct Evidence {
  std::string form;  ///< "raw", "extended", "sidecar", "cupel.snp/1"
  Report report;
  std::vector<ByteVector> certificates;        ///< DER, any order
  std::vector<ByteVector> crls;                ///< DER
  std::optional<ByteVector> uvm_endorsements;  ///< COSE_Sign1; see verify_uvm
  std::optional<ByteVector> runtime_data;      ///< what REPORT_DATA is the hash of
};
/// Errors: those of parse, parse_certificate_table; bad_encoding, missing_field, unknown_field, …
/// at "snp.evidence.…".
Result<Evidence> parse_evidence(Bytes in);

/// Writes a "cupel.snp/1" bundle. parse_evidence() of it gives the same parts back.
std::string to_json(const Evidence& evidence);

// ---- verify -------------------------------------------------------------------------------------

/// Certificates and CRLs, parsed once: for whoever verifies many reports of few machines. Nothing
/// in it is believed before a verification has used it.
class VekTrust {
 public:
  /// Errors: bad_certificate, bad_key, bad_encoding, too_large at "endorsements.…".
  static Result<VekTrust> from(const Endorsements& endorsements);

  struct State;  ///< defined in lib/snp
  const State& state() const noexcept { return *state_; }

 private:
  explicit VekTrust(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

/// AMD's roots (ARK) by fingerprint.
TrustAnchors vendor_anchors();

/// What AMD publishes about the chip and product of this report.
/// Errors: none today; unsupported_version when the product is not known.
Result<std::vector<CollateralRequest>> needed(const Report& report);

/// Checks that `report` was signed by a genuine AMD processor, and seals it.
///
/// Source:    AMD 56860 (SEV-SNP Firmware ABI) 1.58, 7.3 and Table 23; AMD 57230 (VCEK and KDS
///            interface) 0.51, 3.
/// Checks:    snp-07 to snp-13, in that order (lib/snp/README.md).
/// Input:     report        read again from report.raw, so that nothing but those bytes speaks.
///            endorsements  the VCEK or VLEK certificate, ASK or ASVK, ARK, CRLs (DER), any order.
/// Returns:   the same report, sealed. Every field but the signature is covered by it; `vek` is
///            from the certificate that held.
/// Errors:    collateral_missing, untrusted_chain, bad_certificate, bad_signature, expired,
///            not_yet_valid, revoked, revocation_unknown, key_mismatch, bad_key, out_of_range,
///            reserved_not_zero.
/// Not done:  measurement, debug bit, VMPL, patch-level floors, freshness: see appraise().
Result<Verified<Report>> verify(Report report, const Endorsements& endorsements,
                                const VerifyContext& context);
Result<Verified<Report>> verify(Report report, const VekTrust& trust, const VerifyContext& context);

/// Whether REPORT_DATA is the SHA-256 of `data`, followed by 32 zero bytes.
/// Errors: digest_mismatch at "snp.report.report_data" (snp-14).
Result<Unit> binds(const Verified<Report>& report, Bytes data);

/// Establishes that the endorsement (COSE_Sign1) is the trusted issuer's, and of this report's
/// launch measurement. Errors: those of uvm::parse and uvm::verify; digest_mismatch at
/// "snp.uvm.launch_measurement". All are snp-15.
Result<Verified<uvm::Endorsement>> verify_uvm(const Verified<Report>& report, Bytes endorsement,
                                              const uvm::Trust& trust,
                                              const VerifyContext& context);

Claims claims(const Verified<Report>& report);

/// parse_evidence, verify, binds, verify_uvm (of Microsoft's container platform) and claims in one
/// call.
Result<Claims> evaluate(Bytes evidence, const Endorsements& endorsements,
                        const VerifyContext& context);

}  // namespace cupel::snp

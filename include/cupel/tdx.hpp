// Intel TDX: quotes of confidential virtual machines (trust domains, TDs).
#pragma once

#include <array>
#include <cupel/bytes.hpp>
#include <cupel/claims.hpp>
#include <cupel/collateral.hpp>
#include <cupel/dcap.hpp>
#include <cupel/result.hpp>
#include <cupel/trust.hpp>
#include <cupel/verified.hpp>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace cupel::tdx {

using Measurement = std::array<std::uint8_t, 48>;  ///< SHA-384

/// A TD report of TDX 1.0 (584 bytes).
struct TdReport10 {
  std::array<std::uint8_t, 16> tee_tcb_svn{};     // 0x000
  Measurement mrseam{};                           // 0x010
  Measurement mrsignerseam{};                     // 0x040, zeros: Intel
  std::array<std::uint8_t, 8> seam_attributes{};  // 0x070
  std::array<std::uint8_t, 8> td_attributes{};    // 0x078, LE
  std::array<std::uint8_t, 8> xfam{};             // 0x080, LE
  Measurement mrtd{};                             // 0x088
  Measurement mrconfigid{};                       // 0x0b8
  Measurement mrowner{};                          // 0x0e8
  Measurement mrownerconfig{};                    // 0x118
  std::array<Measurement, 4> rtmr{};              // 0x148
  std::array<std::uint8_t, 64> report_data{};     // 0x208
};

/// A TD report of TDX 1.5 (648 bytes): 1.0, and what an update without restart adds.
struct TdReport15 {
  TdReport10 base;
  std::array<std::uint8_t, 16> tee_tcb_svn_2{};  // 0x248: of the module that runs now
  Measurement mrservicetd{};                     // 0x258
};

/// A quote of version 4 or 5 with a TD report: well formed, not authentic.
struct Quote {
  ByteVector raw;  ///< exactly as received
  dcap::Header header;
  std::variant<TdReport10, TdReport15> report;
  dcap::SignatureData signature;
  std::shared_ptr<const dcap::PckCertificates> certificates{};  ///< a memory of parse()
  std::optional<dcap::Platform> platform{};  ///< set by verify(), which ignores what was here
  std::optional<dcap::Judgement> tcb{};      ///< set by verify()

  /// The fields that both bodies have.
  const TdReport10& body() const noexcept {
    const auto* newer = std::get_if<TdReport15>(&report);
    return newer != nullptr ? newer->base : *std::get_if<TdReport10>(&report);
  }
};

/// Every byte is consumed, reserved ones are zero; at most 32 KiB. Errors: as sgx::parse, at
/// "tdx.report.…"; bad_magic at "dcap.header.tee_type" for an SGX quote.
Result<Quote> parse(Bytes in);

TrustAnchors vendor_anchors();

/// What Intel's PCS serves about this quote's platform.
Result<std::vector<CollateralRequest>> needed(Bytes evidence);

/// Establishes that a genuine Intel processor with a genuine TDX module runs the TD, and judges
/// their patch level.
Result<Verified<Quote>> verify(Quote quote, const dcap::Collateral& collateral,
                               const VerifyContext& context);

/// What an event log says about quoted registers: digests in the order they were extended, of the
/// registers that it explains. Types and data of events are covered by nothing and are not here.
struct BootLog {
  struct Event {
    unsigned rtmr = 0;
    ByteVector digest;  ///< SHA-384
  };
  std::vector<unsigned> explained;  ///< RTMR 0 to 3, ascending
  std::vector<Event> events;
};

/// Establishes that a CC event log (ACPI CCEL: TCG2, SHA-384, register 1 to 4 for RTMR 0 to 3)
/// explains the quoted registers it mentions. Errors: those of the log's structure at
/// "tpm.event_log.…"; digest_mismatch at "tdx.event_log.rtmr.<i>"; out_of_range,
/// unsupported_algorithm, missing_field at "tdx.event_log…".
Result<Verified<BootLog>> replay(Bytes log, const Verified<Quote>& quote);

Claims claims(const Verified<Quote>& quote);

/// A quote, a "cupel.tdx/1" document (quote and event log), or an X.509 certificate with a quote
/// inside (RA-TLS), to claims in one call.
Result<Claims> evaluate(Bytes evidence, const Endorsements& endorsements,
                        const VerifyContext& context);

}  // namespace cupel::tdx

// From SVNs to a patch level: which level of Intel's collateral a platform has reached.
#pragma once

#include <cupel/dcap.hpp>
#include <optional>

#include "dcap/tcb_info.hpp"

namespace cupel::dcap {

inline constexpr std::string_view kTcbLevel = "dcap.tcb_level";
inline constexpr std::string_view kTdxModule = "dcap.tdx_module";

/// What a TD report says about the TDX module below it.
struct TdxSvns {
  Components tee_tcb_svn{};
  std::optional<Components> tee_tcb_svn_2{};  ///< TDX 1.5: of the module that runs now
  std::array<std::uint8_t, 48> mrsignerseam{};
  std::array<std::uint8_t, 8> seam_attributes{};
};

/// Both statuses as one: what either asks of the owner is asked.
/// Source: Intel SGX DCAP quote verification library, convergence of TCB, TDX module and QE status;
/// the words it never has to combine are combined by the same rule.
TcbStatus converge(TcbStatus platform, TcbStatus other) noexcept;

/// Everything that a platform, a quoting enclave and a TDX module (`tdx`, for a TD) amount to.
/// Dates are not judged here.
/// Checks:  dcap-14 to dcap-17.
/// Errors:  collateral_mismatch, key_mismatch, revoked at "dcap.tcb_level", "dcap.tdx_module",
///          "dcap.qe_identity.tcbLevels".
Result<Judgement> judge(const TcbInfo& info, const QeIdentity& identity, const Platform& platform,
                        std::uint16_t qe_isv_svn, const TdxSvns* tdx);

/// What the levels of a judgement rest on, for its remarks.
struct Matched {
  const TcbInfo& info;
  const QeIdentity& identity;
  const Platform& platform;
  const TdxSvns* tdx;
  const TcbLevel& level;
  const SvnLevel& qe;
  const TdxModule* module;       ///< nullptr without a module identity
  const SvnLevel* module_level;  ///< likewise
};

/// Sentences for people; none for up_to_date.
std::vector<std::string> remarks(const Judgement& judgement, const Matched& matched);

}  // namespace cupel::dcap

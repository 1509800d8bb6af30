// What Collateral holds.
#pragma once

#include <cupel/dcap.hpp>
#include <optional>
#include <vector>

#include "crypto/x509.hpp"
#include "dcap/tcb_info.hpp"

namespace cupel::dcap {

// The kinds of requests and items.
inline constexpr std::string_view kTcbInfoItem = "tcb_info";
inline constexpr std::string_view kTdxTcbInfoItem = "tdx_tcb_info";
inline constexpr std::string_view kQeIdentityItem = "qe_identity";
inline constexpr std::string_view kTdQeIdentityItem = "td_qe_identity";

struct Collateral::State {
  std::vector<crypto::Certificate> certificates;
  std::vector<crypto::Crl> crls;
  std::optional<TcbInfo> sgx_tcb_info;
  std::optional<TcbInfo> tdx_tcb_info;
  std::optional<QeIdentity> qe_identity;
  std::optional<QeIdentity> td_qe_identity;
};

/// The kind of an item that these documents are stored under.
std::string_view item_of(const TcbInfo& info) noexcept;
std::string_view item_of(const QeIdentity& identity) noexcept;

}  // namespace cupel::dcap

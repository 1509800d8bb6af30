// What an evidence family offers to the generic callers. The registry is families.def.
#pragma once

#include <cupel/claims.hpp>
#include <cupel/collateral.hpp>
#include <cupel/explain.hpp>
#include <cupel/result.hpp>
#include <cupel/trust.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cupel {

struct Family {
  std::string_view id;
  std::string_view title;  ///< one line for `cupel families`
  std::span<const ClaimDef> claims;
  std::span<const CheckInfo> checks;
  bool (*looks_like)(Bytes evidence);  ///< a hint, never trusted
  TrustAnchors (*vendor_anchors)();
  Result<std::vector<CollateralRequest>> (*needed)(Bytes evidence);
  Result<Claims> (*evaluate)(Bytes evidence, const Endorsements& endorsements,
                             const VerifyContext& context);
  Result<std::string> (*describe)(Bytes evidence);
  /// Why a register has another value than a reference log gives it; nothing when the claim is no
  /// register, the evidence has no log, or the logs agree about it. May be null: no logs here.
  Result<std::optional<std::string>> (*explain_register)(Bytes evidence, Bytes reference_log,
                                                         std::string_view claim) = nullptr;
  /// Sorts a file of this vendor's own form into the endorsements; false when it is none. May be
  /// null: certificates and CRLs are all there is. One family speaks for all of a vendor's.
  Result<bool> (*take_endorsement)(Endorsements& endorsements, Bytes file) = nullptr;
};

/// The registry's families in order.
std::span<const Family* const> registry();

/// By id, or nullptr.
const Family* find_family(std::string_view id);

}  // namespace cupel

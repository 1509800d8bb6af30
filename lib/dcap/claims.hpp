// The claims that SGX and TDX quotes share.
#pragma once

#include <cupel/claims.hpp>
#include <cupel/dcap.hpp>
#include <span>

namespace cupel::dcap {

inline constexpr std::size_t kSharedClaimCount = 25;

/// dcap.*; families append it to their own table.
const std::array<ClaimDef, kSharedClaimCount>& shared_claims();

/// Adds dcap.* and common.tcb_status.
void add_shared_claims(ClaimsBuilder& builder, const Header& header, const SignatureData& data,
                       const Platform& platform, const Judgement& tcb);

}  // namespace cupel::dcap

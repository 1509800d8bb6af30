// The room's claim table.
#pragma once

#include <cupel/claims.hpp>
#include <span>

namespace cupel::maa {

std::span<const ClaimDef> claim_definitions();

}  // namespace cupel::maa

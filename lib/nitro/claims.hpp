// The table of claims.
#pragma once

#include <cupel/nitro.hpp>
#include <span>

namespace cupel::nitro {

std::span<const ClaimDef> claim_definitions();

}  // namespace cupel::nitro

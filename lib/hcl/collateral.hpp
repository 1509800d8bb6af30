// What a verification of given evidence would like to have besides it.
#pragma once

#include <cupel/hcl.hpp>

namespace cupel::hcl {

Result<std::vector<CollateralRequest>> needed(Bytes evidence);

}  // namespace cupel::hcl

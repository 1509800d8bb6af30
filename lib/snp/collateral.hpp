// What a verification of given evidence would like to have besides it.
#pragma once

#include <cupel/snp.hpp>

namespace cupel::snp {

Result<std::vector<CollateralRequest>> needed_by(const Evidence& evidence);
/// For the registry.
Result<std::vector<CollateralRequest>> needed_for(Bytes evidence);

}  // namespace cupel::snp

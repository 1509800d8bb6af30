// needed(), from bytes.
#pragma once

#include <cupel/nitro.hpp>

namespace cupel::nitro {

Result<std::vector<CollateralRequest>> needed_for(Bytes evidence);

}  // namespace cupel::nitro

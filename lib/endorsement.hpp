// What the readers of endorsements and the sources they come from agree on.
#pragma once

#include <cstddef>

namespace cupel {

/// One document larger than this is refused.
inline constexpr std::size_t kMaxCollateralSize = 16U << 20U;

}  // namespace cupel

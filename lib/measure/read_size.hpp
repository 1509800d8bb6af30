// How much of a file is read and hashed in one go.
#pragma once

#include <cstddef>

namespace cupel::measure {

/// What was just read must still be in a core's second-level cache, beside what it was copied from:
/// with four times as much a third of the speed is gone.
inline constexpr std::size_t kReadAtOnce = 64U << 10U;

}  // namespace cupel::measure

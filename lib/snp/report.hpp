// Where things stand in a report, for error offsets.
#pragma once

#include <cstddef>
#include <cupel/snp.hpp>

namespace cupel::snp {

inline constexpr std::size_t kCpuidOffset = 0x188;

}  // namespace cupel::snp

// What the readers of evidence share.
#pragma once

#include <algorithm>
#include <cupel/snp.hpp>

namespace cupel::snp {

inline constexpr std::string_view kBundle = "cupel.snp/1";

}  // namespace cupel::snp

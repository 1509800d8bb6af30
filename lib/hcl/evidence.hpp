// What the readers of evidence share.
#pragma once

#include <cupel/hcl.hpp>

namespace cupel::hcl {

inline constexpr std::string_view kBundle = "cupel.hcl/1";

}  // namespace cupel::hcl

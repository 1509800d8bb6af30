// The pages of this family's checks.
#pragma once

#include <cupel/explain.hpp>
#include <span>

namespace cupel::hcl {

std::span<const CheckInfo> check_pages();

}  // namespace cupel::hcl

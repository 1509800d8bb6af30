// The pages of this family's checks.
#pragma once

#include <cupel/explain.hpp>
#include <span>

namespace cupel::snp {

std::span<const CheckInfo> check_pages();

}  // namespace cupel::snp

// The pages of this family's checks.
#pragma once

#include <cupel/explain.hpp>
#include <span>

namespace cupel::nitro {

std::span<const CheckInfo> check_pages();

}  // namespace cupel::nitro

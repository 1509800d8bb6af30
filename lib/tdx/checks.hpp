// The pages of this family's checks.
#pragma once

#include <cupel/explain.hpp>
#include <span>

namespace cupel::tdx {

/// This family's own, and those that it shares with SGX.
std::span<const CheckInfo> check_pages();

}  // namespace cupel::tdx

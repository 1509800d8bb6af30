// The pages of this family's checks.
#pragma once

#include <cupel/explain.hpp>
#include <span>

namespace cupel::sgx {

/// This family's own, and those that it shares with TDX.
std::span<const CheckInfo> check_pages();

}  // namespace cupel::sgx

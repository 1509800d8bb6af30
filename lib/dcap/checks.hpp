// The pages of the checks that every quote goes through.
#pragma once

#include <array>
#include <cupel/explain.hpp>

namespace cupel::dcap {

inline constexpr std::size_t kSharedCheckCount = 18;

const std::array<CheckInfo, kSharedCheckCount>& shared_checks();

}  // namespace cupel::dcap

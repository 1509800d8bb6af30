// The pages of the checks that appraise() makes.
#pragma once

#include <cupel/explain.hpp>
#include <span>

namespace cupel {

/// policy-01 … policy-09, sorted by id.
std::span<const CheckInfo> appraise_checks();

}  // namespace cupel

// The pages of the checks that a session makes.
#pragma once

#include <cupel/explain.hpp>
#include <span>

namespace cupel {

/// tls-01 … tls-10, sorted by id.
std::span<const CheckInfo> session_checks();

}  // namespace cupel

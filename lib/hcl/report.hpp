// Sizes of the container's parts.
#pragma once

#include <cstddef>
#include <cupel/hcl.hpp>

namespace cupel::hcl {

inline constexpr std::size_t kHeaderSize = 32;
inline constexpr std::size_t kHardwareArea = snp::kReportSize;
inline constexpr std::size_t kTdReportSize = 1024;
inline constexpr std::size_t kTdReportData = 128;  ///< offset of REPORTDATA in a TDREPORT
inline constexpr std::size_t kReportDataSize = 64;

}  // namespace cupel::hcl

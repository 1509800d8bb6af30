// The TDREPORT of a TDX machine, which the quote beside it repeats in part.
#pragma once

#include <cupel/tdx.hpp>

namespace cupel::hcl {

inline constexpr std::string_view kTdReport = "hcl.td_report";

/// TDREPORT_STRUCT, 1024 bytes: structure, and the two digests that hold its parts together. Its
/// MAC means something on the machine that made it, and nowhere else.
/// Errors: truncated, trailing_bytes, bad_magic, unsupported_version, reserved_not_zero,
/// digest_mismatch at "hcl.td_report.…" (hcl-10).
Result<tdx::TdReport15> parse_td_report(Bytes in);

/// Whether every field that the quote has is the TDREPORT's. Errors: digest_mismatch at
/// "hcl.td_report.<field>" (hcl-07).
Result<Unit> is_of(const tdx::TdReport15& report, const tdx::Quote& quote);

}  // namespace cupel::hcl

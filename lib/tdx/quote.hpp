// A TDX quote's parts.
#pragma once

#include <cupel/tdx.hpp>

#include "dcap/level.hpp"
#include "dcap/quote.hpp"

namespace cupel::tdx {

/// The parts of a quote, which must have a TD report for its body. Errors: those of parse().
Result<dcap::Parts> parse_parts(Bytes in);

/// The body of `parts`. Errors at "tdx.report.…".
Result<std::variant<TdReport10, TdReport15>> parse_report(const dcap::Parts& parts);

/// What a report says about the TDX module.
dcap::TdxSvns svns_of(const std::variant<TdReport10, TdReport15>& report);

}  // namespace cupel::tdx

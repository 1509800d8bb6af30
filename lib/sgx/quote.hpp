// An SGX quote's parts.
#pragma once

#include <cupel/sgx.hpp>

#include "dcap/quote.hpp"

namespace cupel::sgx {

/// The parts of a quote, which must have an SGX report for its body. Errors: those of parse().
Result<dcap::Parts> parse_parts(Bytes in);

}  // namespace cupel::sgx

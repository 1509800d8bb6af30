// Writing PCR values, for bundles.
#pragma once

#include <cupel/tpm.hpp>

namespace cupel::tpm {

/// The `marshaled` form: parse_pcrs_marshaled() of it gives the same values back, for any values
/// that a parser returned with a claimed selection.
ByteVector marshal_pcrs(const PcrValues& values);

}  // namespace cupel::tpm

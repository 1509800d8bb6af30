// The envelope, for the files of this room.
#pragma once

#include <cupel/uvm.hpp>

#include "codec/cose.hpp"

namespace cupel::uvm {

inline constexpr std::string_view kCose = "uvm.cose";
inline constexpr std::string_view kChain = "uvm.x5chain";

/// COSE_Sign1 with PS384.
Result<cose::Sign1> parse_envelope(Bytes in);

}  // namespace cupel::uvm

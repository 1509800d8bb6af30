// What comes as TDX evidence: a bare quote.
#pragma once

#include <cupel/tdx.hpp>

namespace cupel::tdx {

struct Evidence {
  Bytes quote;
};

/// Errors: those of the container.
inline Result<Evidence> find_quote(Bytes evidence) {
  return Evidence{evidence};
}

}  // namespace cupel::tdx

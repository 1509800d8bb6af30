// What comes as SGX evidence: a bare quote.
#pragma once

#include <cupel/sgx.hpp>

namespace cupel::sgx {

struct Evidence {
  Bytes quote;
};

/// Errors: those of the container.
inline Result<Evidence> find_quote(Bytes evidence) {
  return Evidence{evidence};
}

}  // namespace cupel::sgx

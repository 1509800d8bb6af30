// What comes as evidence of this family.
#pragma once

#include <cupel/sgx.hpp>
#include <optional>

#include "dcap/ratls.hpp"

namespace cupel::sgx {

struct Evidence {
  ByteVector quote;
  std::optional<dcap::RaTls> ratls;  ///< set when the quote came inside a certificate
};

/// Errors: those of the container.
Result<Evidence> find_quote(Bytes evidence);

}  // namespace cupel::sgx

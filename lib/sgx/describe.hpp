// The parsed fields, for people who look at a document.
#pragma once

#include <cupel/sgx.hpp>
#include <string>

namespace cupel::sgx {

/// A JSON text with every field of the evidence. Structure only: nothing in it is authentic.
Result<std::string> describe(Bytes evidence);

}  // namespace cupel::sgx

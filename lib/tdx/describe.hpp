// The parsed fields, for people who look at a document.
#pragma once

#include <cupel/tdx.hpp>
#include <string>

namespace cupel::tdx {

/// A JSON text with every field of the evidence. Structure only: nothing in it is authentic.
Result<std::string> describe(Bytes evidence);

}  // namespace cupel::tdx

// The fields of a document for people.
#pragma once

#include <cupel/hcl.hpp>

namespace cupel::hcl {

/// JSON text. Structure only: nothing in it is authentic.
Result<std::string> describe(Bytes evidence);

}  // namespace cupel::hcl

// The parsed fields, for people who look at a document.
#pragma once

#include <cupel/tpm.hpp>
#include <string>

namespace cupel::tpm {

/// A JSON text with every field of the document. Structure only: nothing in it is authentic.
Result<std::string> describe(Bytes evidence);

}  // namespace cupel::tpm

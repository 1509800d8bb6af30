// The fields of a document for people.
#pragma once

#include <cupel/snp.hpp>

namespace cupel::snp {

/// JSON text. Structure only: nothing in it is authentic.
Result<std::string> describe(Bytes evidence);

}  // namespace cupel::snp

// Names of TPM algorithms, as the bindings take them.
#pragma once

#include <cupel/tpm.hpp>
#include <string>

namespace cupel::python {

/// Errors: invalid_argument at "bank".
tpm::HashAlg hash_by_name(const std::string& name);

}  // namespace cupel::python

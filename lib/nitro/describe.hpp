// The parsed fields for people.
#pragma once

#include <cupel/nitro.hpp>

namespace cupel::nitro {

Result<std::string> describe(Bytes evidence);

}  // namespace cupel::nitro

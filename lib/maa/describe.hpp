// A token's fields for people.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <string>

namespace cupel::maa {

/// Header and payload as JSON; nothing in it is authentic. Errors: as parse_evidence().
Result<std::string> describe(Bytes evidence);

}  // namespace cupel::maa

// TOML 1.0, strictly what JSON can say as well: no dates, no infinities. The only place that calls
// a TOML library.
#pragma once

#include <string_view>

#include "codec/json.hpp"

namespace cupel::toml {

/// The document's table. A key twice, and everything the specification forbids, is refused.
/// Limits: 1 MiB, 32 levels. Errors: bad_encoding (also for a date, a time, an infinity), too_large
/// at `where`, with the byte offset of the line that is wrong where there is one.
Result<json::Value> parse(std::string_view text, std::string_view where);

}  // namespace cupel::toml

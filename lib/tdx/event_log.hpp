// Event logs of TDX machines.
#pragma once

#include <cupel/tdx.hpp>
#include <optional>
#include <string>

#include "tdx/evidence.hpp"

namespace cupel::tdx {

/// In words, the first event at which the document's log departs from a reference log for the
/// register of `claim` ("tdx.rtmr.1"); nothing when there is none.
Result<std::optional<std::string>> explain_register(Bytes evidence, Bytes reference_log,
                                                    std::string_view claim);

}  // namespace cupel::tdx

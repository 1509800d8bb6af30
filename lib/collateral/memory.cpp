#include "collateral/sources.hpp"

namespace cupel {

Result<Endorsements> MemorySource::fetch_all(std::span<const CollateralRequest> requests) {
  Endorsements out;
  for (const CollateralRequest& request : requests) {
    const auto found = documents_.find(request.cache_key);
    if (found == documents_.end()) {
      return Error{Code::collateral_missing, "collateral." + request.kind, kNoOffset,
                   "nothing is stored as " + request.cache_key};
    }
    CUPEL_TRY([[maybe_unused]] auto added, add_answer(out, request, found->second));
  }
  return out;
}

}  // namespace cupel

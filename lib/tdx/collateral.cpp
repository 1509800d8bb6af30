// What a verification of given evidence would like to have besides it.
#include "dcap/requests.hpp"
#include "tdx/evidence.hpp"
#include "tdx/quote.hpp"

namespace cupel::tdx {

Result<std::vector<CollateralRequest>> needed(Bytes evidence) {
  CUPEL_TRY(const Evidence found, find_quote(evidence));
  CUPEL_TRY(const dcap::Parts parts, parse_parts(found.quote));
  return dcap::requests(parts);
}

}  // namespace cupel::tdx

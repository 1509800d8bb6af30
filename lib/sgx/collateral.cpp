// What a verification of given evidence would like to have besides it.
#include "dcap/requests.hpp"
#include "sgx/evidence.hpp"
#include "sgx/quote.hpp"

namespace cupel::sgx {

Result<std::vector<CollateralRequest>> needed(Bytes evidence) {
  CUPEL_TRY(const Evidence found, find_quote(evidence));
  CUPEL_TRY(const dcap::Parts parts, parse_parts(found.quote));
  return dcap::requests(parts);
}

}  // namespace cupel::sgx

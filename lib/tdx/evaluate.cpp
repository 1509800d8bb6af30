// From evidence to claims in one call.
#include "tdx/claims.hpp"
#include "tdx/evidence.hpp"

namespace cupel::tdx {

Result<Claims> evaluate(Bytes evidence, const Endorsements& endorsements,
                        const VerifyContext& context) {
  CUPEL_TRY(const Evidence found, find_quote(evidence));
  CUPEL_TRY(Quote parsed, parse(found.quote));
  CUPEL_TRY(const auto collateral, dcap::Collateral::parse(endorsements));
  CUPEL_TRY(const Verified<Quote> quote, verify(std::move(parsed), collateral, context));
  ClaimsBuilder builder("tdx", quote);
  add_quote_claims(builder, quote);
  return std::move(builder).build();
}

}  // namespace cupel::tdx

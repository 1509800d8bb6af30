// From bytes to claims in one call.
#include <cupel/nitro.hpp>

namespace cupel::nitro {

Result<Claims> evaluate(Bytes evidence, const Endorsements& endorsements,
                        const VerifyContext& context) {
  CUPEL_TRY(Document document, parse(evidence));
  CUPEL_TRY(const Verified<Document> verified, verify(std::move(document), endorsements, context));
  return claims(verified);
}

}  // namespace cupel::nitro

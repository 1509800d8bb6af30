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
  ClaimsBuilder builder = begin_claims(quote);
  if (found.ratls) {
    CUPEL_TRY([[maybe_unused]] auto bound,
              dcap::verify_binding(*found.ratls, quote->body().report_data));
    builder
        .set("dcap.ratls.spki_sha256",
             to_vector(found.ratls->certificate.public_key().spki_sha256()))
        .proved("the quote binds the public key of the certificate that it came in")
        .not_proved(
            "that whoever shows the certificate holds its key: a TLS handshake with it "
            "proves that");
  }
  if (found.event_log) {
    CUPEL_TRY(const Verified<BootLog> log, replay(*found.event_log, quote));
    add_log_claims(builder, log);
  }
  return std::move(builder).build();
}

}  // namespace cupel::tdx

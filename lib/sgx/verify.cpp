// Establishes that an SGX quote is authentic. The only place that makes a Verified<sgx::Quote>.
#include "dcap/verify.hpp"

#include "sgx/quote.hpp"

namespace cupel {
namespace detail {

template <>
struct Sealer<sgx::Quote> {
  static Verified<sgx::Quote> seal(sgx::Quote quote, Assurance assurance) {
    return {std::move(quote), std::move(assurance)};
  }
};

}  // namespace detail

namespace sgx {

/// Source:    see dcap::establish.
/// Checks:    sgx-01, dcap-01 to dcap-15 (lib/dcap/README.md).
/// Input:     quote       read again from quote.raw, so that nothing but the signed bytes speaks.
///            collateral  Intel's, parsed once for any number of quotes.
/// Returns:   the quote, sealed: header and report are signed; of the rest, what the checks tied to
///            Intel's root.
/// Errors:    those of parse() and dcap::establish().
/// Not done:  measurements, debug, freshness, which patch level is good enough: see appraise().
Result<Verified<Quote>> verify(Quote quote, const dcap::Collateral& collateral,
                               const VerifyContext& context) {
  CUPEL_TRY(dcap::Parts parts, parse_parts(quote.raw));
  CUPEL_TRY(quote.report, dcap::parse_sgx_report(parts.body, "sgx.report", parts.body_offset));
  CUPEL_TRY(dcap::Facts facts,
            dcap::establish(parts, quote.certificates, nullptr, collateral, context));
  quote.header = parts.header;
  quote.signature = std::move(parts.signature);
  quote.platform = std::move(facts.platform);
  quote.tcb = std::move(facts.tcb);
  facts.assurance.proved.emplace_back(
      "the enclave with this MRENCLAVE ran on that processor and chose the report data");
  facts.assurance.not_proved.emplace_back(
      "who has the machine in hand: SGX does not keep its owner from physical attacks and side "
      "channels");
  return detail::Sealer<Quote>::seal(std::move(quote), std::move(facts.assurance));
}

}  // namespace sgx
}  // namespace cupel

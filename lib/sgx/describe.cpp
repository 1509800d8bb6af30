#include "sgx/describe.hpp"

#include "dcap/describe.hpp"
#include "sgx/evidence.hpp"

namespace cupel::sgx {

Result<std::string> describe(Bytes evidence) {
  CUPEL_TRY(const Evidence found, find_quote(evidence));
  CUPEL_TRY(const Quote quote, parse(found.quote));
  json::Object out;
  out.emplace_back("report", dcap::describe_report(quote.report));
  dcap::describe_parts(out, quote.header, quote.signature);
  if (found.ratls) {
    out.emplace_back("certificate", dcap::describe_certificate(found.ratls->certificate));
  }
  return json::dump(out, 2);
}

}  // namespace cupel::sgx

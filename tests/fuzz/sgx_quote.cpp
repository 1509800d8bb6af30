// Target: cupel::sgx::parse, needed     Max input: 32 KiB     Seeds: evidence of tests/vectors/sgx
// Property: accepted bytes are kept; every field is what a second reading by fixed offsets finds,
// and what is no field is zero; a quote that is cut or followed by a byte is no quote; padding with
// zeros is taken off exactly.
#include <cupel/sgx.hpp>
#include <cupel/tdx.hpp>

#include "second_quote.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cupel;
  using fuzz::must;
  const Bytes in(data, size);
  const auto quote = sgx::parse(in);
  if (!quote) {
    must(quote.error().code != Code::internal);
    return 0;
  }
  must(fuzz::same(quote->raw, in));
  const fuzz::QuotePlaces places(in);
  fuzz::check_header(places, quote->header);
  must(places.body_size == 384 && (places.version != 5 || places.quote.little(48, 2) == 1));
  fuzz::check_report(places.quote, places.body, quote->report);
  fuzz::check_signature(places, quote->signature);
  fuzz::check_end(in, sgx::parse);
  must(!tdx::parse(in).ok());
  const auto requests = sgx::needed(in);
  must(requests.ok() && !requests->empty());
  return 0;
}

// Target: cupel::tdx::parse, needed     Max input: 32 KiB     Seeds: evidence of tests/vectors/tdx
// Property: as sgx_quote.cpp, for TD reports of both sizes.
#include <cupel/sgx.hpp>
#include <cupel/tdx.hpp>

#include "second_quote.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a fuzz target
using fuzz::must;

void check_report(const fuzz::Places& in, std::size_t at, const tdx::TdReport10& found) {
  must(in.same(at, found.tee_tcb_svn) && in.same(at + 16, found.mrseam));
  must(in.same(at + 64, found.mrsignerseam) && in.same(at + 112, found.seam_attributes));
  must(in.same(at + 120, found.td_attributes) && in.same(at + 128, found.xfam));
  must(in.same(at + 136, found.mrtd) && in.same(at + 184, found.mrconfigid));
  must(in.same(at + 232, found.mrowner) && in.same(at + 280, found.mrownerconfig));
  for (std::size_t i = 0; i < found.rtmr.size(); ++i) {
    must(in.same(at + 328 + 48 * i, found.rtmr.at(i)));
  }
  must(in.same(at + 520, found.report_data));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in(data, size);
  const auto quote = tdx::parse(in);
  if (!quote) {
    must(quote.error().code != Code::internal);
    return 0;
  }
  must(fuzz::same(quote->raw, in));
  const fuzz::QuotePlaces places(in);
  fuzz::check_header(places, quote->header);
  check_report(places.quote, places.body, quote->body());
  const auto* newer = std::get_if<tdx::TdReport15>(&quote->report);
  must(places.body_size == (newer != nullptr ? 648U : 584U));
  must(places.version != 5 || places.quote.little(48, 2) == (newer != nullptr ? 3U : 2U));
  must(newer == nullptr || (places.quote.same(places.body + 584, newer->tee_tcb_svn_2) &&
                            places.quote.same(places.body + 600, newer->mrservicetd)));
  fuzz::check_signature(places, quote->signature);
  fuzz::check_end(in, tdx::parse);
  must(!sgx::parse(in).ok());
  const auto requests = tdx::needed(in);
  must(requests.ok() && !requests->empty());
  return 0;
}

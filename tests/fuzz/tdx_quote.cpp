// Target: cupel::tdx::parse, needed     Max input: 32 KiB     Seeds: evidence of tests/vectors/tdx
// Property: as sgx_quote.cpp, for TD reports of both sizes.
#include <algorithm>
#include <cupel/sgx.hpp>
#include <cupel/tdx.hpp>

namespace {

using cupel::Bytes;

bool same(Bytes a, Bytes b) {
  return std::ranges::equal(a, b);
}

void must(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in(data, size);
  const auto quote = cupel::tdx::parse(in);
  if (!quote) {
    must(quote.error().code != cupel::Code::internal);
    return 0;
  }
  must(same(quote->raw, in));
  const std::size_t body = quote->header.version == 5 ? 54 : 48;
  const auto& report = quote->body();
  must(same(report.tee_tcb_svn, in.subspan(body, 16)));
  must(same(report.mrtd, in.subspan(body + 136, 48)));
  for (std::size_t i = 0; i < report.rtmr.size(); ++i) {
    must(same(report.rtmr.at(i), in.subspan(body + 328 + 48 * i, 48)));
  }
  must(same(report.report_data, in.subspan(body + 520, 64)));
  const auto* newer = std::get_if<cupel::tdx::TdReport15>(&quote->report);
  must(newer == nullptr || same(newer->tee_tcb_svn_2, in.subspan(body + 584, 16)));
  const std::size_t signature = body + (newer != nullptr ? 648 : 584) + 4;
  must(same(quote->signature.signature, in.subspan(signature, 64)));
  must(!cupel::sgx::parse(in).ok());
  must(!cupel::tdx::parse(in.first(size - 1)).ok());
  cupel::ByteVector padded = cupel::to_vector(in);
  padded.push_back(0);
  must(!cupel::tdx::parse(padded).ok());
  const auto requests = cupel::tdx::needed(in);
  must(requests.ok() && !requests->empty());
  return 0;
}

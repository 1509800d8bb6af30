// Target: cupel::sgx::parse, needed     Max input: 32 KiB     Seeds: evidence of tests/vectors/sgx
// Property: accepted bytes are kept; the fields are those that a second reading by fixed offsets
// finds; a quote that is cut or followed by a byte is no quote; padding with zeros is taken off
// exactly.
#include <algorithm>
#include <cupel/sgx.hpp>

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
  const auto quote = cupel::sgx::parse(in);
  if (!quote) {
    must(quote.error().code != cupel::Code::internal);
    return 0;
  }
  must(same(quote->raw, in));
  const std::size_t body = quote->header.version == 5 ? 54 : 48;
  must(quote->header.version == in[0] + 256U * in[1]);
  must(same(quote->report.mrenclave, in.subspan(body + 64, 32)));
  must(same(quote->report.mrsigner, in.subspan(body + 128, 32)));
  must(same(quote->report.report_data, in.subspan(body + 320, 64)));
  must(same(quote->signature.signature, in.subspan(body + 388, 64)));
  must(same(quote->signature.attestation_key, in.subspan(body + 452, 64)));
  must(!cupel::sgx::parse(in.first(size - 1)).ok());
  cupel::ByteVector padded = cupel::to_vector(in);
  padded.push_back(0);
  must(!cupel::sgx::parse(padded).ok());
  if (padded.size() <= cupel::dcap::kMaxQuoteSize) {
    const auto trimmed = cupel::dcap::trim_zero_padding(padded);
    must(trimmed.ok() && same(*trimmed, in));
  }
  const auto requests = cupel::sgx::needed(in);
  must(requests.ok() && !requests->empty());
  return 0;
}

// Target: cupel::hcl::parse, parse_runtime_data     Max input: 16 KiB
// Seeds: blobs of tests/vectors/hcl
// Property: what is accepted is kept as it is, its parts are pieces of it, and zeros behind change
// nothing.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cupel/hcl.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cupel::Bytes in(data, size);
  if (const auto runtime = cupel::hcl::parse_runtime_data(in);
      runtime && (runtime->json != cupel::to_vector(in) || runtime->ak_public.empty())) {
    __builtin_trap();
  }
  const auto report = cupel::hcl::parse(in);
  if (!report) {
    if (report.error().code == cupel::Code::internal || report.error().check.empty()) {
      __builtin_trap();
    }
    return 0;
  }
  constexpr std::size_t kJson = 1236;
  const auto json = in.subspan(kJson, report->runtime_data.size());
  if (report->raw != cupel::to_vector(in) || !std::ranges::equal(json, report->runtime_data)) {
    __builtin_trap();
  }
  cupel::ByteVector longer = report->raw;
  longer.push_back(0);
  const auto again = cupel::hcl::parse(longer);
  if (longer.size() <= 16U << 10U && (!again || again->runtime_data != report->runtime_data)) {
    __builtin_trap();
  }
  return 0;
}

// Target: cupel::snp::parse     Max input: 4 KiB     Seeds: reports of tests/vectors/snp
// Property: what is accepted is 1184 bytes, kept as they are, read the same again; every reserved
// place is zero, so that no two reports differ in one only.
#include <cstddef>
#include <cstdint>
#include <cupel/snp.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cupel::Bytes in(data, size);
  const auto report = cupel::snp::parse(in);
  if (!report) {
    if (report.error().code == cupel::Code::internal || report.error().check.empty()) {
      __builtin_trap();
    }
    return 0;
  }
  const auto& body = report->body();
  if (report->raw != cupel::to_vector(in) || size != cupel::snp::kReportSize ||
      body.version != report->fields.index() + 2 || body.vmpl > 3 ||
      (report->cpuid() == nullptr) != (body.version == 2)) {
    __builtin_trap();
  }
  for (std::size_t i = 0x330; i < size; ++i) {
    if (in[i] != 0) {
      __builtin_trap();
    }
  }
  if (!cupel::snp::needed(*report).ok()) {
    __builtin_trap();
  }
  return 0;
}

// The container: header, hardware report, runtime data.
#include "hcl/report.hpp"

#include "base/reader.hpp"

namespace cupel::hcl {
namespace {

constexpr std::size_t kMaxSize = 16U << 10U;
constexpr std::uint32_t kMagic = 0x414c4348;  // "HCLA"
constexpr std::uint32_t kTrustedVm = 3;
constexpr std::uint32_t kSha256 = 1;
constexpr std::size_t kDataHeaderSize = 20;

// CHECK hcl-01
void read_header(ByteReader& r, Report& out, std::uint32_t& report_size) {
  if (r.u32le("signature") != kMagic) {
    r.fail(Code::bad_magic, "signature", "does not begin with HCLA");
  }
  out.version = r.u32le("version");
  if (r.ok() && out.version != 1 && out.version != 2) {
    r.fail(Code::unsupported_version, "version", std::to_string(out.version));
  }
  report_size = r.u32le("report_size");
  out.request_type = r.u32le("request_type");
  if (r.u32le("status") != 0) {
    r.fail(Code::out_of_range, "status", "the paravisor reports an error");
  }
  r.zeros(12, "reserved");
}

struct DataHeader {
  std::uint32_t data_size = 0;
  std::uint32_t report_type = 0;
  std::uint32_t size = 0;
};

void read_data_header(ByteReader& r, DataHeader& out) {
  out.data_size = r.u32le("data_size");
  if (r.u32le("data_version") != 1) {
    r.fail(Code::unsupported_version, "data_version");
  }
  out.report_type = r.u32le("report_type");
  // CHECK hcl-03
  if (r.ok() && out.report_type != static_cast<std::uint32_t>(HardwareType::snp) &&
      out.report_type != static_cast<std::uint32_t>(HardwareType::tdx)) {
    r.fail(Code::unsupported_version, "report_type",
           out.report_type == kTrustedVm ? "a trusted VM: no hardware vouches for it"
                                         : "unknown hardware");
  }
  if (r.u32le("hash_type") != kSha256) {
    r.fail(Code::unsupported_algorithm, "hash_type", "not SHA-256");
  }
  out.size = r.u32le("variable_data_size");
}

std::string_view check_of(const Error& error) {
  const bool type = error.where == "hcl.report.report_type" ||
                    error.where == "hcl.report.hash_type" ||
                    error.where == "hcl.report.data_version";
  const bool header = error.code == Code::bad_magic || error.where == "hcl.report.version" ||
                      error.where == "hcl.report.status" || error.where == "hcl.report.reserved";
  return type && error.code != Code::truncated     ? "hcl-03"
         : header && error.code != Code::truncated ? "hcl-01"
                                                   : "hcl-02";
}

}  // namespace

std::string_view to_string(HardwareType type) noexcept {
  switch (type) {
    case HardwareType::snp:
      return "snp";
    case HardwareType::tdx:
      return "tdx";
  }
  return "unknown";
}

Result<Report> parse(Bytes in) {
  if (in.size() > kMaxSize) {
    return Error{Code::too_large, "hcl.report", kMaxSize, "more than 16 KiB", "hcl-02"};
  }
  ByteReader r(in, "hcl.report");
  Report out;
  std::uint32_t report_size = 0;
  DataHeader data;
  read_header(r, out, report_size);
  const Bytes hardware = r.view(kHardwareArea, "hardware_report");
  read_data_header(r, data);
  // CHECK hcl-02
  if (r.ok() && (data.size > kMaxSize || data.data_size != kDataHeaderSize + data.size)) {
    r.fail(Code::bad_length, "data_size", "the two sizes of the runtime data disagree");
  }
  if (r.ok() && report_size != kHeaderSize + kHardwareArea + data.data_size) {
    r.fail(Code::bad_length, "report_size", "not the size of what follows");
  }
  const Bytes json = r.view(r.ok() ? data.size : 0, "runtime_data");
  r.zeros(r.remaining(), "padding");  // the NV index is longer than its content
  if (auto end = r.finish(); !end) {
    Error error = std::move(end).error();
    const std::string check(check_of(error));
    return failed(check, std::move(error));
  }
  out.hardware_type = static_cast<HardwareType>(data.report_type);
  const bool tdx = out.hardware_type == HardwareType::tdx;
  const std::size_t used = tdx ? kTdReportSize : kHardwareArea;
  ByteReader rest(hardware.subspan(used), "hcl.report", kHeaderSize + used);
  rest.zeros(hardware.size() - used, "hardware_report");
  if (auto end = rest.finish(); !end) {
    return failed("hcl-02", std::move(end).error());
  }
  out.hardware_report = to_vector(hardware.first(used));
  out.runtime_data = to_vector(json);
  out.raw = to_vector(in);
  return out;
}

}  // namespace cupel::hcl

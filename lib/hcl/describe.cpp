#include "hcl/describe.hpp"

#include "base/hex.hpp"
#include "codec/json.hpp"
#include "snp/describe.hpp"
#include "tdx/describe.hpp"
#include "tpm/describe.hpp"

namespace cupel::hcl {
namespace {

// What another family says about its part, as a value.
Result<json::Value> part(Result<std::string> text) {
  if (!text) {
    return std::move(text).error();
  }
  return json::parse(*text, "hcl.describe");
}

}  // namespace

Result<std::string> describe(Bytes evidence) {
  CUPEL_TRY(const Evidence parsed, parse_evidence(evidence));
  const Report& report = parsed.report;
  json::Object out{{"form", parsed.form},
                   {"hcl", json::Object{{"version", std::uint64_t{report.version}},
                                        {"request_type", std::uint64_t{report.request_type}},
                                        {"report_type", to_string(report.hardware_type)},
                                        {"runtime_data", as_text(report.runtime_data)}}}};
  if (report.hardware_type == HardwareType::snp) {
    CUPEL_TRY(json::Value hardware, part(snp::describe(report.hardware_report)));
    out.emplace_back("snp", std::move(hardware));
  } else {
    out.emplace_back("td_report", to_hex(report.hardware_report));
  }
  if (parsed.td_quote) {
    CUPEL_TRY(json::Value hardware, part(tdx::describe(*parsed.td_quote)));
    out.emplace_back("tdx", std::move(hardware));
  }
  if (parsed.tpm) {
    const std::string document = tpm::to_json(*parsed.tpm);
    CUPEL_TRY(json::Value quote, part(tpm::describe(as_bytes(document))));
    out.emplace_back("tpm", std::move(quote));
  }
  if (!parsed.certificates.empty() || !parsed.ak_certificates.empty()) {
    out.emplace_back("certificates", std::uint64_t{parsed.certificates.size()});
    out.emplace_back("ak_certificates", std::uint64_t{parsed.ak_certificates.size()});
  }
  return json::dump(out, 2);
}

}  // namespace cupel::hcl

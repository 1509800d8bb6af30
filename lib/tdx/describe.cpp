#include "tdx/describe.hpp"

#include "base/hex.hpp"
#include "dcap/describe.hpp"
#include "tdx/evidence.hpp"

namespace cupel::tdx {
namespace {

json::Object describe_report(const Quote& quote) {
  const TdReport10& report = quote.body();
  json::Array rtmr;
  for (const Measurement& value : report.rtmr) {
    rtmr.emplace_back(to_hex(value));
  }
  json::Object out{{"tee_tcb_svn", to_hex(report.tee_tcb_svn)},
                   {"mrseam", to_hex(report.mrseam)},
                   {"mrsignerseam", to_hex(report.mrsignerseam)},
                   {"seam_attributes", to_hex(report.seam_attributes)},
                   {"td_attributes", to_hex(report.td_attributes)},
                   {"xfam", to_hex(report.xfam)},
                   {"mrtd", to_hex(report.mrtd)},
                   {"mrconfigid", to_hex(report.mrconfigid)},
                   {"mrowner", to_hex(report.mrowner)},
                   {"mrownerconfig", to_hex(report.mrownerconfig)},
                   {"rtmr", std::move(rtmr)},
                   {"report_data", to_hex(report.report_data)}};
  if (const auto* newer = std::get_if<TdReport15>(&quote.report)) {
    out.emplace_back("tee_tcb_svn_2", to_hex(newer->tee_tcb_svn_2));
    out.emplace_back("mrservicetd", to_hex(newer->mrservicetd));
  }
  return out;
}

}  // namespace

Result<std::string> describe(Bytes evidence) {
  CUPEL_TRY(const Evidence found, find_quote(evidence));
  CUPEL_TRY(const Quote quote, parse(found.quote));
  json::Object out;
  out.emplace_back("report", describe_report(quote));
  dcap::describe_parts(out, quote.header, quote.signature);
  if (found.ratls) {
    out.emplace_back("certificate", dcap::describe_certificate(found.ratls->certificate));
  }
  return json::dump(out, 2);
}

}  // namespace cupel::tdx

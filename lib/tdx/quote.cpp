// Bytes to a structure, nothing believed. Source: Intel TDX DCAP Quoting Library API, A.3.2 (TD
// quote body), and the TDX module's TDREPORT for version 1.5.
#include "tdx/quote.hpp"

#include "dcap/pck.hpp"

namespace cupel::tdx {
namespace {

constexpr std::string_view kWhere = "tdx.report";

TdReport10 read_report10(ByteReader& r) {
  TdReport10 out;
  out.tee_tcb_svn = r.bytes<16>("tee_tcb_svn");         // 0x000
  out.mrseam = r.bytes<48>("mrseam");                   // 0x010
  out.mrsignerseam = r.bytes<48>("mrsignerseam");       // 0x040
  out.seam_attributes = r.bytes<8>("seam_attributes");  // 0x070
  out.td_attributes = r.bytes<8>("td_attributes");      // 0x078
  out.xfam = r.bytes<8>("xfam");                        // 0x080
  out.mrtd = r.bytes<48>("mrtd");                       // 0x088
  out.mrconfigid = r.bytes<48>("mrconfigid");           // 0x0b8
  out.mrowner = r.bytes<48>("mrowner");                 // 0x0e8
  out.mrownerconfig = r.bytes<48>("mrownerconfig");     // 0x118
  for (Measurement& rtmr : out.rtmr) {                  // 0x148
    rtmr = r.bytes<48>("rtmr");
  }
  out.report_data = r.bytes<64>("report_data");  // 0x208
  return out;
}

}  // namespace

Result<dcap::Parts> parse_parts(Bytes in) {
  CUPEL_TRY(dcap::Parts parts, dcap::parse_parts(in));
  // CHECK tdx-01
  if (parts.body_type == dcap::BodyType::sgx) {
    return Error{Code::bad_magic, "dcap.header.tee_type", 4,
                 "the quote is of an SGX enclave, not of a TDX machine", "tdx-01"};
  }
  return parts;
}

Result<std::variant<TdReport10, TdReport15>> parse_report(const dcap::Parts& parts) {
  ByteReader r(parts.body, kWhere, parts.body_offset);
  TdReport10 base = read_report10(r);
  if (parts.body_type == dcap::BodyType::td_10) {
    CUPEL_TRY([[maybe_unused]] auto end, r.finish());
    return std::variant<TdReport10, TdReport15>(base);
  }
  TdReport15 out{base, r.bytes<16>("tee_tcb_svn_2"), r.bytes<48>("mrservicetd")};
  CUPEL_TRY([[maybe_unused]] auto end, r.finish());
  return std::variant<TdReport10, TdReport15>(out);
}

dcap::TdxSvns svns_of(const std::variant<TdReport10, TdReport15>& report) {
  const auto* newer = std::get_if<TdReport15>(&report);
  const TdReport10& base = newer != nullptr ? newer->base : *std::get_if<TdReport10>(&report);
  dcap::TdxSvns out;
  out.tee_tcb_svn = base.tee_tcb_svn;
  out.mrsignerseam = base.mrsignerseam;
  out.seam_attributes = base.seam_attributes;
  if (newer != nullptr) {
    out.tee_tcb_svn_2 = newer->tee_tcb_svn_2;
  }
  return out;
}

Result<Quote> parse(Bytes in) {
  CUPEL_TRY(dcap::Parts parts, parse_parts(in));
  Quote out;
  CUPEL_TRY(out.report, parse_report(parts));
  out.header = parts.header;
  CUPEL_TRY(out.certificates, dcap::read_certificates(parts.signature.certification));
  out.signature = std::move(parts.signature);
  out.raw = to_vector(in);
  return out;
}

}  // namespace cupel::tdx

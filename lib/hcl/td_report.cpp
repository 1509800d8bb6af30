// TDREPORT_STRUCT. Source: Intel TDX Module 1.5 ABI Reference Specification, 4.6.1 (REPORTMACSTRUCT
// of 256 bytes, TEE_TCB_INFO of 239, 17 reserved, TDINFO_STRUCT of 512).
#include "hcl/td_report.hpp"

#include <algorithm>

#include "base/reader.hpp"
#include "crypto/digest.hpp"
#include "hcl/report.hpp"

namespace cupel::hcl {
namespace {

constexpr std::uint8_t kTdx = 0x81;
constexpr std::size_t kTeeTcbInfo = 256;
constexpr std::size_t kTeeTcbInfoSize = 239;
constexpr std::size_t kTdInfo = 512;
constexpr std::size_t kTdInfoSize = 512;

struct Digests {
  tdx::Measurement tee_tcb_info{};
  tdx::Measurement td_info{};
};

void read_mac_struct(ByteReader& r, tdx::TdReport15& out, Digests& digests) {
  const auto type = r.bytes<4>("report_type");  // 0x000: type, subtype, version, reserved
  if (r.ok() && (type.at(0) != kTdx || type.at(1) != 0 || type.at(3) != 0)) {
    r.fail(Code::bad_magic, "report_type", "not a TDREPORT");
  }
  if (r.ok() && type.at(2) > 1) {  // 1: service TDs are bound to the TD
    r.fail(Code::unsupported_version, "report_type", "version " + std::to_string(type.at(2)));
  }
  r.zeros(12, "reserved_0x04");                        // 0x004
  r.view(16, "cpu_svn");                               // 0x010, the quote does not repeat it
  digests.tee_tcb_info = r.bytes<48>("tee_tcb_hash");  // 0x020
  digests.td_info = r.bytes<48>("td_info_hash");       // 0x050
  out.base.report_data = r.bytes<64>("report_data");   // 0x080
  r.zeros(32, "reserved_0xc0");                        // 0x0c0
  r.view(32, "mac");                                   // 0x0e0
}

void read_tee_tcb_info(ByteReader& r, tdx::TdReport15& out) {
  r.view(8, "valid");                                        // 0x100, covered by tee_tcb_hash
  out.base.tee_tcb_svn = r.bytes<16>("tee_tcb_svn");         // 0x108
  out.base.mrseam = r.bytes<48>("mrseam");                   // 0x118
  out.base.mrsignerseam = r.bytes<48>("mrsignerseam");       // 0x148
  out.base.seam_attributes = r.bytes<8>("seam_attributes");  // 0x178
  out.tee_tcb_svn_2 = r.bytes<16>("tee_tcb_svn_2");          // 0x180; zeros before TDX 1.5
  r.zeros(95, "reserved_0x190");                             // 0x190
  r.zeros(17, "reserved_0x1ef");                             // 0x1ef
}

void read_td_info(ByteReader& r, tdx::TdReport15& out) {
  out.base.td_attributes = r.bytes<8>("td_attributes");   // 0x200
  out.base.xfam = r.bytes<8>("xfam");                     // 0x208
  out.base.mrtd = r.bytes<48>("mrtd");                    // 0x210
  out.base.mrconfigid = r.bytes<48>("mrconfigid");        // 0x240
  out.base.mrowner = r.bytes<48>("mrowner");              // 0x270
  out.base.mrownerconfig = r.bytes<48>("mrownerconfig");  // 0x2a0
  for (tdx::Measurement& rtmr : out.base.rtmr) {          // 0x2d0
    rtmr = r.bytes<48>("rtmr");
  }
  out.mrservicetd = r.bytes<48>("mrservicetd");  // 0x390; zeros before TDX 1.5
  r.zeros(64, "reserved_0x3c0");                 // 0x3c0
}

Result<Unit> digest_holds(Bytes part, const tdx::Measurement& stated, std::string_view field) {
  if (!crypto::equal(crypto::digest(crypto::Hash::sha384, part), stated)) {
    return Error{Code::digest_mismatch, std::string(kTdReport) + "." + std::string(field),
                 kNoOffset, "not the SHA-384 of its part of the TDREPORT", "hcl-10"};
  }
  return Unit{};
}

}  // namespace

// CHECK hcl-10
Result<tdx::TdReport15> parse_td_report(Bytes in) {
  ByteReader r(in, kTdReport, kHeaderSize);
  tdx::TdReport15 out;
  Digests digests;
  read_mac_struct(r, out, digests);
  read_tee_tcb_info(r, out);
  read_td_info(r, out);
  if (auto end = r.finish(); !end) {
    return failed("hcl-10", std::move(end).error());
  }
  CUPEL_TRY([[maybe_unused]] auto tcb, digest_holds(in.subspan(kTeeTcbInfo, kTeeTcbInfoSize),
                                                    digests.tee_tcb_info, "tee_tcb_hash"));
  CUPEL_TRY([[maybe_unused]] auto info,
            digest_holds(in.subspan(kTdInfo, kTdInfoSize), digests.td_info, "td_info_hash"));
  return out;
}

Result<Unit> is_of(const tdx::TdReport15& report, const tdx::Quote& quote) {
  const tdx::TdReport10& stated = report.base;
  const tdx::TdReport10& quoted = quote.body();
  const auto* newer = std::get_if<tdx::TdReport15>(&quote.report);
  struct Field {
    std::string_view name;
    bool same;
  };
  const std::array fields = {
      Field{"tee_tcb_svn", stated.tee_tcb_svn == quoted.tee_tcb_svn},
      Field{"mrseam", stated.mrseam == quoted.mrseam},
      Field{"mrsignerseam", stated.mrsignerseam == quoted.mrsignerseam},
      Field{"seam_attributes", stated.seam_attributes == quoted.seam_attributes},
      Field{"td_attributes", stated.td_attributes == quoted.td_attributes},
      Field{"xfam", stated.xfam == quoted.xfam},
      Field{"mrtd", stated.mrtd == quoted.mrtd},
      Field{"mrconfigid", stated.mrconfigid == quoted.mrconfigid},
      Field{"mrowner", stated.mrowner == quoted.mrowner},
      Field{"mrownerconfig", stated.mrownerconfig == quoted.mrownerconfig},
      Field{"rtmr", stated.rtmr == quoted.rtmr},
      Field{"report_data", stated.report_data == quoted.report_data},
      Field{"tee_tcb_svn_2", newer == nullptr || report.tee_tcb_svn_2 == newer->tee_tcb_svn_2},
      Field{"mrservicetd", newer == nullptr || report.mrservicetd == newer->mrservicetd},
  };
  const auto* other =
      std::find_if(fields.begin(), fields.end(), [](const Field& field) { return !field.same; });
  // The rest of hcl-07: an SNP report is compared whole, in verify.cpp.
  if (other != fields.end()) {
    return Error{Code::digest_mismatch, std::string(kTdReport) + "." + std::string(other->name),
                 kNoOffset, "another TD's report than the one that was quoted", "hcl-07"};
  }
  return Unit{};
}

}  // namespace cupel::hcl

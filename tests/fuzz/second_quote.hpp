// Quotes read a second time: the places of Intel's tables (SGX ECDSA QuoteLibReference DCAP API,
// A.4; TDX DCAP Quoting Library API, A.3).
#pragma once

#include <cupel/dcap.hpp>

#include "second_reading.hpp"

namespace cupel::fuzz {

/// Where header, body and signature data begin, by version and by the lengths that stand there.
struct QuotePlaces {
  explicit QuotePlaces(Bytes in) : quote(in) {
    version = quote.little(0, 2);
    body = version == 5 ? 54 : 48;
    const bool td = quote.little(4, 4) == 0x81;
    body_size = version == 5 ? static_cast<std::size_t>(quote.little(50, 4)) : td ? 584 : 384;
    signature = body + body_size + 4;
    const std::size_t wrapped = version == 3 ? 0 : 6;
    must(quote.little(signature - 4, 4) == in.size() - signature);
    must(wrapped == 0 || quote.little(signature + 128, 2) == 6);
    must(wrapped == 0 || quote.little(signature + 130, 4) == in.size() - signature - 134);
    qe_report = signature + 128 + wrapped;
    auth = qe_report + 384 + 64 + 2;
    certification = auth + static_cast<std::size_t>(quote.little(auth - 2, 2)) + 6;
    must(quote.little(certification - 4, 4) == in.size() - certification);
  }

  Places quote;
  std::uint64_t version = 0;
  std::size_t body = 0;
  std::size_t body_size = 0;
  std::size_t signature = 0;
  std::size_t qe_report = 0;
  std::size_t auth = 0;
  std::size_t certification = 0;
};

inline void check_header(const QuotePlaces& places, const dcap::Header& found) {
  const Places& in = places.quote;
  must(found.version == places.version && found.attestation_key_type == in.little(2, 2));
  must(found.attestation_key_type == 2 && found.tee_type == in.little(4, 4));
  if (found.version == 3) {
    must(found.tee_type == 0 && found.qe_svn == in.little(8, 2));
    must(found.pce_svn == in.little(10, 2));
  } else {
    must(in.zeros(8, 4) && found.qe_svn == 0 && found.pce_svn == 0);
  }
  must(in.same(12, found.qe_vendor_id) && in.same(28, found.user_data));
}

inline void check_report(const Places& in, std::size_t at, const dcap::SgxReport& found) {
  must(in.same(at, found.cpu_svn) && found.misc_select == in.little(at + 16, 4));
  must(in.zeros(at + 20, 12) && in.same(at + 32, found.isv_ext_prod_id));
  must(in.same(at + 48, found.attributes) && in.same(at + 64, found.mrenclave));
  must(in.zeros(at + 96, 32) && in.same(at + 128, found.mrsigner));
  must(in.zeros(at + 160, 32) && in.same(at + 192, found.config_id));
  must(found.isv_prod_id == in.little(at + 256, 2) && found.isv_svn == in.little(at + 258, 2));
  must(found.config_svn == in.little(at + 260, 2) && in.zeros(at + 262, 42));
  must(in.same(at + 304, found.isv_family_id) && in.same(at + 320, found.report_data));
}

inline void check_platform(const Places& in, const dcap::CertificationData& found) {
  const auto type = static_cast<unsigned>(found.type);
  must(found.platform.has_value() == (type <= 3));
  if (!found.platform) {
    return;
  }
  const std::size_t ppid = type == 1 ? 16 : type == 2 ? 256 : 384;
  must(found.platform->ppid.size() == ppid && in.same(0, found.platform->ppid));
  must(in.same(ppid, found.platform->cpu_svn));
  must(found.platform->pce_svn == in.little(ppid + 16, 2));
  must(in.size() == ppid + (found.platform->pce_id ? 20 : 18));
  must(!found.platform->pce_id || *found.platform->pce_id == in.little(ppid + 18, 2));
}

inline void check_signature(const QuotePlaces& places, const dcap::SignatureData& found) {
  const Places& in = places.quote;
  must(in.same(places.signature, found.signature));
  must(in.same(places.signature + 64, found.attestation_key));
  must(in.same(places.qe_report, found.qe_report_bytes));
  check_report(in, places.qe_report, found.qe_report);
  must(in.same(places.qe_report + 384, found.qe_report_signature));
  must(found.qe_auth_data.size() == in.little(places.auth - 2, 2));
  must(in.same(places.auth, found.qe_auth_data));
  must(static_cast<std::uint64_t>(found.certification.type) ==
       in.little(places.certification - 6, 2));
  must(same(found.certification.data, in.from(places.certification)));
  check_platform(Places(found.certification.data), found.certification);
}

/// A quote ends where it says, and nothing but zeros can be taken off behind it.
template <class Parse>
void check_end(Bytes in, const Parse& parse) {
  must(!parse(in.first(in.size() - 1)).ok());
  ByteVector padded = to_vector(in);
  padded.push_back(0);
  must(!parse(padded).ok());
  if (padded.size() <= dcap::kMaxQuoteSize) {
    const auto trimmed = dcap::trim_zero_padding(padded);
    must(trimmed.ok() && same(*trimmed, in));
  }
}

}  // namespace cupel::fuzz

// Bytes to a structure, nothing believed.
#include "sgx/quote.hpp"

#include "dcap/pck.hpp"

namespace cupel::sgx {

Result<dcap::Parts> parse_parts(Bytes in) {
  CUPEL_TRY(dcap::Parts parts, dcap::parse_parts(in));
  // CHECK sgx-01
  if (parts.body_type != dcap::BodyType::sgx) {
    return Error{Code::bad_magic, "dcap.header.tee_type", 4,
                 "the quote is of a TDX machine, not of an SGX enclave", "sgx-01"};
  }
  return parts;
}

Result<Quote> parse(Bytes in) {
  CUPEL_TRY(dcap::Parts parts, parse_parts(in));
  Quote out;
  CUPEL_TRY(out.report, dcap::parse_sgx_report(parts.body, "sgx.report", parts.body_offset));
  out.header = parts.header;
  CUPEL_TRY(out.certificates, dcap::read_certificates(parts.signature.certification));
  out.signature = std::move(parts.signature);
  out.raw = to_vector(in);
  return out;
}

}  // namespace cupel::sgx

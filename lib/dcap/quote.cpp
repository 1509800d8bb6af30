// Bytes to structures. Source: Intel SGX ECDSA QuoteLibReference DCAP API, appendix A.4 (quote
// version 3); Intel TDX DCAP Quoting Library API, appendix A.3 (versions 4 and 5). Little-endian.
#include "dcap/quote.hpp"

#include <algorithm>

namespace cupel::dcap {
namespace {

constexpr std::string_view kHeader = "dcap.header";
constexpr std::string_view kSignature = "dcap.signature";
constexpr std::size_t kHeaderSize = 48;
constexpr std::uint16_t kEcdsaP256 = 2;
constexpr std::size_t kClearPpid = 16;
constexpr std::size_t kRsa2048Ppid = 256;
constexpr std::size_t kRsa3072Ppid = 384;
constexpr std::size_t kSvnsAndId = 16 + 2 + 2;  // CPUSVN, PCESVN, PCEID

Result<Header> parse_header(ByteReader& r) {
  Header out;
  out.version = r.u16le("version");
  out.attestation_key_type = r.u16le("attestation_key_type");
  out.tee_type = r.u32le("tee_type");
  CUPEL_TRY([[maybe_unused]] auto so_far, r.status());
  if (out.version < 3 || out.version > 5) {
    return Error{Code::unsupported_version, std::string(kHeader) + ".version", 0,
                 "version " + std::to_string(out.version)};
  }
  if (out.attestation_key_type != kEcdsaP256) {
    return Error{Code::unsupported_algorithm, std::string(kHeader) + ".attestation_key_type", 2,
                 "type " + std::to_string(out.attestation_key_type) + ", only ECDSA P-256 is read"};
  }
  if (out.version == 3 ? out.tee_type != 0 : out.tee_type != kTeeSgx && out.tee_type != kTeeTdx) {
    return Error{out.version == 3 ? Code::reserved_not_zero : Code::out_of_range,
                 std::string(kHeader) + ".tee_type", 4};
  }
  if (out.version == 3) {
    out.qe_svn = r.u16le("qe_svn");
    out.pce_svn = r.u16le("pce_svn");
  } else {
    r.zeros(4, "reserved");
  }
  out.qe_vendor_id = r.bytes<16>("qe_vendor_id");
  out.user_data = r.bytes<20>("user_data");
  CUPEL_TRY([[maybe_unused]] auto read, r.status());
  return out;
}

Result<BodyType> body_type(ByteReader& r, const Header& header) {
  if (header.version != 5) {
    return header.tee_type == kTeeTdx ? BodyType::td_10 : BodyType::sgx;
  }
  const std::uint16_t type = r.u16le("body_type");
  const std::uint32_t size = r.u32le("body_size");
  CUPEL_TRY([[maybe_unused]] auto read, r.status());
  const auto refused = [&](Code code, std::string_view field, std::size_t offset) {
    return Error{code, std::string(kHeader) + "." + std::string(field), offset};
  };
  if (type < 1 || type > 3 || (type == 1) != (header.tee_type == kTeeSgx)) {
    return refused(Code::out_of_range, "body_type", kHeaderSize);
  }
  constexpr std::array<std::size_t, 3> kSizes = {kSgxReportSize, kTdReport10Size, kTdReport15Size};
  if (size != kSizes.at(type - 1U)) {
    return refused(Code::bad_length, "body_size", kHeaderSize + 2);
  }
  return static_cast<BodyType>(type);
}

std::size_t body_size(BodyType type) {
  switch (type) {
    case BodyType::sgx:
      return kSgxReportSize;
    case BodyType::td_10:
      return kTdReport10Size;
    case BodyType::td_15:
      return kTdReport15Size;
  }
  return 0;
}

Result<PlatformName> parse_platform(Bytes data, std::size_t ppid_size, bool short_form,
                                    std::size_t base) {
  ByteReader r(data, "dcap.certification.platform", base);
  PlatformName out;
  out.ppid = to_vector(r.view(ppid_size, "ppid"));
  out.cpu_svn = r.bytes<16>("cpu_svn");
  out.pce_svn = r.u16le("pce_svn");
  if (!short_form) {
    out.pce_id = r.u16le("pce_id");
  }
  CUPEL_TRY([[maybe_unused]] auto end, r.finish());
  return out;
}

Result<CertificationData> parse_certification(std::uint16_t type, Bytes data, std::size_t base) {
  CertificationData out;
  out.data = to_vector(data);
  out.type = static_cast<CertificationType>(type);
  switch (out.type) {
    case CertificationType::ppid_clear: {
      // The specification's text has no PCEID here, the structure of its header file has one.
      const bool short_form = data.size() < kClearPpid + kSvnsAndId;
      CUPEL_TRY(out.platform, parse_platform(data, kClearPpid, short_form, base));
      return out;
    }
    case CertificationType::ppid_rsa2048: {
      CUPEL_TRY(out.platform, parse_platform(data, kRsa2048Ppid, false, base));
      return out;
    }
    case CertificationType::ppid_rsa3072: {
      CUPEL_TRY(out.platform, parse_platform(data, kRsa3072Ppid, false, base));
      return out;
    }
    case CertificationType::pck_leaf:
    case CertificationType::pck_chain:
    case CertificationType::platform_manifest:
      if (data.empty()) {
        return Error{Code::truncated, "dcap.certification.data", base, "it is empty"};
      }
      return out;
    case CertificationType::qe_report:
      return Error{Code::out_of_range, "dcap.certification.type", base,
                   "QE report certification data inside itself, or in version 3"};
  }
  return Error{Code::out_of_range, "dcap.certification.type", base, "type " + std::to_string(type)};
}

// From the QE report on, which versions 4 and 5 wrap into certification data of type 6.
Result<Unit> parse_qe_part(ByteReader& r, SignatureData& out) {
  const std::size_t report_offset = r.offset();
  out.qe_report_bytes = r.bytes<kSgxReportSize>("qe_report");
  out.qe_report_signature = r.bytes<64>("qe_report_signature");
  const std::uint16_t auth_size = r.u16le("qe_auth_size");
  out.qe_auth_data = to_vector(r.view(auth_size, "qe_auth_data"));
  const std::uint16_t type = r.u16le("certification.type");
  const std::uint32_t size = r.u32le("certification.size");
  const std::size_t data_offset = r.offset();
  const Bytes data = r.view(size, "certification.data");
  CUPEL_TRY([[maybe_unused]] auto end, r.finish());
  CUPEL_TRY(out.qe_report, parse_sgx_report(out.qe_report_bytes, "dcap.qe_report", report_offset));
  CUPEL_TRY(out.certification, parse_certification(type, data, data_offset));
  return Unit{};
}

Result<SignatureData> parse_signature(Bytes in, std::uint16_t version, std::size_t base) {
  ByteReader r(in, kSignature, base);
  SignatureData out;
  out.signature = r.bytes<64>("signature");
  out.attestation_key = r.bytes<64>("attestation_key");
  if (version == 3) {
    CUPEL_TRY([[maybe_unused]] auto done, parse_qe_part(r, out));
    return out;
  }
  const std::size_t type_offset = r.offset();
  const std::uint16_t type = r.u16le("outer_type");
  const std::uint32_t size = r.u32le("outer_size");
  const std::size_t inner_offset = r.offset();
  const Bytes inner = r.view(size, "outer_data");
  CUPEL_TRY([[maybe_unused]] auto end, r.finish());
  if (type != static_cast<std::uint16_t>(CertificationType::qe_report)) {
    return Error{Code::out_of_range, std::string(kSignature) + ".outer_type", type_offset,
                 "type " + std::to_string(type) + ", versions 4 and 5 have 6 here"};
  }
  ByteReader nested(inner, kSignature, inner_offset);
  CUPEL_TRY([[maybe_unused]] auto done, parse_qe_part(nested, out));
  return out;
}

}  // namespace

Result<SgxReport> parse_sgx_report(Bytes in, std::string_view where, std::size_t base) {
  ByteReader r(in, where, base);
  SgxReport out;
  out.cpu_svn = r.bytes<16>("cpu_svn");                  // 0x000
  out.misc_select = r.u32le("misc_select");              // 0x010
  r.zeros(12, "reserved_0x14");                          // 0x014
  out.isv_ext_prod_id = r.bytes<16>("isv_ext_prod_id");  // 0x020
  out.attributes = r.bytes<16>("attributes");            // 0x030
  out.mrenclave = r.bytes<32>("mrenclave");              // 0x040
  r.zeros(32, "reserved_0x60");                          // 0x060
  out.mrsigner = r.bytes<32>("mrsigner");                // 0x080
  r.zeros(32, "reserved_0xa0");                          // 0x0a0
  out.config_id = r.bytes<64>("config_id");              // 0x0c0
  out.isv_prod_id = r.u16le("isv_prod_id");              // 0x100
  out.isv_svn = r.u16le("isv_svn");                      // 0x102
  out.config_svn = r.u16le("config_svn");                // 0x104
  r.zeros(42, "reserved_0x106");                         // 0x106
  out.isv_family_id = r.bytes<16>("isv_family_id");      // 0x130
  out.report_data = r.bytes<64>("report_data");          // 0x140
  CUPEL_TRY([[maybe_unused]] auto end, r.finish());
  return out;
}

Result<Parts> parse_parts(Bytes in) {
  if (in.size() > kMaxQuoteSize) {
    return Error{Code::too_large, "dcap.quote", kMaxQuoteSize, "more than 32 KiB"};
  }
  ByteReader r(in, kHeader);
  Parts out{};
  CUPEL_TRY(out.header, parse_header(r));
  CUPEL_TRY(out.body_type, body_type(r, out.header));
  out.body_offset = r.offset();
  out.body = r.view(body_size(out.body_type), "body");
  const std::size_t signed_size = r.offset();
  const std::uint32_t signature_size = r.u32le("signature_size");
  const std::size_t signature_offset = r.offset();
  const Bytes signature = r.view(signature_size, "signature");
  CUPEL_TRY([[maybe_unused]] auto end, r.finish());
  out.signed_bytes = in.first(signed_size);
  CUPEL_TRY(out.signature, parse_signature(signature, out.header.version, signature_offset));
  return out;
}

Result<Bytes> trim_zero_padding(Bytes buffer) {
  if (buffer.size() > kMaxQuoteSize) {
    return Error{Code::too_large, "dcap.quote", kMaxQuoteSize, "more than 32 KiB"};
  }
  ByteReader r(buffer, kHeader);
  CUPEL_TRY(const Header header, parse_header(r));
  CUPEL_TRY(const BodyType type, body_type(r, header));
  r.view(body_size(type), "body");
  const std::uint32_t signature_size = r.u32le("signature_size");
  r.view(signature_size, "signature");
  CUPEL_TRY([[maybe_unused]] auto read, r.status());
  const std::size_t size = r.offset();
  const Bytes rest = r.rest();
  const auto other = std::find_if(rest.begin(), rest.end(), [](std::uint8_t b) { return b != 0; });
  if (other != rest.end()) {
    return Error{Code::trailing_bytes, "dcap.quote",
                 size + static_cast<std::size_t>(other - rest.begin()),
                 "what follows the quote is not zero"};
  }
  return buffer.first(size);
}

}  // namespace cupel::dcap

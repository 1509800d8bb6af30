#include "maa/signer.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "base/reader.hpp"
#include "codec/json.hpp"
#include "codec/pem.hpp"
#include "crypto/digest.hpp"

namespace cupel::maa {
namespace {

constexpr std::string_view kWhere = "maa.signer.evidence";
constexpr std::string_view kSgxOid = "1.3.6.1.4.1.311.105.1";
constexpr std::string_view kSnpOid = "1.3.6.1.4.1.311.105.1000.1";
constexpr std::size_t kReportData = 64;

// Where report data stands: Intel SGX quote version 3 (48 bytes of header, 320 into the report);
// AMD 56860, attestation report.
constexpr std::size_t kSgxReportDataAt = 48 + 320;
constexpr std::size_t kSnpReportDataAt = 0x50;
constexpr std::size_t kSnpReportSize = 1184;

Error wrong(Code code, std::string detail) {
  return Error{code, std::string(kWhere), kNoOffset, std::move(detail), "maa-11"};
}

// SHA-256 of the key's PEM text with the NUL that ends it in memory, then zeros.
bool names_key(Bytes report_data, const crypto::PublicKey& key) {
  std::string pem = pem::dump("PUBLIC KEY", key.spki());
  pem.push_back('\0');
  const Sha256Digest digest = crypto::sha256(as_bytes(pem));
  const Bytes rest = report_data.subspan(digest.size());
  return crypto::equal(report_data.first(digest.size()), digest) &&
         std::all_of(rest.begin(), rest.end(), [](std::uint8_t b) { return b == 0; });
}

// Open Enclave's evidence header (version 1, type 2: remote SGX report), then the quote.
Result<SignerEvidence> sgx(Bytes extension) {
  ByteReader reader(extension, kWhere);
  const std::uint32_t version = reader.u32le("version");
  const std::uint32_t type = reader.u32le("type");
  const std::uint64_t size = reader.u64le("size");
  if (auto read = reader.status(); !read) {
    return failed("maa-11", at(std::string(kWhere), std::move(read).error()));
  }
  if (version != 1 || type != 2) {
    return wrong(Code::unsupported_version, "not Open Enclave evidence of version 1, type 2");
  }
  const Bytes quote = reader.rest();
  if (size != quote.size() || quote.size() < kSgxReportDataAt + kReportData) {
    return wrong(Code::bad_length, "the quote is not as long as its header says");
  }
  ByteReader header(quote, kWhere);
  if (header.u16le("version") != 3) {
    return wrong(Code::unsupported_version, "not an SGX quote of version 3");
  }
  return SignerEvidence{"sgx", to_vector(quote), {}, {}};
}

// The contents of a DER UTF8String that fills its input (X.690, 8.23 and 8.1.3).
Result<std::string> utf8_string(Bytes der) {
  ByteReader reader(der, kWhere);
  const std::uint8_t tag = reader.u8("tag");
  std::size_t length = reader.u8("length");
  if (length >= 0x80) {
    const std::size_t bytes = length & 0x7fU;
    length = 0;
    for (std::size_t i = 0; i < bytes && bytes <= 3; ++i) {
      length = (length << 8U) | reader.u8("length");
    }
  }
  const bool read = reader.status().ok();
  if (!read || tag != 0x0c || length != reader.remaining()) {
    return wrong(Code::bad_encoding, "not a UTF8String");
  }
  return std::string(as_text(reader.rest()));
}

// base64url; the service pads it in requests and not elsewhere.
Result<ByteVector> unpadded(std::string text) {
  for (int i = 0; i < 2 && text.ends_with('='); ++i) {
    text.pop_back();
  }
  return from_base64url(text, kWhere);
}

Result<SignerEvidence> snp(Bytes extension) {
  CUPEL_TRY(const std::string text, utf8_string(extension));
  CUPEL_TRY(const json::Value document, json::parse(text, kWhere));
  json::ObjectReader reader(document, std::string(kWhere));
  const std::string report = reader.string("SnpReport");
  const std::string chain = reader.string("VcekCertChain");
  const std::string endorsements = reader.optional_string("Endorsements").value_or("");
  CUPEL_TRY([[maybe_unused]] auto done, reader.finish());
  SignerEvidence out{"snp", {}, {}, {}};
  CUPEL_TRY(out.evidence, unpadded(report));
  CUPEL_TRY(out.certificates, unpadded(chain));
  CUPEL_TRY(out.endorsements, unpadded(endorsements));
  if (out.evidence.size() != kSnpReportSize) {
    return wrong(Code::bad_length, "an SNP report has 1184 bytes");
  }
  return out;
}

}  // namespace

Result<std::optional<SignerEvidence>> read_signer_evidence(const crypto::Certificate& certificate) {
  const auto sgx_extension = certificate.extension(kSgxOid);
  const auto snp_extension = certificate.extension(kSnpOid);
  if (!sgx_extension && !snp_extension) {
    return std::optional<SignerEvidence>{};
  }
  if (sgx_extension && snp_extension) {
    return wrong(Code::duplicate_field, "evidence of two kinds in one certificate");
  }
  auto read = sgx_extension ? sgx(*sgx_extension) : snp(*snp_extension);
  if (!read) {
    return failed("maa-11", std::move(read).error());
  }
  const std::size_t offset = sgx_extension ? kSgxReportDataAt : kSnpReportDataAt;
  // CHECK maa-11
  if (!names_key(Bytes(read->evidence).subspan(offset, kReportData), certificate.public_key())) {
    return wrong(Code::digest_mismatch,
                 "the evidence in the signing certificate speaks of another key");
  }
  return std::optional<SignerEvidence>(std::move(read).value());
}

}  // namespace cupel::maa

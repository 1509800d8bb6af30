// BlindAI's three GETs, made into what the sgx room knows.
#include <algorithm>
#include <array>
#include <cupel/evidence.hpp>
#include <cupel/sgx.hpp>

#include "codec/cbor.hpp"
#include "crypto/digest.hpp"
#include "crypto/x509.hpp"
#include "services/blindai.hpp"

namespace cupel::blindai {
namespace {

constexpr std::array<std::string_view, 3> kPaths = {"/", "/quote", "/collateral"};

Error bad_evidence(std::string_view part, std::string detail) {
  return {Code::bad_response, "evidence." + std::string(part), kNoOffset, std::move(detail), {}};
}

// An answer is one byte string and nothing else.
Result<ByteVector> byte_string(Bytes answer, std::string_view part) {
  const auto value = cbor::parse(answer, "evidence", {.max_size = kMaxEvidenceSize});
  if (!value || value->bytes() == nullptr || value->bytes()->empty()) {
    return bad_evidence(part, "not a byte string in CBOR");
  }
  return *value->bytes();
}

}  // namespace

Result<EvidenceAnswer> read_evidence(std::vector<ByteVector> answers) {
  if (answers.size() != kPaths.size() ||
      std::any_of(answers.begin(), answers.end(), [](const auto& a) { return a.empty(); })) {
    return bad_evidence("answer", "certificate, quote and collateral are three answers");
  }
  CUPEL_TRY(const ByteVector certificate, byte_string(answers[0], "certificate"));
  CUPEL_TRY(ByteVector quote, byte_string(answers[1], "quote"));
  if (!crypto::Certificate::from_der(certificate, "evidence.certificate")) {
    return bad_evidence("certificate", "not a certificate in DER");
  }
  const auto collateral = cbor::parse(answers[2], "evidence", {.max_size = kMaxEvidenceSize});
  if (!collateral || collateral->map() == nullptr) {
    return bad_evidence("collateral", "not a map in CBOR");
  }
  // A quote that cannot be read is the sgx room's to name. This comparison is a courtesy: it finds
  // a stale certificate before the handshake does.
  const auto parsed = sgx::parse(quote);
  const Sha256Digest digest = crypto::sha256(certificate);
  if (parsed && !crypto::equal(Bytes(parsed->report.report_data).first(digest.size()), digest)) {
    return bad_evidence("certificate", "not the certificate that the quote names");
  }
  EvidenceAnswer out{std::move(quote)};
  out.endorsements.push_back(std::move(answers[2]));
  return out;
}

const EvidenceProtocol kEvidence = {
    .id = "blindai",
    .title = "BlindAI: certificate, quote and collateral in CBOR, at /, /quote and /collateral",
    .paths = kPaths,
    .max_size = kMaxEvidenceSize,
    .read = &read_evidence,
    .over_http = true,
};

}  // namespace cupel::blindai

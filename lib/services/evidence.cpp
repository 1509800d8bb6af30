#include "services/evidence.hpp"

#include <algorithm>
#include <array>
#include <cupel/evidence.hpp>
#include <string>

#include "base/base64.hpp"
#include "services/blindai.hpp"

namespace cupel {
namespace {

using Paths = std::array<std::string_view, 1>;

constexpr std::size_t kMaxNitroDocument = 16U << 10U;  // attestation_process.md, 3
constexpr std::size_t kMaxToken = 128U << 10U;

Error bad_answer(Code code, std::string detail) {
  return {code, "evidence.answer", kNoOffset, std::move(detail), {}};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Result<EvidenceAnswer> as_it_is(std::vector<ByteVector> answers) {
  if (answers.size() != 1 || answers.front().empty()) {
    return bad_answer(Code::bad_response, "the answer is empty");
  }
  return EvidenceAnswer{std::move(answers.front())};
}

// COSE_Sign1 begins with 0x84 or 0xd2, so that no document is taken for its own base64.
Result<EvidenceAnswer> nitro_document(std::vector<ByteVector> answers) {
  CUPEL_TRY(EvidenceAnswer out, as_it_is(std::move(answers)));
  constexpr std::uint8_t kFirstBeyondText = 0x80;
  if (out.evidence.front() < kFirstBeyondText) {
    auto decoded = from_base64(trimmed(as_text(out.evidence)), "evidence.answer");
    if (!decoded) {
      return bad_answer(Code::bad_response, "neither a COSE document nor base64 of one");
    }
    out.evidence = std::move(decoded).value();
  }
  if (out.evidence.empty() || out.evidence.size() > kMaxNitroDocument) {
    return bad_answer(Code::bad_response, "a document has 1 byte to 16 KiB");
  }
  return out;
}

constexpr Paths kNitroPath = {"/enclave/attestation"};
constexpr Paths kAciPath = {"/attest/combined"};
constexpr Paths kMaaPath = {"/attest/maa"};

constexpr EvidenceProtocol kDocument = {
    .id = "document",
    .title = "the service's own evidence document, as it is",
    .paths = {},
    .max_size = kMaxEvidenceSize,
    .read = &as_it_is,
};

constexpr EvidenceProtocol kNitro = {
    .id = "nitro",
    .title = "AWS Nitro: the document in COSE or base64, at /enclave/attestation",
    .paths = kNitroPath,
    .max_size = kMaxNitroDocument * 4 / 3 + 64,
    .read = &nitro_document,
};

constexpr EvidenceProtocol kAci = {
    .id = "aci",
    .title = "confidential ACI: the sidecar's answer with runtime data, at /attest/combined",
    .paths = kAciPath,
    .max_size = kMaxEvidenceSize,
    .read = &as_it_is,
};

constexpr EvidenceProtocol kMaa = {
    .id = "maa",
    .title = "Azure Attestation: a token for the service's runtime data, at /attest/maa",
    .paths = kMaaPath,
    .max_size = kMaxToken,
    .read = &as_it_is,
};

constexpr std::array<const EvidenceProtocol*, 5> kProtocols = {&kDocument, &kNitro, &kAci, &kMaa,
                                                               &blindai::kEvidence};

}  // namespace

std::span<const EvidenceProtocol* const> known_evidence_protocols() {
  return kProtocols;
}

const EvidenceProtocol* find_evidence_protocol(std::string_view id) {
  const auto* const found =
      std::find_if(kProtocols.begin(), kProtocols.end(),
                   [id](const EvidenceProtocol* protocol) { return protocol->id == id; });
  return found != kProtocols.end() ? *found : nullptr;
}

}  // namespace cupel

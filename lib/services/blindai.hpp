// BlindAI's protocol: places, limits, and how its evidence is wrapped. The bodies are public:
// cupel/blindai.hpp. Pure.
//
// Source: the client and server of BlindAI, see README.md. All bodies are CBOR.
#pragma once

#include <cupel/blindai.hpp>

#include "services/evidence.hpp"

namespace cupel::blindai {

inline constexpr std::string_view kMediaType = "application/cbor";
inline constexpr std::string_view kRunPath = "/run";
inline constexpr std::string_view kModelsPath = "/request-models";
inline constexpr std::string_view kUploadPath = "/upload";
inline constexpr std::string_view kDeletePath = "/delete";

inline constexpr std::size_t kMaxModel = 1'000'000'000;  // what a server takes
inline constexpr std::size_t kMaxTensors = 256;
inline constexpr std::size_t kMaxDimensions = 32;  // what numpy has
inline constexpr std::size_t kMaxAnswer = 64U << 20U;

/// Certificate, quote and collateral: three GETs, each answered with one CBOR value. The evidence
/// is the quote, the collateral an endorsement. A certificate other than the one the quote names is
/// refused here; the handshake decides again, by the pin.
/// Errors: bad_response at "evidence.certificate", "evidence.quote", "evidence.collateral".
Result<EvidenceAnswer> read_evidence(std::vector<ByteVector> answers);
extern const EvidenceProtocol kEvidence;

}  // namespace cupel::blindai

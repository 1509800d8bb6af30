// Evidence protocols: where a service shows its evidence, and in what wrapping. Pure; the session
// does the talking.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <span>
#include <string_view>
#include <vector>

namespace cupel {

struct EvidenceAnswer {
  ByteVector evidence;
  /// Documents for add_endorsement() that came along: as hostile as the evidence.
  std::vector<ByteVector> endorsements{};
};

/// How a service is asked for evidence: one GET for each path, with the nonce as the last part of
/// the query (`nonce=` and 64 hex digits).
struct EvidenceProtocol {
  std::string_view id;
  std::string_view title;                   ///< one line for people
  std::span<const std::string_view> paths;  ///< none: the completion service's own path
  std::size_t max_size;                     ///< of one answer
  /// From the answers' bodies, in the order of the paths, to evidence that recognise() knows.
  /// Errors: bad_response at "evidence.…".
  Result<EvidenceAnswer> (*read)(std::vector<ByteVector> answers);
  /// Its servers show evidence over plain HTTP. An address of evidence may be http:// then.
  bool over_http = false;
};

std::span<const EvidenceProtocol* const> known_evidence_protocols();

/// By id, or nullptr.
const EvidenceProtocol* find_evidence_protocol(std::string_view id);

}  // namespace cupel

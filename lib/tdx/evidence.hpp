// What comes as evidence of this family: a quote, a certificate with one inside, or a document with
// quote and event log.
#pragma once

#include <cupel/tdx.hpp>
#include <optional>

#include "dcap/ratls.hpp"

namespace cupel::tdx {

struct Evidence {
  ByteVector quote;
  std::optional<dcap::RaTls> ratls;     ///< set when the quote came inside a certificate
  std::optional<ByteVector> event_log;  ///< of a "cupel.tdx/1" document
};

/// Whether the bytes look like a "cupel.tdx/1" document.
bool looks_like_document(Bytes evidence);

/// Errors: those of the container; strict JSON at "tdx.evidence.…".
Result<Evidence> find_quote(Bytes evidence);

}  // namespace cupel::tdx

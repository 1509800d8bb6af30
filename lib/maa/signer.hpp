// The evidence inside a signing certificate: which machine holds the key.
#pragma once

#include <cupel/maa.hpp>
#include <optional>

#include "crypto/x509.hpp"

namespace cupel::maa {

/// Reads the certificate's evidence and compares its report data with the certificate's own key.
/// nullopt when there is none. Errors: bad_encoding, bad_length, unsupported_version,
/// digest_mismatch, … at "maa.signer.evidence".
Result<std::optional<SignerEvidence>> read_signer_evidence(const crypto::Certificate& certificate);

}  // namespace cupel::maa

// What attest() and a session share.
#pragma once

#include <cupel/session.hpp>

#include "services/evidence.hpp"
#include "services/service.hpp"
#include "transport/url.hpp"

namespace cupel {

/// The options, read once and found usable.
struct Endpoints {
  const Service* service;
  const EvidenceProtocol* protocol;
  Url api;                    ///< path "/"
  std::vector<Url> evidence;  ///< one for each answer the protocol reads, without a nonce
};

/// Errors: invalid_argument at "session.…"; tls-09 for plain http, see lib/transport/README.md.
Result<Endpoints> read_endpoints(const SessionOptions& options);

UnixTime now_by(const SessionOptions& options);

/// The judgement of evidence for which `nonce` was sent.
///
/// A nonce that the evidence carries is always compared, also where it stands beside the TLS key in
/// one field and the policy does not name its place. Without Freshness::required, evidence that
/// carries none is judged by those alternatives that demand none; "carries none" means that its
/// bound data is empty, or is the field in which the alternative finds the TLS key, with nothing or
/// zeros beside the 32 bytes of the key.
Verdict judge_evidence(const Claims& claims, const Policy& policy, Freshness freshness,
                       const ByteVector& nonce, UnixTime now);

}  // namespace cupel

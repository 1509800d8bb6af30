// did:x509: an issuer's name that says by fingerprint which authority must have certified him, and
// what his certificate must say.
#pragma once

#include <cupel/result.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/x509.hpp"

namespace cupel::uvm {

struct DidX509 {
  crypto::Hash hash;
  ByteVector fingerprint;                        ///< of an authority's certificate
  std::vector<std::string> extended_key_usages;  ///< dotted OIDs, at least one
};

/// Source: did:x509 method specification, version 0.
/// Not done: the policies subject, san and fulcio-issuer; a name that has one is refused.
/// Errors: bad_encoding, unsupported_version, unsupported_algorithm, unknown_field at `where`.
Result<DidX509> parse_did_x509(std::string_view text, std::string_view where);

/// The authority of the chain that the name means; never the leaf, which would certify itself.
/// The leaf has every usage that the name demands. Nothing about signatures or dates.
/// Errors: untrusted_chain, bad_certificate at `where`.
Result<crypto::Certificate> resolve(const DidX509& did, std::span<const crypto::Certificate> chain,
                                    std::string_view where);

}  // namespace cupel::uvm

// Flat files of claims, as clients of Azure Attestation compare them with a token.
#pragma once

#include <cupel/policy.hpp>
#include <cupel/result.hpp>
#include <string>

#include "codec/json.hpp"

namespace cupel::maa_claims {

/// An object with a member "iss" or one that begins with "x-ms-".
bool looks_like(const json::Value& document);

/// {"x-ms-attestation-type": "sevsnpvm", …}: the token must have every member with an equal value,
/// types and all. An object or array must be equal as a whole. `x-ms-policy-signer` (a JWK, or an
/// object with one in `jwk`) is compared by key, whichever shape the token has. Adds to
/// `alternative`, which may have rules from other files. Errors: bad_policy at "<file>: <member>".
Result<Unit> add(Alternative& alternative, const json::Value& document, const std::string& file);

}  // namespace cupel::maa_claims

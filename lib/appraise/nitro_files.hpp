// Reads what people who run Nitro enclaves have already: the output of `nitro-cli build-enclave`,
// and KMS key policies with conditions on the recipient's attestation.
#pragma once

#include <cupel/policy.hpp>
#include <cupel/result.hpp>
#include <string>
#include <vector>

#include "codec/json.hpp"

namespace cupel::nitro_files {

bool looks_like_build_output(const json::Value& document);
bool looks_like_key_policy(const json::Value& document);

/// {"Measurements": {"HashAlgorithm": "Sha384 { ... }", "PCR0": "<96 hex>", "PCR1", "PCR2",
/// "PCR8"?}}: one alternative, labelled with the file's name.
/// Errors: bad_policy at "<file>: Measurements.<key>".
Result<Alternative> build_output(const json::Value& document, const std::string& file);

/// Each statement that allows something to attested enclaves is an alternative. Statements that do
/// not speak of attestation say nothing about evidence and are passed over; what does speak of it
/// and is not understood is refused.
/// Errors: bad_policy at "<file>: Statement[i].…".
Result<std::vector<Alternative>> key_policy(const json::Value& document, const std::string& file);

}  // namespace cupel::nitro_files

// Reads the two policy files of BlindLlama: measurements_*.json and application.json.
#pragma once

#include <cupel/policy.hpp>
#include <cupel/result.hpp>
#include <string>

#include "codec/json.hpp"

namespace cupel::blindllama {

bool looks_like_measurements(const json::Value& document);
bool looks_like_application(const json::Value& document);

/// {"measurements": {"<register 0…23>": "<64 hex>", …}}: one alternative, labelled with the file's
/// name. Errors: bad_policy at "<file>: measurements.<key>".
Result<Alternative> measurements(const json::Value& document, const std::string& file);

/// {"application_disk_roothash": "<64 hex>"}. Errors: bad_policy at "<file>: …".
Result<ByteVector> application_disk_roothash(const json::Value& document, const std::string& file);

/// Demands this application and binds the web server's CA: register 15 must hold the disk's root
/// hash, the separator and the hash of the CA that came along, extended in this order.
void add_application(Alternative& alternative, const ByteVector& disk_roothash);

}  // namespace cupel::blindllama

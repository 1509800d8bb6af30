// The claims that Azure Attestation documents: the rows of the room's claim table, and how their
// values are written in a token.
#pragma once

#include <cupel/claims.hpp>
#include <cupel/result.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "codec/json.hpp"

namespace cupel::maa {

/// How a documented claim's value is written.
enum class Form : std::uint8_t {
  plain,      ///< as its JSON type
  hex,        ///< bytes as hexadecimal digits, in either case
  base64url,  ///< bytes as base64url without padding
  base64,     ///< bytes as padded base64
  seconds,    ///< a time as whole seconds since 1970
};

struct Row {
  ClaimDef def;
  Form form;
  /// Written by the guest, not by the service: what is not of this form means nothing here, and is
  /// left out instead of refused.
  bool guest;
};

/// In the order of the claim table, before what the library says itself and the open stem.
std::span<const Row> rows();

/// By the whole name of the claim ("maa.x-ms-ver"), or nullptr.
const Row* find_row(std::string_view name);

/// The row's value from a token. Errors: bad_encoding, bad_length, out_of_range at `where`.
Result<ClaimValue> read_value(const Row& row, const json::Value& value, const std::string& where);

}  // namespace cupel::maa

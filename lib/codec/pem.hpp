// PEM (RFC 7468), strict: only the labels asked for, canonical base64 lines, only white space
// between blocks.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cupel::pem {

struct Block {
  std::string label;  ///< "CERTIFICATE"
  ByteVector der;
};

/// Whether the text starts (after white space) like PEM.
bool looks_like(Bytes text);

/// All blocks; at least one. A label not in `labels` is bad_encoding. Limits: 1 MiB, 64 blocks.
/// Errors: bad_encoding, missing_field, too_large, truncated at `where`, with the byte offset.
Result<std::vector<Block>> parse(std::string_view text, std::span<const std::string_view> labels,
                                 std::string_view where);

/// One or more CERTIFICATE blocks as DER.
Result<std::vector<ByteVector>> parse_certificates(std::string_view text, std::string_view where);

/// A block with 64-character lines and a final line feed.
std::string dump(std::string_view label, Bytes der);

}  // namespace cupel::pem

// A common shape of X.509 extensions: SEQUENCE OF SEQUENCE { OBJECT IDENTIFIER, ANY }.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cupel::crypto {

struct TaggedValue {
  enum class Kind : std::uint8_t { octets, integer, enumerated, boolean, sequence };

  std::string oid;  ///< dotted decimal
  Kind kind;
  /// The content of an OCTET STRING; the big-endian magnitude of a number that is not negative
  /// (empty for zero); 00 or ff for a BOOLEAN; the whole DER of a SEQUENCE.
  ByteVector content;
};

/// The pairs in order, each OID once; at most 64. `der` must be in DER and is consumed exactly.
/// Errors: bad_encoding, duplicate_field, too_large, unsupported_algorithm (a value of another
/// type) at `where`.
Result<std::vector<TaggedValue>> parse_tagged_values(Bytes der, std::string_view where);

}  // namespace cupel::crypto

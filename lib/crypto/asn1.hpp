// Single ASN.1 values in DER, as vendors put them into certificate extensions.
#pragma once

#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <string>
#include <string_view>

namespace cupel::crypto {

// Each reads one value that is the whole of `der`, and refuses what is not its one DER encoding
// (ITU-T X.690, 8.3 and 10). Errors: bad_encoding, out_of_range at `where`.

/// INTEGER from 0 to `max`.
Result<std::uint64_t> der_integer(Bytes der, std::uint64_t max, std::string_view where);
/// IA5String of printable ASCII characters, not empty, at most 256 of them.
Result<std::string> der_ia5_string(Bytes der, std::string_view where);
/// OCTET STRING.
Result<ByteVector> der_octet_string(Bytes der, std::string_view where);

}  // namespace cupel::crypto

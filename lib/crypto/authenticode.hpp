// Authenticode signatures, as far as firmware checks them.
#pragma once

#include <cupel/bytes.hpp>
#include <cupel/result.hpp>
#include <string_view>

namespace cupel::crypto {

/// Whether the PKCS #7 SignedData (DER) of an Authenticode signature holds this SHA-256 image
/// digest and verifies under `trusted` (DER certificate: the signer's own, or one above it). As
/// firmware does it: validity times and purposes are not looked at, a trusted certificate need not
/// be a root. Success, or bad_signature; bad_encoding, bad_certificate at `where`.
Result<Unit> verify_authenticode(Bytes signed_data, Bytes image_sha256, Bytes trusted,
                                 std::string_view where);

}  // namespace cupel::crypto

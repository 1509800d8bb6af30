// Signatures of COSE_Sign1, by the algorithm the caller's specification names.
#pragma once

#include <cupel/result.hpp>
#include <string_view>

#include "codec/cose.hpp"
#include "crypto/signature.hpp"

namespace cupel::crypto {

/// An ECDSA signature as r || s, each exactly as long as the order of the curve (RFC 9053 section
/// 2.1; also RFC 7518 section 3.4). Errors: bad_signature, bad_key at `where`.
Result<Unit> verify_ecdsa_fixed(const PublicKey& key, Hash hash, Bytes message, Bytes signature,
                                std::string_view where);

/// Source: RFC 9052 section 4.4, RFC 9053 section 2.1, RFC 8230 section 2. The message must say the
/// required algorithm in its protected header. ECDSA only with the curve of the same size, as every
/// profile that is read here has it; PSS salts exactly as long as the digest.
/// Errors: missing_field, bad_encoding, unsupported_algorithm at where + ".alg"; bad_key,
/// bad_signature at where + ".signature".
Result<Unit> verify_sign1(const cose::Sign1& message, const PublicKey& key,
                          cose::Algorithm required, std::string_view where);

}  // namespace cupel::crypto

// TPM_ALG_ID and the library's own names for hashes.
#pragma once

#include <cstdint>
#include <cupel/tpm.hpp>
#include <optional>

#include "crypto/digest.hpp"

namespace cupel::tpm {

/// The bank or signature hash with this TPM_ALG_ID; nullopt for one that is not in HashAlg.
std::optional<HashAlg> hash_alg_by_id(std::uint16_t id) noexcept;

crypto::Hash crypto_hash(HashAlg alg) noexcept;

/// Whether signatures and PCR digests may rest on it: SHA-2 only.
bool strong(HashAlg alg) noexcept;

}  // namespace cupel::tpm

// SHA-256 of many blocks of one size at once, for hash trees over public data. Never for keys,
// signatures or anything secret: those go through lib/crypto.
#pragma once

#include <cstdint>
#include <cupel/bytes.hpp>
#include <span>
#include <string_view>

namespace cupel::measure {

/// How blocks are hashed. All give the same digests.
enum class Sha256Path : std::uint8_t { openssl, avx2, sha_ni, avx512 };
std::string_view to_string(Sha256Path path) noexcept;

/// Whether this processor (and its operating system) can run the path.
bool available(Sha256Path path) noexcept;
/// The fastest of them: avx512, else sha_ni, else avx2, else openssl.
Sha256Path best_sha256_path() noexcept;
/// How many blocks it hashes at once; 0 for OpenSSL, which takes one after the other.
std::size_t lanes(Sha256Path path) noexcept;

/// out = SHA-256(prefix || block || suffix) of every block of `data`, one after the other. The
/// block size is a multiple of 64, data.size() a multiple of it, out 32 bytes a block; anything
/// else, or a path that is not available, is a broken contract (std::logic_error).
void sha256_blocks(Sha256Path path, Bytes prefix, Bytes data, std::size_t block_size, Bytes suffix,
                   std::span<std::uint8_t> out);

}  // namespace cupel::measure

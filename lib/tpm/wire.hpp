// What the TPM's wire structures have in common (TPM 2.0 Library, Part 2). Every structure of this
// room is read twice: field by field here, for precise errors, and by libtss2-mu, whose word must
// be the same.
#pragma once

#include <cstdint>
#include <cupel/tpm.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/reader.hpp"

namespace cupel::tpm {

/// The next `size` bytes as a big-endian integer, not consumed; nullopt when fewer are left.
std::optional<std::uint64_t> peek(const ByteReader& reader, std::size_t size);

/// A TPM2B: u16 size, then so many bytes. More than `max` is out_of_range at the size field.
ByteVector sized(ByteReader& reader, std::string_view field, std::size_t min, std::size_t max);

/// A TPM_ALG_ID that must be one of HashAlg; else unsupported_algorithm. sha256 after an error.
HashAlg hash_alg(ByteReader& reader, std::string_view field);

/// TPML_PCR_SELECTION (Part 2, 10.9.7): at most 16 banks, none twice, registers 0 to 23.
std::vector<PcrSelection> pcr_selections(ByteReader& reader, std::string_view field);

/// What one bitmap selects. Sets out_of_range in the reader for a register above 23.
PcrSelection pcr_selection(ByteReader& reader, HashAlg bank, Bytes bitmap, std::string_view field);

/// Runs libtss2-mu's reading of the same bytes; `agrees` compares the results. A difference is our
/// bug or theirs, and no evidence to rely on: Code::internal.
Result<Unit> second_reading(std::string_view where, const std::function<bool()>& agrees);

}  // namespace cupel::tpm

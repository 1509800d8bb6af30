// The table of GUIDs at the end of an OVMF image, from which VMMs learn where things are.
// Source: OvmfPkg/ResetVector/Ia32/../X64/OvmfMetadata and the comments of ResetVectorVtf0.asm.
#pragma once

#include <cupel/measure/verity.hpp>
#include <optional>

namespace cupel::measure {

struct OvmfEntry {
  Uuid guid;  ///< in text order
  Bytes data;
};

/// The entries of the table whose footer ends 32 bytes before the end of the file; unknown ones are
/// entries like others. Errors: truncated, bad_magic, bad_length, duplicate_field at
/// "measure.ovmf…", with the offset.
Result<std::vector<OvmfEntry>> parse_ovmf_table(Bytes image);

/// The data of one entry. nullopt: there is none. Errors: bad_length at "measure.ovmf.entry" when
/// it is not as long as it must be.
Result<std::optional<Bytes>> ovmf_entry(const std::vector<OvmfEntry>& table, std::string_view guid,
                                        std::size_t size);

/// The bytes from an offset that is counted from the end of the image on.
/// Errors: out_of_range at `where`.
Result<Bytes> from_end(Bytes image, std::uint32_t offset, std::string_view where);

}  // namespace cupel::measure

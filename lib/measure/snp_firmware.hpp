// What a VMM reads from the firmware of an SEV guest.
#pragma once

#include <cupel/measure/snp.hpp>
#include <optional>

namespace cupel::measure {

struct SnpSection {
  std::uint32_t gpa = 0;
  std::uint32_t size = 0;
  std::uint32_t type = 0;
};

struct SnpFirmware {
  std::vector<SnpSection> sections = {};
  std::optional<std::uint32_t> hash_table = {};  ///< GPA of the kernel hashes
  std::optional<std::uint32_t> reset_eip = {};
  std::optional<std::uint32_t> svsm_offset = {};
};

/// Errors: as parse_ovmf_table(), and bad_magic, unsupported_version, out_of_range at `where`….
Result<SnpFirmware> parse_snp_firmware(Bytes image, std::string_view where);

/// Where an SVSM starts. Errors: missing_field, out_of_range at "measure.snp.svsm".
Result<std::uint64_t> svsm_base(const SnpLaunch& launch);
Result<std::uint64_t> svsm_start(const SnpLaunch& launch);

/// The table of kernel, initrd and command line hashes as QEMU lays it out: 176 bytes.
ByteVector kernel_hashes(const SnpLaunch& launch);

}  // namespace cupel::measure

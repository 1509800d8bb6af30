// Intel TDX: MRTD from a virtual firmware image, RTMR 1 and 2 of a directly booted Linux.
// Source: Intel TDX Virtual Firmware Design Guide 344991-004, 11; TDX Module ABI (TDH.MEM.PAGE.ADD,
// TDH.MR.EXTEND); QEMU hw/i386/x86.c (x86_load_linux).
#pragma once

#include <cupel/measure/recipe.hpp>

namespace cupel::measure {

struct TdvfSection {
  std::uint32_t data_offset = 0;
  std::uint32_t raw_size = 0;
  std::uint64_t memory_address = 0;
  std::uint64_t memory_size = 0;
  std::uint32_t type = 0;        ///< 0 BFV, 1 CFV, 2 TD HOB, 3 temporary, 4 permanent memory, …
  std::uint32_t attributes = 0;  ///< 1: measured (MR.EXTEND); 2: added later (PAGE.AUG)
};

/// The sections a VMM loads. The image must be complete: of a split OVMF, code and variables
/// together. Errors: those of the table of GUIDs; missing_field (no TDVF), bad_magic,
/// unsupported_version, out_of_range, truncated, too_large at "measure.tdvf…".
Result<std::vector<TdvfSection>> parse_tdvf(Bytes image);

/// How a VMM adds pages: each page and its measurement in turn (Linux, QEMU 9 and newer), or all
/// pages of a section first (QEMU with patches outside of it).
enum class PageOrder : std::uint8_t { single_pass, two_pass };

/// SHA-384 over what is added and extended. Errors: as parse_tdvf().
Result<ByteVector> measure_mrtd(Bytes image, PageOrder order);

/// Both orders as values "mrtd" and "mrtd_two_pass", and the configuration volume's digest (an
/// event of RTMR 0). Errors: as parse_tdvf().
Result<Recipe> measure_tdvf(Bytes image);

/// The list of memory regions that QEMU hands to the firmware, as the firmware measures it into
/// RTMR 0 (its first event is this list's SHA-384): the header, then accepted and unaccepted
/// memory, without the entry that ends it. UEFI PI 1.8 volume 3, 5; QEMU hw/i386/tdvf-hob.c.
/// Errors: as parse_tdvf(); missing_field (no TD_HOB section), out_of_range (memory that is no
/// whole number of pages, or too little for the sections; overlapping sections) at
/// "measure.tdx.hob…".
Result<ByteVector> td_hob(Bytes image, std::uint64_t memory);

struct TdxDirectBoot {
  Bytes kernel = {};
  Bytes initrd = {};
  std::string command_line = {};
  std::uint64_t memory = 0;                ///< bytes; QEMU patches the kernel by it
  std::uint64_t acpi_data_size = 0x28000;  ///< QEMU's, for the machine type in use
  bool initrd_suffix = true;               ///< with an initrd, firmware appends " initrd=initrd"
};

/// Values "rtmr1" and "rtmr2" (what is empty, options or initrd, is not measured). RTMR 0 depends
/// on devices and tables that no file shows. Errors: those of PeImage::parse(); out_of_range,
/// truncated, unsupported_version at "measure.tdx…".
Result<Recipe> predict_rtmrs(const TdxDirectBoot& boot);

}  // namespace cupel::measure

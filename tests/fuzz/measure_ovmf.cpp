// Target: cupel::measure::measure_snp, measure_tdvf, td_hob (the table of GUIDs and both metadata)
// Max input: 64 KiB     Seeds: firmware images, cut to their last pages
// Property: what is measured once is measured the same again; sections are inside the image.
#include <cstddef>
#include <cstdint>
#include <cupel/measure/snp.hpp>
#include <cupel/measure/tdx.hpp>

#include "measure/snp_firmware.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cupel::measure;
  const cupel::Bytes in(data, size);
  const auto sections = parse_tdvf(in);
  if (sections.ok()) {
    std::uint64_t pages = 0;
    for (const TdvfSection& section : *sections) {
      if (std::uint64_t{section.data_offset} + section.raw_size > size) {
        __builtin_trap();
      }
      pages += section.memory_size / 4096;
    }
    if (pages < 64 && measure_mrtd(in, PageOrder::single_pass).value().size() != 48) {
      __builtin_trap();
    }
  }
  for (const std::uint64_t memory : {std::uint64_t{1} << 30U, std::uint64_t{1} << 34U}) {
    const auto hob = td_hob(in, memory);
    if (hob.ok() && (!sections.ok() || (hob->size() - 56) % 48 != 0)) {
      __builtin_trap();
    }
  }
  SnpLaunch launch;
  launch.ovmf = in;
  launch.vcpus = 2;
  launch.ovmf_hash = cupel::ByteVector(48);
  std::uint64_t added = 0;  // sections may claim a gigabyte each, which takes its time
  if (const auto firmware = parse_snp_firmware(in, "measure.snp.ovmf")) {
    for (const SnpSection& section : firmware->sections) {
      added += section.size;
    }
  }
  if (added < (1U << 20U)) {
    const auto once = measure_snp(launch);
    if (once.ok() && once->values.at(0).value != measure_snp(launch).value().values.at(0).value) {
      __builtin_trap();
    }
  }
  const auto page = vmsa_page(launch, 1);
  if (page.ok() && page->size() != 4096) {
    __builtin_trap();
  }
  return 0;
}

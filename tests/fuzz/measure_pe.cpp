// Target: cupel::measure::PeImage::parse, predict_boot, stub_version, authorising_entry
// Max input: 64 KiB     Seeds: UKIs and EFI binaries
// Property: an accepted image has a digest, and one that ignores checksum and certificates alone.
#include <cstddef>
#include <cstdint>
#include <cupel/measure/boot.hpp>
#include <cupel/measure/secureboot.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cupel::measure;
  const cupel::Bytes in(data, size);
  const auto image = PeImage::parse(in);
  if (!image.ok()) {
    return image.error().code == cupel::Code::internal ? __builtin_trap(), 0 : 0;
  }
  if (image->authenticode(Algorithm::sha256).size() != 32 ||
      (in.size() % 8 == 0 &&
       image->authenticode(Algorithm::sha256) != image->authenticode(Algorithm::sha256, true))) {
    __builtin_trap();
  }
  for (const PeSection& section : image->sections()) {
    if (section.virtual_size < (1U << 20U) &&
        image->mapped(section).value().size() != section.virtual_size) {
      __builtin_trap();
    }
    if (section.virtual_size >= (1U << 20U)) {
      return 0;  // predicting would only zero memory
    }
  }
  const auto version = stub_version(*image);
  const auto predicted = predict_boot({.uki = in}, Algorithm::sha256);
  if (predicted.ok() && (!version.ok() || predicted->value("pcr4") == nullptr)) {
    __builtin_trap();
  }
  const auto entry = authorising_entry(*image, {});
  if (entry.ok()) {
    __builtin_trap();  // an empty db authorises nothing
  }
  return 0;
}

// The TD HOB: what memory a guest has, as QEMU describes it to the firmware.
#include <algorithm>
#include <cupel/measure/tdx.hpp>

#include "measure/writer.hpp"

namespace cupel::measure {
namespace {

constexpr std::uint32_t kTdHob = 2;
constexpr std::uint32_t kTemporary = 3;
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kLowMemory = 0xb0000000;  // a guest with more has a hole below 4 GiB
constexpr std::uint64_t kLowEnd = 0x80000000;
constexpr std::uint64_t kFourGiB = std::uint64_t{1} << 32U;
constexpr std::uint64_t kMostMemory = std::uint64_t{1} << 52U;

constexpr std::uint32_t kAccepted = 0;
constexpr std::uint32_t kUnaccepted = 7;
constexpr std::size_t kHeader = 56;
constexpr std::size_t kEnd = 8;

Error error(Code code, std::string_view field, std::string detail) {
  return Error{code, "measure.tdx.hob." + std::string(field), kNoOffset, std::move(detail)};
}

struct Region {
  std::uint32_t type = kUnaccepted;
  std::uint64_t start = 0;
  std::uint64_t size = 0;
};

// What the firmware's own sections cover is accepted already; the rest is the firmware's to accept.
Result<std::vector<Region>> regions(std::vector<TdvfSection> taken, std::uint64_t memory) {
  std::ranges::sort(taken, {}, &TdvfSection::memory_address);
  const std::uint64_t low_end = memory < kLowMemory ? memory : kLowEnd;
  std::vector<Region> out;
  std::uint64_t at = 0;
  for (const TdvfSection& section : taken) {
    if (section.memory_address < at) {
      return error(Code::out_of_range, "section", "sections overlap");
    }
    if (section.memory_address > at) {
      out.push_back({kUnaccepted, at, section.memory_address - at});
    }
    out.push_back({kAccepted, section.memory_address, section.memory_size});
    at = section.memory_address + section.memory_size;
  }
  if (at >= low_end) {
    return error(Code::out_of_range, "memory", "less than the firmware's sections need");
  }
  out.push_back({kUnaccepted, at, low_end - at});
  if (memory > low_end) {
    out.push_back({kUnaccepted, kFourGiB, memory - low_end});
  }
  return out;
}

}  // namespace

Result<ByteVector> td_hob(Bytes image, std::uint64_t memory) {
  CUPEL_TRY(std::vector<TdvfSection> sections, parse_tdvf(image));
  const auto place = std::ranges::find(sections, kTdHob, &TdvfSection::type);
  if (place == sections.end()) {
    return error(Code::missing_field, "section", "the firmware has no place for it");
  }
  if (memory == 0 || memory % kPage != 0 || memory > kMostMemory) {
    return error(Code::out_of_range, "memory", "the guest's memory in bytes, whole pages");
  }
  const std::uint64_t address = place->memory_address;
  std::erase_if(sections, [](const TdvfSection& section) {
    return section.type != kTdHob && section.type != kTemporary;
  });
  CUPEL_TRY(const std::vector<Region> all, regions(std::move(sections), memory));
  Writer body;
  for (const Region& region : all) {
    // EFI_HOB_TYPE_RESOURCE_DESCRIPTOR; present, initialized, tested.
    body.u16le(3).u16le(48).u32le(0).zeros(16).u32le(region.type).u32le(7);
    body.u64le(region.start).u64le(region.size);
  }
  // EFI_HOB_TYPE_HANDOFF, version 9; the addresses but the last are left to the firmware. The last
  // is where the list ends, its end entry included, which itself is not measured.
  Writer out;
  out.u16le(1).u16le(kHeader).u32le(0).u32le(9).zeros(4 + 4 * 8);
  out.u64le(address + kHeader + body.size() + kEnd);
  return std::move(out.bytes(body.take())).take();
}

}  // namespace cupel::measure

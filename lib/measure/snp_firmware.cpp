#include "measure/snp_firmware.hpp"

#include "base/reader.hpp"
#include "crypto/digest.hpp"
#include "measure/ovmf.hpp"
#include "measure/unicode.hpp"
#include "measure/writer.hpp"

namespace cupel::measure {
namespace {

constexpr std::string_view kMetadata = "dc886566-984a-4798-a75e-5585a7bf67cc";
constexpr std::string_view kHashTable = "7255371f-3a3b-4b04-927b-1da6efa8d454";
constexpr std::string_view kResetBlock = "00f771de-1a7e-4fcb-890e-68c77e2fb44e";
constexpr std::string_view kSvsmInfo = "a789a612-0597-4c4b-a49f-cbb1fe9d1ddd";
constexpr std::size_t kMaxSections = 64;
constexpr std::uint64_t kFourGiB = std::uint64_t{1} << 32U;

Result<std::optional<std::uint32_t>> number(const std::vector<OvmfEntry>& table,
                                            std::string_view guid) {
  CUPEL_TRY(const std::optional<Bytes> data, ovmf_entry(table, guid, 4));
  if (!data) {
    return std::optional<std::uint32_t>();
  }
  return std::optional<std::uint32_t>(ByteReader(*data, "measure.ovmf.entry").u32le("value"));
}

Uuid guid(std::string_view text) {
  return guid_to_memory(uuid_from_text(text, "guid").value());
}

}  // namespace

Result<SnpFirmware> parse_snp_firmware(Bytes image, std::string_view where) {
  CUPEL_TRY(const std::vector<OvmfEntry> table, parse_ovmf_table(image));
  SnpFirmware out;
  CUPEL_TRY(out.hash_table, number(table, kHashTable));
  CUPEL_TRY(out.reset_eip, number(table, kResetBlock));
  CUPEL_TRY(out.svsm_offset, number(table, kSvsmInfo));
  CUPEL_TRY(const std::optional<std::uint32_t> metadata, number(table, kMetadata));
  if (!metadata) {
    return out;
  }
  const std::string place(where);
  CUPEL_TRY(const Bytes from, from_end(image, *metadata, place + ".metadata"));
  ByteReader r(from, place + ".metadata", image.size() - from.size());
  const std::string_view signature = as_text(r.view(4, "signature"));
  const std::uint32_t size = r.u32le("size");
  const std::uint32_t version = r.u32le("version");
  const std::size_t count =
      r.count(r.u32le("number_of_sections"), "number_of_sections", kMaxSections, 12);
  for (std::size_t i = 0; i < count; ++i) {
    SnpSection section;
    section.gpa = r.u32le("gpa");
    section.size = r.u32le("size");
    section.type = r.u32le("type");
    out.sections.push_back(section);
  }
  if (r.ok() && signature != "ASEV") {
    return Error{Code::bad_magic, place + ".metadata.signature", image.size() - from.size()};
  }
  CUPEL_TRY(std::ignore, r.status());
  if (version != 1) {
    return Error{Code::unsupported_version, place + ".metadata.version", kNoOffset,
                 std::to_string(version)};
  }
  if (size < 16 + count * 12) {
    return Error{Code::bad_length, place + ".metadata.size", kNoOffset, std::to_string(size)};
  }
  for (const SnpSection& section : out.sections) {
    if (section.gpa % 4096 != 0 || section.size % 4096 != 0 || section.size == 0 ||
        section.size > (1U << 30U) || std::uint64_t{section.gpa} + section.size > kFourGiB) {
      return Error{Code::out_of_range, place + ".metadata.section", kNoOffset,
                   "whole pages below 4 GiB, at most 1 GiB"};
    }
  }
  return out;
}

Result<std::uint64_t> svsm_base(const SnpLaunch& launch) {
  const std::uint64_t used =
      launch.ovmf.size() + launch.vars_size + std::uint64_t{launch.svsm.size()};
  if (launch.svsm.empty() || launch.svsm.size() % 4096 != 0 || launch.vars_size % 4096 != 0 ||
      launch.vars_size > kFourGiB || used > kFourGiB) {
    return Error{Code::out_of_range, "measure.snp.svsm", kNoOffset,
                 "an SVSM image and a variable store of whole pages"};
  }
  return kFourGiB - used;
}

Result<std::uint64_t> svsm_start(const SnpLaunch& launch) {
  CUPEL_TRY(const std::uint64_t base, svsm_base(launch));
  CUPEL_TRY(const SnpFirmware svsm, parse_snp_firmware(launch.svsm, "measure.snp.svsm"));
  if (!svsm.svsm_offset) {
    return Error{Code::missing_field, "measure.snp.svsm.info", kNoOffset,
                 "the image does not say where it starts"};
  }
  return base + *svsm.svsm_offset;
}

ByteVector kernel_hashes(const SnpLaunch& launch) {
  ByteVector line = to_vector(as_bytes(launch.command_line));
  line.push_back(0);
  const Bytes kernel = launch.kernel.value_or(Bytes());
  Writer w;
  w.bytes(guid("9438d606-4f22-4cc9-b479-a793d411fd21")).u16le(168);
  w.bytes(guid("97d02dd8-bd20-4c94-aa78-e7714d36ab2a")).u16le(50).bytes(crypto::sha256(line));
  w.bytes(guid("44baf731-3a2f-4bd7-9af1-41e29169781d")).u16le(50);
  w.bytes(crypto::sha256(launch.initrd));
  w.bytes(guid("4de79437-abd2-427f-b835-d5b172d2045b")).u16le(50).bytes(crypto::sha256(kernel));
  w.pad_to(176);
  return std::move(w).take();
}

}  // namespace cupel::measure

#include <algorithm>
#include <cupel/measure/pe.hpp>

#include "base/reader.hpp"
#include "crypto/digest.hpp"
#include "measure/verity_blocks.hpp"

namespace cupel::measure {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 30U;
constexpr std::size_t kMaxSections = 96;  // what the Windows loader takes
constexpr std::size_t kSectionHeader = 40;
constexpr std::size_t kSecurityDirectory = 4;

Error error(Code code, std::string_view field, std::size_t offset, std::string detail = {}) {
  return Error{code, "measure.pe." + std::string(field), offset, std::move(detail)};
}

std::uint32_t u32_at(Bytes file, std::size_t offset) {
  return ByteReader(file.subspan(offset), "measure.pe").u32le("field");
}

struct Headers {
  std::size_t optional_at = 0;
  std::size_t optional_size = 0;
  std::size_t sections = 0;
};

Result<Headers> find_headers(Bytes file) {
  ByteReader dos(file, "measure.pe.dos");
  if (as_text(dos.view(2, "e_magic")) != "MZ") {
    return error(Code::bad_magic, "dos.e_magic", 0, "no PE image");
  }
  dos.view(0x3a, "header");
  const std::uint32_t at = dos.u32le("e_lfanew");
  CUPEL_TRY(std::ignore, dos.status());
  if (at > file.size()) {
    return error(Code::truncated, "dos.e_lfanew", 0x3c, "points behind the end");
  }
  ByteReader r(file.subspan(at), "measure.pe.coff", at);
  if (as_text(r.view(4, "signature")) != std::string_view("PE\0\0", 4)) {
    CUPEL_TRY(std::ignore, r.status());
    return error(Code::bad_magic, "coff.signature", at);
  }
  r.u16le("machine");
  const std::uint16_t sections = r.u16le("number_of_sections");
  r.view(12, "time_and_symbols");
  const std::uint16_t optional = r.u16le("size_of_optional_header");
  r.u16le("characteristics");
  r.view(optional, "optional_header");
  if (sections > kMaxSections) {
    return error(Code::out_of_range, "coff.number_of_sections", at + 6, std::to_string(sections));
  }
  r.view(sections * kSectionHeader, "section_table");
  CUPEL_TRY(std::ignore, r.status());
  return Headers{at + 24, optional, sections};
}

}  // namespace

Result<PeImage> PeImage::parse(Bytes file) {
  if (file.size() > kMaxFile) {
    return error(Code::too_large, "file", kNoOffset, "more than 1 GiB");
  }
  CUPEL_TRY(const Headers headers, find_headers(file));
  PeImage out;
  out.file_ = file;
  const Bytes optional = file.subspan(headers.optional_at, headers.optional_size);
  ByteReader r(optional, "measure.pe.optional_header", headers.optional_at);
  const std::uint16_t magic = r.u16le("magic");
  CUPEL_TRY(std::ignore, r.status());
  if (magic != 0x10b && magic != 0x20b) {
    return error(Code::unsupported_version, "optional_header.magic", headers.optional_at);
  }
  out.plus_ = magic == 0x20b;
  const std::size_t directories_at = out.plus_ ? 112 : 96;
  r.view(54, "fields");
  out.size_of_image_ = r.u32le("size_of_image");
  out.headers_ = r.u32le("size_of_headers");
  r.u32le("checksum");
  r.view(directories_at - 4 - 68, "fields");
  const std::uint32_t directories = r.u32le("number_of_rva_and_sizes");
  CUPEL_TRY(std::ignore, r.status());
  out.checksum_at_ = headers.optional_at + 64;
  const std::size_t table_end =
      headers.optional_at + headers.optional_size + headers.sections * kSectionHeader;
  if (out.headers_ < table_end || out.headers_ > file.size()) {
    return error(Code::out_of_range, "optional_header.size_of_headers", headers.optional_at + 60,
                 std::to_string(out.headers_));
  }
  if (directories > kSecurityDirectory) {
    out.security_at_ = headers.optional_at + directories_at + kSecurityDirectory * 8;
    if (directories_at + (kSecurityDirectory + 1) * 8 > headers.optional_size) {
      return error(Code::truncated, "optional_header.data_directory", out.security_at_);
    }
    out.certificates_at_ = u32_at(file, out.security_at_);
    out.certificates_size_ = u32_at(file, out.security_at_ + 4);
    if (out.certificates_size_ != 0 &&
        (out.certificates_at_ < out.headers_ ||
         out.certificates_at_ + out.certificates_size_ != file.size())) {
      return error(Code::out_of_range, "optional_header.certificate_table", out.security_at_,
                   "it is not the end of the file");
    }
  }
  ByteReader table(
      file.subspan(headers.optional_at + headers.optional_size, headers.sections * kSectionHeader),
      "measure.pe.section", headers.optional_at + headers.optional_size);
  for (std::size_t i = 0; i < headers.sections; ++i) {
    PeSection section;
    const std::size_t at = table.offset();
    const std::string_view name = as_text(table.view(8, "name"));
    section.name = name.substr(0, name.find('\0'));
    section.virtual_size = table.u32le("virtual_size");
    table.u32le("virtual_address");
    section.raw_size = table.u32le("size_of_raw_data");
    section.raw_offset = table.u32le("pointer_to_raw_data");
    table.view(16, "relocations_and_characteristics");
    if (section.raw_size > 0 &&
        (section.raw_offset > file.size() || section.raw_size > file.size() - section.raw_offset)) {
      return error(Code::truncated, "section.size_of_raw_data", at,
                   "section " + section.name + " ends after the file");
    }
    out.sections_.push_back(std::move(section));
  }
  CUPEL_TRY(std::ignore, table.finish());
  std::vector<PeSection> sorted = out.sections_;
  std::ranges::stable_sort(sorted, {}, &PeSection::raw_offset);
  std::size_t end = out.headers_;
  for (const PeSection& section : sorted) {
    if (section.raw_size > 0) {
      if (section.raw_offset < end) {
        return error(Code::out_of_range, "section.pointer_to_raw_data", section.raw_offset,
                     "section " + section.name + " overlaps what is before it");
      }
      end = section.raw_offset + section.raw_size;
    }
  }
  if (out.certificates_size_ != 0 && out.certificates_at_ < end) {
    return error(Code::out_of_range, "optional_header.certificate_table", out.security_at_,
                 "it overlaps a section");
  }
  return out;
}

Bytes PeImage::certificates() const noexcept {
  return certificates_size_ == 0 ? Bytes() : file_.subspan(certificates_at_, certificates_size_);
}

std::vector<PePart> PeImage::parts() const {
  std::vector<PePart> out;
  const auto add = [&](std::string what, std::size_t from, std::size_t to) {
    out.push_back({std::move(what), file_.subspan(from, to - from)});
  };
  add("headers before the checksum", 0, checksum_at_);
  if (security_at_ != 0) {
    add("headers before the certificate table's entry", checksum_at_ + 4, security_at_);
    add("other headers", security_at_ + 8, headers_);
  } else {
    add("other headers", checksum_at_ + 4, headers_);
  }
  std::vector<PeSection> sorted = sections_;
  std::ranges::stable_sort(sorted, {}, &PeSection::raw_offset);
  std::size_t sum = headers_;
  for (const PeSection& section : sorted) {
    if (section.raw_size > 0) {
      add("section " + section.name, section.raw_offset, section.raw_offset + section.raw_size);
      sum += section.raw_size;
    }
  }
  // The tail starts where the count stands, not where the last section ends: with a gap between
  // sections, its bytes are never hashed and as many of the end are hashed twice. Firmware does so.
  const std::size_t end = file_.size() - certificates_size_;
  if (end > sum) {
    add("after the sections", sum, end);
  }
  return out;
}

ByteVector PeImage::authenticode(Algorithm algorithm, bool padded) const {
  crypto::Digester digester(crypto_hash(algorithm));
  for (const PePart& part : parts()) {
    digester.update(part.bytes);
  }
  if (padded && file_.size() % 8 != 0) {
    digester.update(ByteVector(8 - file_.size() % 8));
  }
  return digester.finish();
}

Result<ByteVector> PeImage::mapped(const PeSection& section) const {
  if (section.virtual_size > kMaxFile) {
    return error(Code::too_large, "section.virtual_size", kNoOffset,
                 "section " + section.name + " is mapped with more than 1 GiB");
  }
  ByteVector out =
      to_vector(file_.subspan(section.raw_size == 0 ? 0 : section.raw_offset,
                              std::min<std::size_t>(section.raw_size, section.virtual_size)));
  out.resize(section.virtual_size);
  return out;
}

}  // namespace cupel::measure

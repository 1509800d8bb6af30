#include <algorithm>
#include <array>
#include <cupel/measure/eif.hpp>

#include "base/hex.hpp"
#include "base/reader.hpp"
#include "codec/json.hpp"
#include "crypto/digest.hpp"
#include "measure/crc32.hpp"
#include "measure/eif_signature.hpp"

namespace cupel::measure {
namespace {

constexpr std::size_t kHeader = 548;
constexpr std::size_t kSectionHeader = 12;
constexpr std::size_t kMaxSections = 32;
constexpr std::uint64_t kMaxSmall = 1U << 20U;  // command line, metadata
constexpr std::uint64_t kMaxSignature = 32768;
constexpr std::size_t kPiece = 256U << 10U;
constexpr std::size_t kCrcAt = 544;

Error error(Code code, std::string_view field, std::uint64_t offset, std::string detail = {}) {
  return Error{code, "measure.eif." + std::string(field), static_cast<std::size_t>(offset),
               std::move(detail)};
}

struct Header {
  unsigned version = 0;
  bool aarch64 = false;
  std::size_t sections = 0;
  std::array<std::uint64_t, kMaxSections> offsets = {};
  std::array<std::uint64_t, kMaxSections> sizes = {};
  std::uint32_t crc32 = 0;
};

Result<Header> parse_header(Bytes in) {
  ByteReader r(in, "measure.eif.header");
  if (as_text(r.view(4, "magic")) != ".eif") {
    CUPEL_TRY(std::ignore, r.status());
    return error(Code::bad_magic, "header.magic", 0, "no enclave image file");
  }
  Header out;
  out.version = r.u16be("version");
  const std::uint16_t flags = r.u16be("flags");
  r.u64be("default_mem");
  r.u64be("default_cpus");
  const std::uint16_t reserved = r.u16be("reserved");
  out.sections = r.u16be("num_sections");
  for (std::uint64_t& offset : out.offsets) {
    offset = r.u64be("section_offsets");
  }
  for (std::uint64_t& size : out.sizes) {
    size = r.u64be("section_sizes");
  }
  const std::uint32_t unused = r.u32be("unused");
  out.crc32 = r.u32be("eif_crc32");
  CUPEL_TRY(std::ignore, r.finish());
  if (out.version < 2 || out.version > 4) {
    return error(Code::unsupported_version, "header.version", 4, std::to_string(out.version));
  }
  if ((flags & ~1U) != 0 || reserved != 0 || unused != 0) {
    return error(Code::reserved_not_zero, "header.flags", 6);
  }
  out.aarch64 = flags == 1;
  if (out.sections == 0 || out.sections > kMaxSections) {
    return error(Code::out_of_range, "header.num_sections", 26, std::to_string(out.sections));
  }
  for (std::size_t i = out.sections; i < kMaxSections; ++i) {
    if (out.offsets.at(i) != 0 || out.sizes.at(i) != 0) {
      return error(Code::reserved_not_zero, "header.section_offsets", 28 + 8 * i,
                   "beyond the number of sections");
    }
  }
  return out;
}

// Two readers exist, one that follows the tables and one that walks from header to header: both
// must see the same image.
Result<std::vector<EifSection>> walk(const Source& image, const Header& header, Crc32& crc,
                                     const auto& visit) {
  std::vector<EifSection> out;
  std::uint64_t at = kHeader;
  for (std::size_t i = 0; i < header.sections; ++i) {
    CUPEL_TRY(const ByteVector raw,
              read_part(image, at, kSectionHeader, kSectionHeader, "measure.eif.section_header"));
    crc.update(raw);
    ByteReader r(raw, "measure.eif.section_header", static_cast<std::size_t>(at));
    const std::uint16_t type = r.u16be("section_type");
    const std::uint16_t flags = r.u16be("flags");
    const std::uint64_t size = r.u64be("section_size");
    CUPEL_TRY(std::ignore, r.finish());
    if (type < 1 || type > 5 || (type == 4 && header.version < 3) ||
        (type == 5 && header.version < 4)) {
      return error(
          Code::out_of_range, "section_header.section_type", at,
          "type " + std::to_string(type) + " in version " + std::to_string(header.version));
    }
    if (flags != 0) {
      return error(Code::reserved_not_zero, "section_header.flags", at + 2);
    }
    if (header.offsets.at(i) != at || header.sizes.at(i) != size) {
      return error(Code::out_of_range, "header.section_offsets", 28 + 8 * i,
                   "the tables say otherwise than the section itself");
    }
    if (size > image.size() - at - kSectionHeader) {
      return error(Code::truncated, "section_header.section_size", at + 4,
                   std::to_string(size) + " bytes are not in the file");
    }
    out.push_back({static_cast<EifSection::Type>(type), at + kSectionHeader, size});
    CUPEL_TRY(std::ignore, visit(out));
    at += kSectionHeader + size;
  }
  if (at != image.size()) {
    return error(Code::trailing_bytes, "", at,
                 std::to_string(image.size() - at) + " bytes after the last section");
  }
  return out;
}

ByteVector extended(Bytes digest) {
  const ByteVector zeros(48);
  return crypto::digest(crypto::Hash::sha384, {zeros, digest});
}

// What goes into which register, while the file passes by once.
class Hasher {
 public:
  Hasher(const Source& image, Crc32& crc)
      : image_(image),
        crc_(crc),
        all_(crypto::Hash::sha384),
        first_(crypto::Hash::sha384),
        rest_(crypto::Hash::sha384) {}

  Result<Unit> section(const std::vector<EifSection>& so_far) {
    const EifSection& now = so_far.back();
    CUPEL_TRY(std::ignore, placed(so_far));
    const bool small = now.type == EifSection::Type::signature ||
                       now.type == EifSection::Type::metadata ||
                       now.type == EifSection::Type::cmdline;
    const std::uint64_t limit = now.type == EifSection::Type::signature ? kMaxSignature : kMaxSmall;
    if (small && now.size > limit) {
      return error(Code::too_large, to_string(now.type), now.offset, std::to_string(now.size));
    }
    ByteVector piece;
    for (std::uint64_t done = 0; done < now.size; done += piece.size()) {
      piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, now.size - done)));
      CUPEL_TRY(std::ignore, image_.read(now.offset + done, piece));
      crc_.update(piece);
      take(now.type, piece);
    }
    return Unit{};
  }

  Result<Unit> complete(unsigned version) const {
    if (kernels_ == 0 || cmdlines_ == 0 || ramdisks_ == 0) {
      return error(Code::missing_field, "sections", kHeader,
                   "an image has a kernel, a command line and a ramdisk");
    }
    if (version >= 4 && metadata_.empty()) {
      return error(Code::missing_field, "metadata", kHeader, "version 4 has it");
    }
    return Unit{};
  }

  ByteVector pcr0() { return extended(all_.finish()); }
  ByteVector pcr1() { return extended(first_.finish()); }
  ByteVector pcr2() { return extended(rest_.finish()); }
  const ByteVector& metadata() const { return metadata_; }
  const ByteVector& signature() const { return signature_; }

 private:
  Result<Unit> placed(const std::vector<EifSection>& so_far) {
    const EifSection& now = so_far.back();
    const auto twice = [&](std::size_t& count) -> Result<Unit> {
      return ++count == 1 ? Result<Unit>(Unit{})
                          : error(Code::duplicate_field, to_string(now.type), now.offset,
                                  "an image has one");
    };
    switch (now.type) {
      case EifSection::Type::kernel:
        return twice(kernels_);
      case EifSection::Type::cmdline:
        return twice(cmdlines_);
      case EifSection::Type::signature:
        return twice(signatures_);
      case EifSection::Type::metadata:
        return twice(metadatas_);
      case EifSection::Type::ramdisk:
        break;
    }
    ++ramdisks_;
    return kernels_ == 1 ? Result<Unit>(Unit{})
                         : error(Code::out_of_range, "ramdisk", now.offset, "before the kernel");
  }

  void take(EifSection::Type type, Bytes piece) {
    switch (type) {
      case EifSection::Type::kernel:
      case EifSection::Type::cmdline:
        all_.update(piece);
        first_.update(piece);
        return;
      case EifSection::Type::ramdisk:
        all_.update(piece);
        (ramdisks_ == 1 ? first_ : rest_).update(piece);
        return;
      case EifSection::Type::signature:
        signature_.insert(signature_.end(), piece.begin(), piece.end());
        return;
      case EifSection::Type::metadata:
        metadata_.insert(metadata_.end(), piece.begin(), piece.end());
        return;
    }
  }

  const Source& image_;
  Crc32& crc_;
  crypto::Digester all_;
  crypto::Digester first_;
  crypto::Digester rest_;
  std::size_t kernels_ = 0;
  std::size_t cmdlines_ = 0;
  std::size_t ramdisks_ = 0;
  std::size_t signatures_ = 0;
  std::size_t metadatas_ = 0;
  ByteVector metadata_;
  ByteVector signature_;
};

Result<ByteVector> of_text(std::string_view text, std::string_view where) {
  if (text.empty() || text.find_first_of("\r\n") != std::string_view::npos) {
    return Error{Code::invalid_argument, "measure.eif." + std::string(where), kNoOffset,
                 "the identifier alone, without a line break"};
  }
  return extended(as_bytes(text));
}

}  // namespace

std::string_view to_string(EifSection::Type type) noexcept {
  switch (type) {
    case EifSection::Type::kernel:
      return "kernel";
    case EifSection::Type::cmdline:
      return "cmdline";
    case EifSection::Type::ramdisk:
      return "ramdisk";
    case EifSection::Type::signature:
      return "signature";
    case EifSection::Type::metadata:
      break;
  }
  return "metadata";
}

Result<Eif> measure_eif(const Source& image) {
  CUPEL_TRY(const ByteVector raw, read_part(image, 0, kHeader, kHeader, "measure.eif.header"));
  CUPEL_TRY(const Header header, parse_header(raw));
  Crc32 crc;
  crc.update(Bytes(raw).first(kCrcAt));
  Hasher hasher(image, crc);
  Eif out;
  CUPEL_TRY(out.sections,
            walk(image, header, crc, [&](const auto& so_far) { return hasher.section(so_far); }));
  CUPEL_TRY(std::ignore, image.unchanged());
  CUPEL_TRY(std::ignore, hasher.complete(header.version));
  if (crc.value() != header.crc32) {
    return error(Code::digest_mismatch, "header.eif_crc32", kCrcAt,
                 "the file is damaged: its checksum is another");
  }
  out.version = header.version;
  out.aarch64 = header.aarch64;
  out.crc32 = header.crc32;
  out.pcr0 = hasher.pcr0();
  out.pcr1 = hasher.pcr1();
  out.pcr2 = hasher.pcr2();
  out.metadata = std::string(as_text(hasher.metadata()));
  if (!out.metadata.empty()) {
    CUPEL_TRY(std::ignore, json::parse(out.metadata, "measure.eif.metadata"));
  }
  if (!hasher.signature().empty()) {
    CUPEL_TRY(out.signature, parse_eif_signature(hasher.signature(), out.pcr0));
    out.pcr8 = extended(crypto::digest(crypto::Hash::sha384, out.signature->certificate));
  }
  return out;
}

Result<ByteVector> eif_pcr3(std::string_view role_arn) {
  return of_text(role_arn, "role");
}

Result<ByteVector> eif_pcr4(std::string_view instance_id) {
  return of_text(instance_id, "instance");
}

Recipe eif_recipe(const Eif& eif) {
  Recipe out;
  out.kind = "eif";
  out.parameters = {{"version", std::to_string(eif.version)},
                    {"architecture", eif.aarch64 ? "aarch64" : "x86_64"}};
  unsigned index = 0;
  for (const EifSection& section : eif.sections) {
    out.parameters.emplace_back(
        "section_" + std::to_string(index++),
        std::string(to_string(section.type)) + ", " + std::to_string(section.size) + " bytes");
  }
  const auto add = [&](const std::string& pcr, const ByteVector& value) {
    if (!value.empty()) {
      out.values.push_back({"pcr" + pcr, "sha384", value, "nitro.pcr." + pcr});
    }
  };
  add("0", eif.pcr0);
  add("1", eif.pcr1);
  add("2", eif.pcr2);
  add("8", eif.pcr8);
  out.notes.push_back(
      "registers hash the parts without their lengths: equal registers do not mean equal files");
  if (eif.signature && !eif.signature->valid) {
    out.notes.push_back("the image's signature is not right: " + eif.signature->problem);
  }
  return out;
}

std::string nitro_measurements(const Eif& eif) {
  json::Object out{{"HashAlgorithm", "Sha384 { ... }"},
                   {"PCR0", to_hex(eif.pcr0)},
                   {"PCR1", to_hex(eif.pcr1)},
                   {"PCR2", to_hex(eif.pcr2)}};
  if (!eif.pcr8.empty()) {
    out.emplace_back("PCR8", to_hex(eif.pcr8));
  }
  return json::dump(json::Object{{"Measurements", std::move(out)}}, 2);
}

}  // namespace cupel::measure

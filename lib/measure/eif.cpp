#include <algorithm>
#include <array>
#include <cupel/measure/eif.hpp>

#include "base/hex.hpp"
#include "base/reader.hpp"
#include "codec/json.hpp"
#include "crypto/digest.hpp"
#include "measure/crc32.hpp"
#include "measure/eif_signature.hpp"
#include "measure/read_size.hpp"

namespace cupel::measure {
namespace {

constexpr std::size_t kHeader = 548;
constexpr std::size_t kSectionHeader = 12;
constexpr std::size_t kMaxSections = 32;
constexpr std::uint64_t kMaxSmall = 1U << 20U;  // command line, metadata
constexpr std::uint64_t kMaxSignature = 32768;
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
Result<std::vector<EifSection>> walk(const Source& image, const Header& header) {
  std::vector<EifSection> out;
  std::uint64_t at = kHeader;
  for (std::size_t i = 0; i < header.sections; ++i) {
    CUPEL_TRY(const ByteVector raw,
              read_part(image, at, kSectionHeader, kSectionHeader, "measure.eif.section_header"));
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
    at += kSectionHeader + size;
  }
  if (at != image.size()) {
    return error(Code::trailing_bytes, "", at,
                 std::to_string(image.size() - at) + " bytes after the last section");
  }
  return out;
}

// Where the sections' contents go: into the registers, or to the caller.
struct Places {
  std::vector<EifSection> all = {};    // PCR 0
  std::vector<EifSection> first = {};  // PCR 1
  std::vector<EifSection> rest = {};   // PCR 2
  std::optional<EifSection> kernel = {};
  std::optional<EifSection> cmdline = {};
  std::optional<EifSection> signature = {};
  std::optional<EifSection> metadata = {};
  std::size_t ramdisks = 0;
};

Result<Unit> only_one(std::optional<EifSection>& place, const EifSection& section,
                      std::uint64_t limit) {
  if (place) {
    return error(Code::duplicate_field, to_string(section.type), section.offset,
                 "an image has one");
  }
  if (section.size > limit) {
    return error(Code::too_large, to_string(section.type), section.offset,
                 std::to_string(section.size));
  }
  place = section;
  return Unit{};
}

Result<Unit> put_into_place(Places& out, const EifSection& section) {
  Result<Unit> placed = Unit{};
  switch (section.type) {
    case EifSection::Type::signature:
      return only_one(out.signature, section, kMaxSignature);
    case EifSection::Type::metadata:
      return only_one(out.metadata, section, kMaxSmall);
    case EifSection::Type::kernel:
      placed = only_one(out.kernel, section, ~std::uint64_t{0});
      break;
    case EifSection::Type::cmdline:
      placed = only_one(out.cmdline, section, kMaxSmall);
      break;
    case EifSection::Type::ramdisk:
      if (!out.kernel) {
        return error(Code::out_of_range, "ramdisk", section.offset, "before the kernel");
      }
      ++out.ramdisks;
      break;
  }
  const bool later = section.type == EifSection::Type::ramdisk && out.ramdisks > 1;
  out.all.push_back(section);
  (later ? out.rest : out.first).push_back(section);
  return placed;
}

Result<Places> places_of(const std::vector<EifSection>& sections, unsigned version) {
  Places out;
  for (const EifSection& section : sections) {
    CUPEL_TRY(std::ignore, put_into_place(out, section));
  }
  if (!out.kernel || !out.cmdline || out.ramdisks == 0) {
    return error(Code::missing_field, "sections", kHeader,
                 "an image has a kernel, a command line and a ramdisk");
  }
  if (version >= 4 && (!out.metadata || out.metadata->size == 0)) {
    return error(Code::missing_field, "metadata", kHeader, "version 4 has it");
  }
  return out;
}

ByteVector extended(Bytes digest) {
  const ByteVector zeros(48);
  return crypto::digest(crypto::Hash::sha384, {zeros, digest});
}

Result<Unit> each_piece(const Source& image, std::uint64_t offset, std::uint64_t size,
                        const auto& take) {
  ByteVector piece;
  for (std::uint64_t done = 0; done < size; done += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kReadAtOnce, size - done)));
    CUPEL_TRY(std::ignore, image.read(offset + done, piece));
    take(Bytes(piece));
  }
  return Unit{};
}

Result<ByteVector> register_of(const Source& image, const std::vector<EifSection>& sections) {
  crypto::Digester digester(crypto::Hash::sha384);
  for (const EifSection& section : sections) {
    CUPEL_TRY(std::ignore, each_piece(image, section.offset, section.size,
                                      [&](Bytes piece) { digester.update(piece); }));
  }
  return extended(digester.finish());
}

// Of everything but the field itself.
Result<std::uint32_t> checksum(const Source& image) {
  Crc32 crc;
  const auto take = [&](Bytes piece) { crc.update(piece); };
  CUPEL_TRY(std::ignore, each_piece(image, 0, kCrcAt, take));
  CUPEL_TRY(std::ignore, each_piece(image, kHeader, image.size() - kHeader, take));
  return crc.value();
}

Result<ByteVector> content(const Source& image, const std::optional<EifSection>& section) {
  return section ? read_part(image, section->offset, section->size, kMaxSmall, "measure.eif")
                 : Result<ByteVector>(ByteVector{});
}

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

Result<Eif> measure_eif(const Source& image, const Together& together) {
  CUPEL_TRY(const ByteVector raw, read_part(image, 0, kHeader, kHeader, "measure.eif.header"));
  CUPEL_TRY(const Header header, parse_header(raw));
  Eif out;
  CUPEL_TRY(out.sections, walk(image, header));
  CUPEL_TRY(const Places places, places_of(out.sections, header.version));

  Result<ByteVector> pcr0 = ByteVector{};
  Result<ByteVector> pcr1 = ByteVector{};
  Result<ByteVector> pcr2 = ByteVector{};
  Result<std::uint32_t> crc = std::uint32_t{0};
  const std::vector<std::function<void()>> chains = {[&] { pcr0 = register_of(image, places.all); },
                                                     [&] {
                                                       pcr1 = register_of(image, places.first);
                                                       pcr2 = register_of(image, places.rest);
                                                     },
                                                     [&] { crc = checksum(image); }};
  if (together) {
    together(chains);
  } else {
    for (const auto& chain : chains) {
      chain();
    }
  }
  CUPEL_TRY(out.pcr0, std::move(pcr0));
  CUPEL_TRY(out.pcr1, std::move(pcr1));
  CUPEL_TRY(out.pcr2, std::move(pcr2));
  CUPEL_TRY(out.crc32, std::move(crc));
  CUPEL_TRY(const ByteVector metadata, content(image, places.metadata));
  CUPEL_TRY(const ByteVector signature, content(image, places.signature));
  CUPEL_TRY(std::ignore, image.unchanged());

  if (out.crc32 != header.crc32) {
    return error(Code::digest_mismatch, "header.eif_crc32", kCrcAt,
                 "the file is damaged: its checksum is another");
  }
  out.version = header.version;
  out.aarch64 = header.aarch64;
  out.metadata = std::string(as_text(metadata));
  if (!out.metadata.empty()) {
    CUPEL_TRY(std::ignore, json::parse(out.metadata, "measure.eif.metadata"));
  }
  if (!signature.empty()) {
    CUPEL_TRY(out.signature, parse_eif_signature(signature, out.pcr0));
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

Result<std::vector<RecipeEvent>> eif_events(const Source& image, const Eif& eif) {
  std::vector<RecipeEvent> out;
  unsigned ramdisks = 0;
  for (const EifSection& section : eif.sections) {
    if (section.type == EifSection::Type::signature || section.type == EifSection::Type::metadata) {
      continue;
    }
    ramdisks += section.type == EifSection::Type::ramdisk ? 1 : 0;
    crypto::Digester digester(crypto::Hash::sha384);
    CUPEL_TRY(std::ignore, each_piece(image, section.offset, section.size,
                                      [&](Bytes piece) { digester.update(piece); }));
    const ByteVector digest = digester.finish();
    out.push_back({"pcr0", std::string(to_string(section.type)), digest});
    out.push_back({ramdisks > 1 ? "pcr2" : "pcr1", std::string(to_string(section.type)), digest});
  }
  if (eif.signature) {
    out.push_back(
        {"pcr8", "certificate", crypto::digest(crypto::Hash::sha384, eif.signature->certificate)});
  }
  CUPEL_TRY(std::ignore, image.unchanged());
  return out;
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
  const bool unsound = eif.signature && !eif.signature->valid;
  add("8", eif.pcr8);
  if (unsound) {
    out.values.back().claim.clear();  // nothing to demand: the key has not signed this image
  }
  out.notes.push_back(
      "registers hash the parts without their lengths: equal registers do not mean equal files");
  if (unsound) {
    out.notes.push_back("the image's signature is not right, so a policy does not demand PCR 8: " +
                        eif.signature->problem);
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

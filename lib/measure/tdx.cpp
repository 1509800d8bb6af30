#include <algorithm>
#include <array>
#include <cupel/measure/tdx.hpp>
#include <memory>

#include "base/reader.hpp"
#include "crypto/digest.hpp"
#include "measure/ovmf.hpp"
#include "measure/writer.hpp"

namespace cupel::measure {
namespace {

constexpr std::string_view kTdvf = "e47a6535-984a-4798-865e-4685a7bf8ec2";
constexpr std::size_t kPage = 4096;
constexpr std::size_t kChunk = 256;
constexpr std::size_t kMaxSections = 64;
constexpr std::uint64_t kMaxMemory = std::uint64_t{1} << 30U;  // what is hashed page by page
constexpr std::uint32_t kExtend = 1;
constexpr std::uint32_t kAug = 2;
constexpr std::uint32_t kConfiguration = 1;
constexpr std::uint32_t kLastType = 6;

Error error(Code code, std::string_view field, std::uint64_t offset, std::string detail = {}) {
  return Error{code, "measure.tdvf." + std::string(field), static_cast<std::size_t>(offset),
               std::move(detail)};
}

Result<Unit> in_range(const TdvfSection& s, Bytes image, std::size_t at) {
  if (s.type > kLastType || (s.attributes & ~(kExtend | kAug)) != 0) {
    return error(Code::out_of_range, "section.type", at + 24,
                 "type " + std::to_string(s.type) + ", attributes " + std::to_string(s.attributes));
  }
  if (s.memory_address % kPage != 0 || s.memory_size % kPage != 0 ||
      s.memory_address > ~std::uint64_t{0} - s.memory_size) {
    return error(Code::out_of_range, "section.memory_address", at + 8, "not whole pages");
  }
  if (s.raw_size > s.memory_size) {
    return error(Code::out_of_range, "section.raw_data_size", at + 4, "more data than memory");
  }
  if (s.data_offset > image.size() || s.raw_size > image.size() - s.data_offset) {
    return error(Code::truncated, "section.data_offset", at,
                 "data behind the end of the file: of a split firmware both halves are needed");
  }
  if ((s.attributes & kAug) == 0 && s.memory_size > kMaxMemory) {
    return error(Code::too_large, "section.memory_size", at + 16, "more than 1 GiB is added");
  }
  return Unit{};
}

// TDX Module ABI: 128 bytes, the operation's name first, the address at 16.
ByteVector operation(std::string_view name, std::uint64_t gpa) {
  return Writer().text(name).pad_to(16).u64le(gpa).pad_to(128).take();
}

class Mrtd {
 public:
  void add(std::uint64_t gpa) { update(operation("MEM.PAGE.ADD", gpa)); }
  // The page's 16 chunks; what the file does not give is zero.
  void extend(std::uint64_t gpa, Bytes page) {
    ByteVector full = to_vector(page);
    full.resize(kPage);
    for (std::size_t i = 0; i < kPage; i += kChunk) {
      update(operation("MR.EXTEND", gpa + i));
      update(Bytes(full).subspan(i, kChunk));
    }
  }
  ByteVector finish() { return all_.finish(); }
  /// SHA-384 of what was hashed since the last time.
  ByteVector end_section() {
    ByteVector digest = section_->finish();
    section_ = std::make_unique<crypto::Digester>(crypto::Hash::sha384);
    return digest;
  }

 private:
  void update(Bytes data) {
    all_.update(data);
    section_->update(data);
  }

  crypto::Digester all_{crypto::Hash::sha384};
  std::unique_ptr<crypto::Digester> section_ =
      std::make_unique<crypto::Digester>(crypto::Hash::sha384);
};

std::string describe(const TdvfSection& section) {
  constexpr std::array<std::string_view, kLastType + 1> kTypes = {
      "firmware volume", "configuration volume", "TD HOB", "temporary memory", "permanent memory",
      "payload",         "payload's parameters"};
  return std::string(kTypes.at(section.type)) + ", " + std::to_string(section.memory_size / kPage) +
         " pages at " + std::to_string(section.memory_address) +
         ((section.attributes & kExtend) != 0 ? ", measured" : ", added only");
}

Result<ByteVector> mrtd_of(Bytes image, PageOrder order, const std::string& into,
                           std::vector<RecipeEvent>& events) {
  CUPEL_TRY(const std::vector<TdvfSection> sections, parse_tdvf(image));
  Mrtd mrtd;
  for (const TdvfSection& section : sections) {
    if ((section.attributes & kAug) != 0) {
      continue;
    }
    const Bytes data = image.subspan(section.data_offset, section.raw_size);
    const auto extend = [&](std::uint64_t at) {
      if ((section.attributes & kExtend) != 0) {
        const auto from = static_cast<std::size_t>(std::min<std::uint64_t>(at, data.size()));
        mrtd.extend(section.memory_address + at,
                    data.subspan(from, std::min(kPage, data.size() - from)));
      }
    };
    for (std::uint64_t at = 0; at < section.memory_size; at += kPage) {
      mrtd.add(section.memory_address + at);
      if (order == PageOrder::single_pass) {
        extend(at);
      }
    }
    for (std::uint64_t at = 0; order == PageOrder::two_pass && at < section.memory_size;
         at += kPage) {
      extend(at);
    }
    events.push_back({into, describe(section), mrtd.end_section()});
  }
  return mrtd.finish();
}

}  // namespace

Result<std::vector<TdvfSection>> parse_tdvf(Bytes image) {
  CUPEL_TRY(const auto table, parse_ovmf_table(image));
  CUPEL_TRY(const std::optional<Bytes> entry, ovmf_entry(table, kTdvf, 4));
  if (!entry) {
    return error(Code::missing_field, "metadata", kNoOffset,
                 "the image has no TDX metadata; it is no TDVF");
  }
  const std::uint32_t back = ByteReader(*entry, "measure.tdvf.metadata").u32le("offset");
  CUPEL_TRY(const Bytes from, from_end(image, back, "measure.tdvf.metadata"));
  const std::size_t start = image.size() - from.size();
  ByteReader r(from, "measure.tdvf.descriptor", start);
  const std::string_view signature = as_text(r.view(4, "signature"));
  const std::uint32_t length = r.u32le("length");
  const std::uint32_t version = r.u32le("version");
  CUPEL_TRY(std::ignore, r.status());
  if (signature != "TDVF") {
    return error(Code::bad_magic, "descriptor.signature", start);
  }
  if (version != 1) {
    return error(Code::unsupported_version, "descriptor.version", start + 8,
                 std::to_string(version));
  }
  const std::size_t count =
      r.count(r.u32le("number_of_sections"), "number_of_sections", kMaxSections, 32);
  CUPEL_TRY(std::ignore, r.status());
  if (count == 0 || length < 16 + count * 32) {
    return error(Code::out_of_range, "descriptor.length", start + 4, std::to_string(length));
  }
  std::vector<TdvfSection> out;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = r.offset();
    TdvfSection section;
    section.data_offset = r.u32le("data_offset");
    section.raw_size = r.u32le("raw_data_size");
    section.memory_address = r.u64le("memory_address");
    section.memory_size = r.u64le("memory_data_size");
    section.type = r.u32le("type");
    section.attributes = r.u32le("attributes");
    CUPEL_TRY(std::ignore, r.status());
    CUPEL_TRY(std::ignore, in_range(section, image, at));
    out.push_back(section);
  }
  return out;
}

Result<ByteVector> measure_mrtd(Bytes image, PageOrder order) {
  std::vector<RecipeEvent> events;
  return mrtd_of(image, order, "mrtd", events);
}

Result<Recipe> measure_tdvf(Bytes image) {
  CUPEL_TRY(const std::vector<TdvfSection> sections, parse_tdvf(image));
  Recipe out;
  out.kind = "tdx";
  CUPEL_TRY(ByteVector single, mrtd_of(image, PageOrder::single_pass, "mrtd", out.events));
  CUPEL_TRY(ByteVector two, mrtd_of(image, PageOrder::two_pass, "mrtd_two_pass", out.events));
  out.values = {{"mrtd", "sha384", std::move(single), "tdx.mrtd"},
                {"mrtd_two_pass", "sha384", std::move(two), {}}};
  for (const TdvfSection& section : sections) {
    if (section.type == kConfiguration) {
      const ByteVector digest = crypto::digest(
          crypto::Hash::sha384, image.subspan(section.data_offset, section.raw_size));
      out.events.push_back({"cfv", "configuration volume", digest});
      out.values.push_back({"cfv", "sha384", digest, {}});
    }
  }
  out.notes.push_back(
      "mrtd is for hosts that measure each page as it is added (Linux, QEMU 9 and newer); early "
      "Google hosts extended every region");
  return out;
}

}  // namespace cupel::measure

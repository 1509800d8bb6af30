#include <algorithm>
#include <cupel/measure/secureboot.hpp>

#include "base/hex.hpp"
#include "base/reader.hpp"
#include "codec/json.hpp"
#include "crypto/authenticode.hpp"
#include "measure/unicode.hpp"
#include "measure/writer.hpp"

namespace cupel::measure {
namespace {

constexpr std::string_view kGlobal = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr std::string_view kSecurity = "d719b2cb-3d3a-4596-a3bc-dad00e67656f";
constexpr std::string_view kX509 = "a5c059a1-94e4-4aa7-87b5-ab155c2bf072";
constexpr std::string_view kSha256 = "c1c41626-504c-4092-aca9-41f936934328";
constexpr std::size_t kMaxLists = 1U << 20U;
constexpr unsigned kStartsKernelItself = 258;
constexpr unsigned kAmazonLinux2023 = 252;
constexpr unsigned kPastSecureBoot = 252;  // from here on it loads a kernel past firmware's check

Error error(Code code, std::string_view field, std::size_t offset, std::string detail = {}) {
  return Error{code, "measure.secureboot." + std::string(field), offset, std::move(detail)};
}

// UEFI_VARIABLE_DATA: GUID, length of the name in characters, length of the data, name, data.
ByteVector variable_data(std::string_view guid, std::string_view name, Bytes data) {
  const ByteVector wide = utf8_to_utf16le(name, "name").value();
  return Writer()
      .bytes(guid_to_memory(uuid_from_text(guid, "guid").value()))
      .u64le(name.size())
      .u64le(data.size())
      .bytes(wide)
      .bytes(data)
      .take();
}

// WIN_CERTIFICATE entries, eight-byte aligned: the PKCS #7 ones.
Result<std::vector<Bytes>> signatures(const PeImage& image) {
  std::vector<Bytes> out;
  Bytes rest = image.certificates();
  while (!rest.empty()) {
    ByteReader r(rest, "measure.secureboot.certificates");
    const std::uint32_t size = r.u32le("length");
    const std::uint16_t revision = r.u16le("revision");
    const std::uint16_t type = r.u16le("type");
    CUPEL_TRY(std::ignore, r.status());
    if (size < 8 || size > rest.size() || revision != 0x0200) {
      return error(Code::bad_length, "certificates", kNoOffset, std::to_string(size));
    }
    if (type == 2) {
      out.push_back(rest.subspan(8, size - 8));
    }
    rest = rest.subspan(std::min<std::size_t>(rest.size(), (std::size_t{size} + 7) / 8 * 8));
  }
  return out;
}

// The content is padded to eight bytes; the DER says where it ends.
Bytes without_padding(Bytes der) {
  ByteReader r(der, "der");
  r.u8("tag");
  const std::uint8_t first = r.u8("length");
  std::size_t size = first;
  if (first >= 0x80) {
    size = 0;
    for (unsigned i = 0; i < (first & 0x7fU) && i < 4; ++i) {
      size = size << 8U | r.u8("length");
    }
  }
  const std::size_t head = r.ok() ? r.offset() : 0;
  return r.ok() && size <= der.size() - head ? der.first(head + size) : der;
}

bool authorises(const DbEntry& entry, const std::vector<Bytes>& signed_by, Bytes digest) {
  if (entry.type == DbEntry::Type::sha256) {
    return std::ranges::equal(entry.content(), digest);
  }
  return entry.type == DbEntry::Type::x509 && std::ranges::any_of(signed_by, [&](Bytes signature) {
           return crypto::verify_authenticode(without_padding(signature), digest, entry.content(),
                                              "measure.secureboot.image")
               .ok();
         });
}

}  // namespace

Result<std::vector<DbEntry>> parse_signature_lists(Bytes in) {
  if (in.size() > kMaxLists) {
    return error(Code::too_large, "list", kMaxLists);
  }
  std::vector<DbEntry> out;
  std::size_t at = 0;
  while (at < in.size()) {
    ByteReader r(in.subspan(at), "measure.secureboot.list", at);
    const std::string type = to_text(guid_from_memory(r.bytes<16>("signature_type")));
    const std::uint32_t list_size = r.u32le("signature_list_size");
    const std::uint32_t header_size = r.u32le("signature_header_size");
    const std::uint32_t size = r.u32le("signature_size");
    CUPEL_TRY(std::ignore, r.status());
    if (list_size < 28 || list_size > in.size() - at || header_size > list_size - 28 ||
        size <= 16 || (list_size - 28 - header_size) % size != 0) {
      return error(Code::bad_length, "list", at + 16, "sizes that do not fit together");
    }
    r.view(header_size, "signature_header");
    for (std::size_t i = (list_size - 28 - header_size) / size; i > 0; --i) {
      DbEntry entry;
      entry.type = type == kX509                   ? DbEntry::Type::x509
                   : type == kSha256 && size == 48 ? DbEntry::Type::sha256
                                                   : DbEntry::Type::other;
      entry.data = to_vector(r.view(size, "signature"));
      out.push_back(std::move(entry));
    }
    CUPEL_TRY(std::ignore, r.status());
    at += list_size;
  }
  return out;
}

Result<DbEntry> authorising_entry(const PeImage& image, const std::vector<DbEntry>& db) {
  CUPEL_TRY(const std::vector<Bytes> signed_by, signatures(image));
  const ByteVector digest = image.authenticode(Algorithm::sha256);
  const auto found = std::ranges::find_if(
      db, [&](const DbEntry& entry) { return authorises(entry, signed_by, digest); });
  if (found == db.end()) {
    return error(Code::bad_signature, "image", kNoOffset,
                 "no entry of db lets this image run: with Secure Boot it would not start");
  }
  return *found;
}

namespace {

// os-release(5), as the UKI carries it: NAME=VALUE lines, values bare or in quotes.
bool says(std::string_view os_release, std::string_view name, std::string_view value) {
  while (!os_release.empty()) {
    const std::size_t end = std::min(os_release.find('\n'), os_release.size());
    std::string_view line = os_release.substr(0, end);
    os_release.remove_prefix(std::min(end + 1, os_release.size()));
    if (!line.starts_with(name) || line.substr(name.size(), 1) != "=") {
      continue;
    }
    line.remove_prefix(name.size() + 1);
    const bool quoted = line.size() >= 2 && (line.front() == '"' || line.front() == '\'') &&
                        line.back() == line.front();
    return (quoted ? line.substr(1, line.size() - 2) : line) == value;
  }
  return false;
}

// The stub of Amazon Linux 2023 is version 252 and has no .sdmagic (nitro-tpm-pcr-compute 1.1.1).
Result<unsigned> stub_of(const PeImage& image, unsigned given) {
  if (given != 0) {
    return given;
  }
  auto version = stub_version(image);
  if (version || version.error().code != Code::missing_field) {
    return version;
  }
  for (const PeSection& section : image.sections()) {
    if (section.name == ".osrel") {
      CUPEL_TRY(const ByteVector data, image.mapped(section));
      const std::string_view text = as_text(data).substr(0, as_text(data).find('\0'));
      return says(text, "ID", "amzn") && says(text, "VERSION_ID", "2023")
                 ? Result<unsigned>(kAmazonLinux2023)
                 : version;
    }
  }
  return version;
}

}  // namespace

Result<Recipe> predict_pcr7(const SecureBootPlan& plan, Algorithm bank) {
  const std::string name(to_string(bank));
  Registers registers(bank);
  const ByteVector state = plan.firmware_without
                               ? ByteVector()
                               : ByteVector(1, static_cast<std::uint8_t>(plan.enabled ? 1 : 0));
  const auto variable = [&](std::string_view guid, std::string_view variable_name, Bytes data) {
    registers.extend(7, "variable " + std::string(variable_name),
                     registers.hash(variable_data(guid, variable_name, data)));
  };
  variable(kGlobal, "SecureBoot", state);
  variable(kGlobal, "PK", plan.pk);
  variable(kGlobal, "KEK", plan.kek);
  variable(kSecurity, "db", plan.db);
  variable(kSecurity, "dbx", plan.dbx);
  registers.extend(7, "separator", registers.hash(ByteVector(4)));
  CUPEL_TRY(const std::vector<DbEntry> db, parse_signature_lists(plan.db));
  for (const ByteVector* list : {&plan.pk, &plan.kek, &plan.dbx}) {
    CUPEL_TRY(std::ignore, parse_signature_lists(*list));
  }
  std::vector<ByteVector> seen;
  for (const Companion& file : plan.images) {
    if (!plan.enabled) {
      break;  // nothing authorises anything then
    }
    CUPEL_TRY(const PeImage image, PeImage::parse(file.content));
    CUPEL_TRY(const DbEntry entry, authorising_entry(image, db));
    if (std::ranges::find(seen, entry.data) == seen.end()) {
      seen.push_back(entry.data);
      registers.extend(7, "authority for " + file.name,
                       registers.hash(variable_data(kSecurity, "db", entry.data)));
    }
  }
  Recipe out;
  out.kind = "secureboot";
  out.parameters = {{"bank", name},
                    {"enabled", plan.enabled ? "true" : "false"},
                    {"firmware_without", plan.firmware_without ? "true" : "false"}};
  out.events = registers.events();
  out.values = {{"pcr7", name, registers.value(7), "tpm.pcr." + name + ".7"}};
  return out;
}

Result<Recipe> nitro_tpm_recipe(const SecureBootPlan& plan) {
  Registers registers(Algorithm::sha384);
  registers.extend(4, "calling",
                   registers.hash(as_bytes("Calling EFI Application from Boot Option")));
  registers.extend(4, "separator", registers.hash(ByteVector(4)));
  for (const Companion& file : plan.images) {
    CUPEL_TRY(const PeImage image, PeImage::parse(file.content));
    registers.extend(4, file.name, image.authenticode(Algorithm::sha384));
    for (const PeSection& section : image.sections()) {
      if (section.name != ".linux") {
        continue;
      }
      CUPEL_TRY(const unsigned stub, stub_of(image, plan.stub));
      if (stub < kStartsKernelItself && !(stub >= kPastSecureBoot && plan.enabled)) {
        CUPEL_TRY(const ByteVector kernel, image.mapped(section));
        CUPEL_TRY(const PeImage inner, PeImage::parse(kernel));
        registers.extend(4, "kernel", inner.authenticode(Algorithm::sha384));
      }
    }
  }
  CUPEL_TRY(Recipe out, predict_pcr7(plan, Algorithm::sha384));
  out.kind = "nitro-tpm";
  out.events.insert(out.events.begin(), registers.events().begin(), registers.events().end());
  out.values = {{"pcr4", "sha384", registers.value(4), "nitro.tpm_pcr.4"},
                {"pcr7", "sha384", out.values.at(0).value, "nitro.tpm_pcr.7"},
                {"pcr12", "sha384", registers.value(12), "nitro.tpm_pcr.12"}};
  return out;
}

std::string nitro_tpm_measurements(const Recipe& recipe) {
  const auto value = [&](std::string_view name) { return to_hex(recipe.value(name)->value); };
  return json::dump(json::Object{{"Measurements", json::Object{{"HashAlgorithm", "SHA384"},
                                                               {"PCR4", value("pcr4")},
                                                               {"PCR7", value("pcr7")},
                                                               {"PCR12", value("pcr12")}}}},
                    2);
}

Result<std::string> nitro_tpm_measurements(const SecureBootPlan& plan) {
  CUPEL_TRY(const Recipe recipe, nitro_tpm_recipe(plan));
  return nitro_tpm_measurements(recipe);
}

}  // namespace cupel::measure

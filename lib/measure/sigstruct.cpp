#include <algorithm>
#include <array>
#include <cupel/measure/sgx.hpp>

#include "base/hex.hpp"
#include "base/reader.hpp"
#include "crypto/rsa_quotients.hpp"
#include "crypto/signature.hpp"

namespace cupel::measure {
namespace {

// SDM volume 3D, Table 37-19: two constants, at 0 and at 24.
constexpr std::array<std::uint8_t, 16> kHeader = {6, 0, 0, 0, 0xe1, 0, 0, 0,
                                                  0, 0, 1, 0, 0,    0, 0, 0};
constexpr std::array<std::uint8_t, 16> kHeader2 = {1,    1, 0, 0, 0x60, 0, 0, 0,
                                                   0x60, 0, 0, 0, 1,    0, 0, 0};
constexpr std::uint64_t kInit = 1;
constexpr std::uint64_t kDebug = 2;
constexpr std::size_t kQuotients = 1040;

Error error(Code code, std::string_view field, std::size_t offset, std::string detail = {}) {
  return Error{code, "measure.sigstruct." + std::string(field), offset, std::move(detail)};
}

ByteVector reversed(Bytes in) {
  ByteVector out = to_vector(in);
  std::ranges::reverse(out);
  return out;
}

// Signed: the first 128 bytes and those from 900 to 1027.
bool signature_is_right(const crypto::PublicKey& key, Bytes in, Bytes signature) {
  ByteVector message = to_vector(in.first(128));
  const Bytes body = in.subspan(900, 128);
  message.insert(message.end(), body.begin(), body.end());
  return crypto::verify_rsa_pkcs1(key, crypto::Hash::sha256, message, reversed(signature),
                                  "measure.sigstruct.signature")
      .ok();
}

bool starts_here(Bytes in) {
  return in.size() >= kSigstructSize && std::ranges::equal(in.first(16), kHeader) &&
         std::ranges::equal(in.subspan(24, 16), kHeader2);
}

// The bytes of one section of a 64-bit little-endian ELF file, or nothing.
Result<std::optional<Bytes>> elf_section(Bytes file, std::string_view wanted) {
  ByteReader r(file, "measure.sigstruct.elf");
  r.view(40, "header");
  const std::uint64_t table = r.u64le("e_shoff");
  r.view(10, "header");
  const std::uint16_t size = r.u16le("e_shentsize");
  const std::uint16_t count = r.u16le("e_shnum");
  const std::uint16_t names = r.u16le("e_shstrndx");
  CUPEL_TRY(std::ignore, r.status());
  if (size != 64 || table > file.size() || std::size_t{count} * size > file.size() - table ||
      names >= count) {
    return error(Code::out_of_range, "elf.sections", 40, "the table is not in the file");
  }
  const auto header = [&](std::size_t i) {
    return file.subspan(static_cast<std::size_t>(table) + i * size, size);
  };
  const auto content = [&](std::size_t i) -> std::optional<Bytes> {
    ByteReader h(header(i), "measure.sigstruct.elf.section");
    h.view(24, "fields");
    const std::uint64_t offset = h.u64le("sh_offset");
    const std::uint64_t length = h.u64le("sh_size");
    if (offset > file.size() || length > file.size() - offset) {
      return std::nullopt;
    }
    return file.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
  };
  const std::optional<Bytes> strings = content(names);
  if (!strings) {
    return error(Code::out_of_range, "elf.names", 62, "not in the file");
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t at = ByteReader(header(i), "measure.sigstruct.elf").u32le("sh_name");
    if (at < strings->size()) {
      const std::string_view name = as_text(strings->subspan(at));
      if (name.substr(0, name.find('\0')) == wanted) {
        const std::optional<Bytes> found = content(i);
        if (!found) {
          return error(Code::truncated, "elf.section", at, std::string(wanted));
        }
        return found;
      }
    }
  }
  return std::optional<Bytes>();
}

// The one place inside a section where both constants stand.
Result<Sigstruct> search(Bytes section) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i + kSigstructSize <= section.size(); ++i) {
    if (starts_here(section.subspan(i))) {
      if (found) {
        return error(Code::duplicate_field, "header", i, "several in one section");
      }
      found = i;
    }
  }
  if (!found) {
    return error(Code::missing_field, "header", kNoOffset, "the enclave is not signed");
  }
  return parse_sigstruct(section.subspan(*found, kSigstructSize));
}

std::string hex_number(std::uint64_t value) {
  std::string out;
  do {
    out.insert(out.begin(), "0123456789abcdef"[value % 16]);
    value /= 16;
  } while (value != 0);
  return "0x" + out;
}

}  // namespace

Result<Sigstruct> parse_sigstruct(Bytes in) {
  ByteReader r(in, "measure.sigstruct");
  const Bytes header = r.view(16, "header");
  Sigstruct out;
  out.vendor = r.u32le("vendor");
  out.date = r.u32le("date");
  const Bytes header2 = r.view(16, "header2");
  r.u32le("swdefined");
  r.zeros(84, "reserved_44");
  const Bytes modulus = r.view(384, "modulus");
  const std::uint32_t exponent = r.u32le("exponent");
  const Bytes signature = r.view(384, "signature");
  out.misc_select = r.u32le("miscselect");
  out.misc_mask = r.u32le("miscmask");
  r.view(2, "cet_attributes");
  r.zeros(2, "reserved_910");
  out.isv_family_id = to_vector(r.view(16, "isvfamilyid"));
  out.attributes_flags = r.u64le("attributes");
  out.attributes_xfrm = r.u64le("xfrm");
  out.attributes_mask_flags = r.u64le("attributemask");
  out.attributes_mask_xfrm = r.u64le("xfrm_mask");
  out.mrenclave = to_vector(r.view(32, "enclavehash"));
  r.zeros(16, "reserved_992");
  out.isv_ext_prod_id = to_vector(r.view(16, "isvextprodid"));
  out.isv_prod_id = r.u16le("isvprodid");
  out.isv_svn = r.u16le("isvsvn");
  r.zeros(12, "reserved_1028");
  const Bytes q1 = r.view(384, "q1");
  const Bytes q2 = r.view(384, "q2");
  CUPEL_TRY(std::ignore, r.finish());
  if (!std::ranges::equal(header, kHeader) || !std::ranges::equal(header2, kHeader2)) {
    return error(Code::bad_magic, "header", 0, "no SIGSTRUCT");
  }
  if (exponent != 3) {
    return error(Code::out_of_range, "exponent", 512, "the exponent is 3");
  }
  if (out.vendor != 0 && out.vendor != 0x8086) {
    return error(Code::out_of_range, "vendor", 16);
  }
  const std::array<std::uint8_t, 1> three = {3};
  CUPEL_TRY(const auto key,
            crypto::PublicKey::from_rsa(reversed(modulus), three, "measure.sigstruct.modulus"));
  out.mrsigner = crypto::digest(crypto::Hash::sha256, modulus);
  out.signature_valid = signature_is_right(key, in, signature);
  out.quotients_valid = crypto::quotients_are_right(
      {reversed(modulus), reversed(signature), reversed(q1), reversed(q2)});
  return out;
}

Result<Sigstruct> find_sigstruct(Bytes file) {
  constexpr std::string_view kElf =
      "\x7f"
      "ELF\x02\x01";
  if (as_text(file.first(std::min(file.size(), kElf.size()))) != kElf) {
    return parse_sigstruct(file);
  }
  for (const std::string_view name : {".note.sgxmeta", ".oeinfo"}) {
    CUPEL_TRY(const std::optional<Bytes> section, elf_section(file, name));
    if (section) {
      return search(*section);
    }
  }
  return error(Code::missing_field, "elf.section", kNoOffset,
               "neither .note.sgxmeta nor .oeinfo: no enclave");
}

Result<Recipe> sigstruct_recipe(const Sigstruct& sigstruct) {
  if (!sigstruct.signature_valid) {
    return error(Code::bad_signature, "signature", 516,
                 "the enclave's hash is not signed by the key beside it");
  }
  if (!sigstruct.quotients_valid) {
    return error(Code::bad_signature, "q1_q2", kQuotients,
                 "the quotients are not the signature's: no processor starts this enclave");
  }
  Recipe out;
  out.kind = "sigstruct";
  out.parameters = {{"isv_prod_id", std::to_string(sigstruct.isv_prod_id)},
                    {"isv_svn", std::to_string(sigstruct.isv_svn)},
                    {"date", hex_number(sigstruct.date).substr(2)},
                    {"vendor", hex_number(sigstruct.vendor)},
                    {"attributes_flags", hex_number(sigstruct.attributes_flags)},
                    {"attributes_xfrm", hex_number(sigstruct.attributes_xfrm)},
                    {"attributes_mask_flags", hex_number(sigstruct.attributes_mask_flags)},
                    {"attributes_mask_xfrm", hex_number(sigstruct.attributes_mask_xfrm)},
                    {"misc_select", hex_number(sigstruct.misc_select)},
                    {"misc_mask", hex_number(sigstruct.misc_mask)},
                    {"isv_family_id", to_hex(sigstruct.isv_family_id)},
                    {"isv_ext_prod_id", to_hex(sigstruct.isv_ext_prod_id)}};
  out.values = {{"mrenclave", "sha256", sigstruct.mrenclave, "sgx.mrenclave"},
                {"mrsigner", "sha256", sigstruct.mrsigner, "sgx.mrsigner"}};
  out.events = {{"mrenclave", "enclave hash, as the signed structure says it", sigstruct.mrenclave},
                {"mrsigner", "modulus of the signing key", sigstruct.mrsigner}};
  if ((sigstruct.attributes_flags & kDebug) != 0) {
    out.notes.push_back("this enclave may be debugged: its memory is open to the host");
  }
  return out;
}

std::string blindai_manifest(Bytes mrenclave, bool debug) {
  Sigstruct usual;
  usual.mrenclave = to_vector(mrenclave);
  usual.attributes_flags = 4;
  usual.attributes_mask_flags = ~kDebug;
  usual.attributes_xfrm = 3;
  usual.attributes_mask_xfrm = debug ? 0xfffffffffffffd1b : 0xffffffffffffff1b;
  usual.misc_mask = 0xffffffff;
  return blindai_manifest(usual, debug);
}

std::string blindai_manifest(const Sigstruct& sigstruct, bool debug) {
  const std::uint64_t mask = (sigstruct.attributes_mask_flags | kInit) & ~kDebug;
  const auto line = [](const char* name, std::uint64_t value) {
    return std::string(name) + " = \"" + hex_number(value) + "\"\n";
  };
  return "mr_enclave = \"" + to_hex(sigstruct.mrenclave) +
         "\"\nallow_debug = " + (debug ? "true" : "false") + "\n" +
         line("attributes_flags_hex", sigstruct.attributes_flags & mask & ~kInit) +
         line("attributes_mask_flags_hex", mask) +
         line("attributes_xfrm_hex", sigstruct.attributes_xfrm & sigstruct.attributes_mask_xfrm) +
         line("attributes_mask_xfrm_hex", sigstruct.attributes_mask_xfrm) +
         line("misc_select_hex", sigstruct.misc_select & sigstruct.misc_mask) +
         line("misc_mask_hex", sigstruct.misc_mask);
}

}  // namespace cupel::measure

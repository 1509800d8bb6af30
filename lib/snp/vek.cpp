#include "snp/vek.hpp"

#include "crypto/asn1.hpp"
#include "snp/product.hpp"

namespace cupel::snp {
namespace {

constexpr std::string_view kArc = "1.3.6.1.4.1.3704.1.";
constexpr std::size_t kHwidSize = 64;
constexpr std::size_t kTurinHwidSize = 8;

// AMD 57230 0.51, Table 8: the number under …3704.1.3 and the byte of TCB_VERSION it speaks of.
struct Spl {
  std::string_view oid;
  std::string_view name;
};
constexpr std::array<Spl, 8> kLegacy = {{{"3.1", "boot_loader"},
                                         {"3.2", "tee"},
                                         {"3.4", "spl4"},
                                         {"3.5", "spl5"},
                                         {"3.6", "spl6"},
                                         {"3.7", "spl7"},
                                         {"3.3", "snp"},
                                         {"3.8", "microcode"}}};
constexpr std::array<Spl, 8> kTurin = {{{"3.9", "fmc"},
                                        {"3.1", "boot_loader"},
                                        {"3.2", "tee"},
                                        {"3.3", "snp"},
                                        {"3.5", "spl5"},
                                        {"3.6", "spl6"},
                                        {"3.7", "spl7"},
                                        {"3.8", "microcode"}}};

const std::array<Spl, 8>& layout(Product product) noexcept {
  return product == Product::turin ? kTurin : kLegacy;
}

Error refused(Code code, std::string_view name, std::string detail) {
  return {code, std::string(kVek) + "." + std::string(name), kNoOffset, std::move(detail),
          "snp-09"};
}

class Extensions {
 public:
  explicit Extensions(const crypto::Certificate& certificate) : certificate_(certificate) {}

  bool has(std::string_view oid) const {
    return certificate_.extension(std::string(kArc) + std::string(oid)).has_value();
  }

  Result<ByteVector> raw(std::string_view oid, std::string_view name) const {
    auto value = certificate_.extension(std::string(kArc) + std::string(oid));
    if (!value) {
      return refused(Code::bad_certificate, name, "the extension is missing");
    }
    return std::move(*value);
  }

  Result<std::uint64_t> integer(std::string_view oid, std::string_view name) const {
    constexpr std::uint64_t kMax = 255;
    CUPEL_TRY(const ByteVector der, raw(oid, name));
    auto value = crypto::der_integer(der, kMax, name);
    if (!value) {
      return refused(Code::bad_certificate, name, value.error().detail);
    }
    return *value;
  }

  Result<std::string> text(std::string_view oid, std::string_view name) const {
    CUPEL_TRY(const ByteVector der, raw(oid, name));
    auto value = crypto::der_ia5_string(der, name);
    if (!value) {
      return refused(Code::bad_certificate, name, value.error().detail);
    }
    return std::move(value).value();
  }

 private:
  const crypto::Certificate& certificate_;
};

// AMD writes the bytes straight into the extension; some certificates wrap them once more. The
// lengths differ, so that there is no guessing.
Result<ByteVector> hwid(const Extensions& extensions, Product product) {
  constexpr std::size_t kHeader = 2;
  const std::size_t size = product == Product::turin ? kTurinHwidSize : kHwidSize;
  CUPEL_TRY(ByteVector value, extensions.raw("4", "hwid"));
  if (value.size() == size + kHeader) {
    auto inner = crypto::der_octet_string(value, "hwid");
    if (!inner) {
      return refused(Code::bad_certificate, "hwid", inner.error().detail);
    }
    value = std::move(inner).value();
  }
  if (value.size() != size) {
    return refused(Code::bad_certificate, "hwid", std::to_string(value.size()) + " bytes");
  }
  return value;
}

Result<Unit> absent(const Extensions& extensions, std::string_view oid, std::string_view name) {
  if (extensions.has(oid)) {
    return refused(Code::bad_certificate, name, "an extension that this kind of key does not have");
  }
  return Unit{};
}

}  // namespace

std::string_view common_name(SigningKey kind) noexcept {
  return kind == SigningKey::vlek ? "SEV-VLEK" : "SEV-VCEK";
}

std::array<std::string_view, 8> tcb_names(Product product) noexcept {
  std::array<std::string_view, 8> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out.at(i) = layout(product).at(i).name;
  }
  return out;
}

Result<VekExtensions> parse_vek(const crypto::Certificate& certificate, SigningKey kind) {
  const Extensions extensions(certificate);
  VekExtensions out;
  CUPEL_TRY(const std::uint64_t version, extensions.integer("1", "struct_version"));
  if (version > 1) {
    return refused(Code::unsupported_version, "struct_version", std::to_string(version));
  }
  CUPEL_TRY(out.product_name, extensions.text("2", "product_name"));
  const auto product = product_by_name(out.product_name);
  if (!product) {
    return refused(Code::bad_certificate, "product_name", "a product that is not known here");
  }
  out.product = *product;
  for (std::size_t i = 0; i < out.tcb.size(); ++i) {
    const Spl& spl = layout(out.product).at(i);
    CUPEL_TRY(const std::uint64_t level, extensions.integer(spl.oid, spl.name));
    out.tcb.at(i) = static_cast<std::uint8_t>(level);
  }
  if (out.product != Product::turin) {
    CUPEL_TRY([[maybe_unused]] auto none, absent(extensions, "3.9", "fmc"));
  }
  if (kind == SigningKey::vlek) {
    CUPEL_TRY(out.csp_id, extensions.text("5", "csp_id"));
    CUPEL_TRY([[maybe_unused]] auto none, absent(extensions, "4", "hwid"));
    return out;
  }
  CUPEL_TRY(out.hwid, hwid(extensions, out.product));
  CUPEL_TRY([[maybe_unused]] auto none, absent(extensions, "5", "csp_id"));
  return out;
}

}  // namespace cupel::snp

// Products, their processors, and how each numbers its patch levels.
#include "snp/product.hpp"

namespace cupel::snp {

std::string_view to_string(Product product) noexcept {
  switch (product) {
    case Product::milan:
      return "Milan";
    case Product::genoa:
      return "Genoa";
    case Product::turin:
      return "Turin";
  }
  return "unknown";
}

std::string_view to_string(SigningKey key) noexcept {
  switch (key) {
    case SigningKey::vcek:
      return "vcek";
    case SigningKey::vlek:
      return "vlek";
    case SigningKey::none:
      return "none";
  }
  return "unknown";
}

// AMD 57230 0.51, table "Product names"; models of Bergamo and Siena (a0h to afh) are Genoa's.
std::optional<Product> product_of(const CpuId& cpuid) noexcept {
  constexpr std::uint8_t kZen3And4 = 0x19;
  constexpr std::uint8_t kZen5 = 0x1a;
  const std::uint8_t model = cpuid.model;
  if (cpuid.family == kZen3And4 && model <= 0x0f) {
    return Product::milan;
  }
  if (cpuid.family == kZen3And4 &&
      ((model >= 0x10 && model <= 0x1f) || (model >= 0xa0 && model <= 0xaf))) {
    return Product::genoa;
  }
  if (cpuid.family == kZen5 && model <= 0x11) {
    return Product::turin;
  }
  return std::nullopt;
}

// "Milan-B0" carries a stepping, "Genoa" does not.
std::optional<Product> product_by_name(std::string_view name) noexcept {
  const std::string_view stem = name.substr(0, name.find('-'));
  for (const Product product : {Product::milan, Product::genoa, Product::turin}) {
    if (stem == to_string(product)) {
      return product;
    }
  }
  return std::nullopt;
}

// AMD 56860 1.58, 2.2 (TCB_VERSION).
Result<Tcb> parse_tcb(Product product, const TcbBytes& bytes, std::string_view where) {
  const auto zero = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i <= to; ++i) {
      if (bytes.at(i) != 0) {
        return false;
      }
    }
    return true;
  };
  const bool turin = product == Product::turin;
  if (!(turin ? zero(4, 6) : zero(2, 5))) {
    return Error{Code::reserved_not_zero, std::string(where), kNoOffset,
                 "a reserved byte of the " + std::string(to_string(product)) + " layout is set"};
  }
  if (turin) {
    return Tcb(TurinTcb{bytes[0], bytes[1], bytes[2], bytes[3], bytes[7]});
  }
  return Tcb(LegacyTcb{bytes[0], bytes[1], bytes[6], bytes[7]});
}

std::vector<TcbPart> parts(const Tcb& tcb) {
  if (const auto* turin = std::get_if<TurinTcb>(&tcb)) {
    return {{"fmc", turin->fmc},
            {"boot_loader", turin->boot_loader},
            {"tee", turin->tee},
            {"snp", turin->snp},
            {"microcode", turin->microcode}};
  }
  const LegacyTcb& legacy = std::get<LegacyTcb>(tcb);
  return {{"boot_loader", legacy.boot_loader},
          {"tee", legacy.tee},
          {"snp", legacy.snp},
          {"microcode", legacy.microcode}};
}

}  // namespace cupel::snp

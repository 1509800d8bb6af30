#include "snp/collateral.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "crypto/x509.hpp"
#include "snp/anchors.hpp"
#include "snp/product.hpp"
#include "snp/vek.hpp"

namespace cupel::snp {
namespace {

constexpr std::string_view kKds = "https://kdsintf.amd.com";
constexpr std::string_view kAzureCache = "https://global.acccache.azure.net/SevSnpVM/certificates/";
constexpr std::size_t kTurinHwid = 8;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// AMD 57230 0.51, 4.1: decimal, two digits at least.
std::string level(std::string_view name, unsigned value) {
  return std::string(name) + "=" + (value < 10 ? "0" : "") + std::to_string(value);
}

std::string query(Product product, const TcbBytes& tcb) {
  if (product == Product::turin) {
    return level("fmcSPL", tcb[0]) + "&" + level("blSPL", tcb[1]) + "&" + level("teeSPL", tcb[2]) +
           "&" + level("snpSPL", tcb[3]) + "&" + level("ucodeSPL", tcb[7]);
  }
  return level("blSPL", tcb[0]) + "&" + level("teeSPL", tcb[1]) + "&" + level("snpSPL", tcb[6]) +
         "&" + level("ucodeSPL", tcb[7]);
}

CollateralRequest vcek(Product product, const ReportBody& body) {
  const Bytes chip(body.chip_id);
  const std::string hwid = to_hex(product == Product::turin ? chip.first(kTurinHwid) : chip);
  TcbBytes reversed = body.reported_tcb;
  std::reverse(reversed.begin(), reversed.end());
  const std::string name(to_string(product));
  CollateralRequest out{
      "certificate",
      std::string(kKds) + "/vcek/v1/" + name + "/" + hwid + "?" + query(product, body.reported_tcb),
      "vcek-" + lower(name) + "-" + hwid.substr(0, 32) + "-" + to_hex(reversed) + ".crt",
      {},
      {}};
  // Azure keeps the certificates of its own processors, with their authorities.
  out.mirrors.push_back(std::string(kAzureCache) + to_hex(chip) + "/" + to_hex(reversed) +
                        "?api-version=2020-10-15-preview&clientId=ConfidentialACI");
  return out;
}

CollateralRequest published(Product product, SigningKey kind, bool chain) {
  const std::string name(to_string(product));
  const std::string key = kind == SigningKey::vlek ? "vlek" : "vcek";
  const std::string base = std::string(kKds) + "/" + key + "/v1/" + name + "/";
  const std::string file = key + "-" + lower(name);
  return chain ? CollateralRequest{"certificate", base + "cert_chain", file + "-chain.pem", {}, {}}
               : CollateralRequest{"crl", base + "crl", file + ".crl", {}, {}};
}

// Version 2 names no processor. A Turin chip's number is eight bytes; the others fill the field.
std::vector<Product> candidates(const Report& report) {
  if (const CpuId* cpuid = report.cpuid()) {
    const auto known = product_of(*cpuid);
    return known ? std::vector<Product>{*known} : std::vector<Product>{};
  }
  const auto& chip = report.body().chip_id;
  const bool tail = std::any_of(chip.begin() + kTurinHwid, chip.end(), [](auto b) { return b; });
  const bool head = std::any_of(chip.begin(), chip.begin() + kTurinHwid, [](auto b) { return b; });
  if (head && !tail) {
    return {Product::turin};
  }
  return {Product::milan, Product::genoa};
}

struct Brought {
  std::optional<Product> product;  // of the endorsement key's certificate
  bool vek = false;
  std::vector<Product> roots;
};

Brought look_at(const Evidence& evidence) {
  Brought out;
  const SigningKey kind = evidence.report.body().signing_key;
  for (const ByteVector& der : evidence.certificates) {
    const auto certificate = crypto::Certificate::from_der(der, kVek);
    if (!certificate) {
      continue;  // verify() will say so
    }
    if (certificate->common_name() == common_name(kind)) {
      out.vek = true;
      if (const auto extensions = parse_vek(*certificate, kind); extensions.ok()) {
        out.product = extensions->product;
      }
    }
    for (const KnownRoot& root : known_roots()) {
      if (is_root(root.product, certificate->sha256())) {
        out.roots.push_back(root.product);
      }
    }
  }
  return out;
}

std::vector<CollateralRequest> requests(const Report& report, const Brought& brought) {
  const SigningKey kind = report.body().signing_key;
  std::vector<Product> products = candidates(report);
  if (report.cpuid() == nullptr && brought.product) {
    products = {*brought.product};
  }
  std::vector<CollateralRequest> out;
  for (const Product product : products) {
    // Nobody but the provider gets VLEK certificates from AMD: they come with the evidence.
    if (kind == SigningKey::vcek && !brought.vek) {
      out.push_back(vcek(product, report.body()));
    }
    if (std::find(brought.roots.begin(), brought.roots.end(), product) == brought.roots.end()) {
      out.push_back(published(product, kind, /*chain=*/true));
    }
    out.push_back(published(product, kind, /*chain=*/false));
  }
  return out;
}

}  // namespace

Result<std::vector<CollateralRequest>> needed(const Report& report) {
  return requests(report, Brought{});
}

Result<std::vector<CollateralRequest>> needed_by(const Evidence& evidence) {
  return requests(evidence.report, look_at(evidence));
}

Result<std::vector<CollateralRequest>> needed_for(Bytes evidence) {
  CUPEL_TRY(const Evidence parsed, parse_evidence(evidence));
  return needed_by(parsed);
}

}  // namespace cupel::snp

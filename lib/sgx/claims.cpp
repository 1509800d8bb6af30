// What a verified SGX quote says, as claims.
#include "sgx/claims.hpp"

#include <array>

#include "dcap/claims.hpp"

namespace cupel::sgx {
namespace {

constexpr std::string_view kReport = "Intel SDM vol. 3D, 39.15 (REPORT)";
constexpr std::string_view kAttributes = "Intel SDM vol. 3D, 38.7.1 (ATTRIBUTES)";

constexpr ClaimDef bytes(std::string_view name, std::size_t size, std::string_view meaning,
                         std::string_view source = kReport) {
  return {
      .name = name, .type = ClaimType::bytes, .size = size, .meaning = meaning, .source = source};
}
constexpr ClaimDef measurement(std::string_view name, std::size_t size, std::string_view meaning) {
  ClaimDef out = bytes(name, size, meaning);
  out.measurement = true;
  return out;
}
constexpr ClaimDef chosen_by_the_host(std::string_view name, std::size_t size,
                                      std::string_view meaning) {
  ClaimDef out = bytes(name, size, meaning);
  out.launch_setting = true;
  out.host_chosen = true;
  return out;
}
constexpr ClaimDef number(std::string_view name, std::string_view meaning) {
  return {.name = name, .type = ClaimType::integer, .meaning = meaning, .source = kReport};
}
constexpr ClaimDef flag(std::string_view name, std::string_view meaning) {
  return {.name = name, .type = ClaimType::boolean, .meaning = meaning, .source = kAttributes};
}

constexpr std::array kOwn = {
    measurement("sgx.mrenclave", 32, "measurement of the enclave's code, data and layout"),
    bytes("sgx.mrsigner", 32,
          "hash of the key that signed the enclave; says who vouches for it, not which code runs: "
          "any version by that signer has it"),
    number("sgx.isv_prod_id", "the signer's number for the product"),
    number("sgx.isv_svn", "the signer's security version of the product"),
    bytes("sgx.attributes", 16,
          "flags (8 bytes, little-endian) and XFRM (8): bit 1 debug, 2 64-bit, 4 provisioning key, "
          "5 launch key, 7 key separation and sharing",
          kAttributes),
    bytes("sgx.misc_select", 4, "MISCSELECT, little-endian: bit 0, exception information"),
    flag("sgx.attributes.init", "the enclave has been initialised"),
    flag("sgx.attributes.mode64bit", "the enclave runs in 64-bit mode"),
    flag("sgx.attributes.provision_key", "the enclave may derive the provisioning key"),
    flag("sgx.attributes.einittoken_key", "the enclave may derive the launch key"),
    flag("sgx.attributes.kss", "key separation and sharing: CONFIGID and its like are in use"),
    bytes("sgx.cpu_svn", 16, "CPUSVN at which the report was made"),
    chosen_by_the_host("sgx.config_id", 64,
                       "CONFIGID, chosen by whoever started the enclave (KSS)"),
    number("sgx.config_svn", "CONFIGSVN (KSS)"),
    bytes("sgx.isv_ext_prod_id", 16, "the signer's extended product id (KSS)"),
    bytes("sgx.isv_family_id", 16, "the signer's family id (KSS)"),
    bytes("sgx.report_data", 64, "bytes that the enclave chose: key hash, nonce"),
};

constexpr bool bit(const std::array<std::uint8_t, 16>& attributes, unsigned index) {
  return (static_cast<unsigned>(attributes.at(index / 8)) >> (index % 8) & 1U) != 0;
}

std::array<std::uint8_t, 4> little_endian(std::uint32_t value) {
  std::array<std::uint8_t, 4> out{};
  for (std::uint8_t& byte : out) {
    byte = static_cast<std::uint8_t>(value & 0xffU);
    value >>= 8U;
  }
  return out;
}

}  // namespace

std::span<const ClaimDef> claim_definitions() {
  static const auto kAll = [] {
    std::array<ClaimDef, kOwn.size() + dcap::kSharedClaimCount> out{};
    auto next = std::copy(kOwn.begin(), kOwn.end(), out.begin());
    std::copy(dcap::shared_claims().begin(), dcap::shared_claims().end(), next);
    return out;
  }();
  return kAll;
}

void add_quote_claims(ClaimsBuilder& builder, const Verified<Quote>& quote) {
  const dcap::SgxReport& report = quote->report;
  builder.set("sgx.mrenclave", to_vector(report.mrenclave))
      .set("sgx.mrsigner", to_vector(report.mrsigner))
      .set("sgx.isv_prod_id", std::uint64_t{report.isv_prod_id})
      .set("sgx.isv_svn", std::uint64_t{report.isv_svn})
      .set("sgx.attributes", to_vector(report.attributes))
      .set("sgx.misc_select", to_vector(little_endian(report.misc_select)))
      .set("sgx.attributes.init", bit(report.attributes, 0))
      .set("sgx.attributes.mode64bit", bit(report.attributes, 2))
      .set("sgx.attributes.provision_key", bit(report.attributes, 4))
      .set("sgx.attributes.einittoken_key", bit(report.attributes, 5))
      .set("sgx.attributes.kss", bit(report.attributes, 7))
      .set("sgx.cpu_svn", to_vector(report.cpu_svn))
      .set("sgx.config_id", to_vector(report.config_id))
      .set("sgx.config_svn", std::uint64_t{report.config_svn})
      .set("sgx.isv_ext_prod_id", to_vector(report.isv_ext_prod_id))
      .set("sgx.isv_family_id", to_vector(report.isv_family_id))
      .set("sgx.report_data", to_vector(report.report_data))
      .set("common.debug", bit(report.attributes, 1))
      .set("common.tee_class", std::string("enclave"), Provenance::configuration)
      .set("common.bound_data", to_vector(report.report_data));
  if (quote->platform && quote->tcb) {
    dcap::add_shared_claims(builder, quote->header, quote->signature, *quote->platform,
                            *quote->tcb);
  }
}

Claims claims(const Verified<Quote>& quote) {
  ClaimsBuilder builder("sgx", quote);
  add_quote_claims(builder, quote);
  return std::move(builder).build();
}

}  // namespace cupel::sgx

#include "snp/describe.hpp"

#include "base/hex.hpp"
#include "codec/json.hpp"
#include "crypto/x509.hpp"
#include "snp/policy_bits.hpp"
#include "snp/vek.hpp"

namespace cupel::snp {
namespace {

std::string hex64(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes.at(bytes.size() - 1 - i) = static_cast<std::uint8_t>((value >> (8 * i)) & 0xffU);
  }
  return "0x" + to_hex(bytes);
}

json::Value describe_bits(std::uint64_t value, std::span<const NamedBit> names) {
  json::Object out{{"raw", hex64(value)}};
  for (const NamedBit& bit : names) {
    out.emplace_back(std::string(bit.name), bit_of(value, bit.bit));
  }
  return out;
}

json::Value describe_version(const FirmwareVersion& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
         std::to_string(version.build);
}

json::Object describe_report(const Report& report) {
  const ReportBody& body = report.body();
  json::Object out{
      {"version", std::uint64_t{body.version}},
      {"guest_svn", std::uint64_t{body.guest_svn}},
      {"policy", describe_bits(body.policy, kPolicyBits)},
      {"family_id", to_hex(body.family_id)},
      {"image_id", to_hex(body.image_id)},
      {"vmpl", std::uint64_t{body.vmpl}},
      {"signature_algo", std::uint64_t{body.signature_algo}},
      {"current_tcb", to_hex(body.current_tcb)},
      {"platform_info", describe_bits(body.platform_info, kPlatformBits)},
      {"author_key_en", body.author_key_en},
      {"mask_chip_key", body.mask_chip_key},
      {"signing_key", to_string(body.signing_key)},
      {"report_data", to_hex(body.report_data)},
      {"measurement", to_hex(body.measurement)},
      {"host_data", to_hex(body.host_data)},
      {"id_key_digest", to_hex(body.id_key_digest)},
      {"author_key_digest", to_hex(body.author_key_digest)},
      {"report_id", to_hex(body.report_id)},
      {"report_id_ma", to_hex(body.report_id_ma)},
      {"reported_tcb", to_hex(body.reported_tcb)},
      {"chip_id", to_hex(body.chip_id)},
      {"committed_tcb", to_hex(body.committed_tcb)},
      {"current_version", describe_version(body.current)},
      {"committed_version", describe_version(body.committed)},
      {"launch_tcb", to_hex(body.launch_tcb)},
  };
  if (const CpuId* cpuid = report.cpuid()) {
    const auto product = product_of(*cpuid);
    out.emplace_back("cpuid", json::Object{{"family", std::uint64_t{cpuid->family}},
                                           {"model", std::uint64_t{cpuid->model}},
                                           {"stepping", std::uint64_t{cpuid->stepping}},
                                           {"product", product ? to_string(*product) : "unknown"}});
  }
  if (const auto* v5 = std::get_if<ReportV5>(&report.fields)) {
    out.emplace_back("launch_mit_vector", hex64(v5->launch_mit_vector));
    out.emplace_back("current_mit_vector", hex64(v5->current_mit_vector));
  }
  out.emplace_back("signature",
                   json::Object{{"r", to_hex(body.signature_r)}, {"s", to_hex(body.signature_s)}});
  return out;
}

json::Value describe_certificate(const ByteVector& der) {
  const auto certificate = crypto::Certificate::from_der(der, kVek);
  if (!certificate) {
    return json::Object{{"der", to_hex(der)}, {"error", to_string(certificate.error())}};
  }
  json::Object out{{"subject", certificate->subject()},
                   {"issuer", certificate->issuer()},
                   {"not_before", to_string(certificate->not_before())},
                   {"not_after", to_string(certificate->not_after())},
                   {"sha256", to_hex(certificate->sha256())}};
  for (const SigningKey kind : {SigningKey::vcek, SigningKey::vlek}) {
    if (certificate->common_name() != common_name(kind)) {
      continue;
    }
    if (const auto extensions = parse_vek(*certificate, kind); extensions.ok()) {
      out.emplace_back("product_name", extensions->product_name);
      out.emplace_back("tcb", to_hex(extensions->tcb));
      out.emplace_back(kind == SigningKey::vlek ? "csp_id" : "hwid",
                       kind == SigningKey::vlek ? extensions->csp_id : to_hex(extensions->hwid));
    } else {
      out.emplace_back("error", to_string(extensions.error()));
    }
  }
  return out;
}

}  // namespace

Result<std::string> describe(Bytes evidence) {
  CUPEL_TRY(const Evidence parsed, parse_evidence(evidence));
  json::Object out{{"form", parsed.form}, {"report", describe_report(parsed.report)}};
  json::Array certificates;
  for (const ByteVector& der : parsed.certificates) {
    certificates.push_back(describe_certificate(der));
  }
  out.emplace_back("certificates", std::move(certificates));
  if (!parsed.crls.empty()) {
    out.emplace_back("crls", std::uint64_t{parsed.crls.size()});
  }
  if (parsed.uvm_endorsements) {
    out.emplace_back("uvm_endorsements", to_hex(*parsed.uvm_endorsements));
  }
  if (parsed.runtime_data) {
    out.emplace_back("runtime_data", to_hex(*parsed.runtime_data));
  }
  return json::dump(out, 2);
}

}  // namespace cupel::snp

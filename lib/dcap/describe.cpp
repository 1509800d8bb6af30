#include "dcap/describe.hpp"

#include "base/hex.hpp"
#include "dcap/pck.hpp"

namespace cupel::dcap {

json::Value describe_certificate(const crypto::Certificate& certificate) {
  return json::Object{{"subject", certificate.subject()},
                      {"issuer", certificate.issuer()},
                      {"not_before", to_string(certificate.not_before())},
                      {"not_after", to_string(certificate.not_after())},
                      {"sha256", to_hex(certificate.sha256())},
                      {"spki_sha256", to_hex(certificate.public_key().spki_sha256())}};
}

namespace {

json::Value number(std::uint64_t value) {
  return json::Value(value);
}

json::Value describe_platform(const Platform& platform) {
  json::Object out{
      {"fmspc", to_hex(platform.fmspc)},      {"pce_id", to_hex(platform.pce_id)},
      {"ppid", to_hex(platform.ppid)},        {"components", to_hex(platform.components)},
      {"pce_svn", number(platform.pce_svn)},  {"cpu_svn", to_hex(platform.cpu_svn)},
      {"sgx_type", number(platform.sgx_type)}};
  if (platform.platform_instance_id) {
    out.emplace_back("platform_instance_id", to_hex(*platform.platform_instance_id));
  }
  for (const auto& [name, flag] : {std::pair{"dynamic_platform", platform.dynamic_platform},
                                   std::pair{"cached_keys", platform.cached_keys},
                                   std::pair{"smt_enabled", platform.smt_enabled}}) {
    if (flag) {
      out.emplace_back(name, *flag);
    }
  }
  return out;
}

json::Value describe_certification(const CertificationData& data) {
  json::Object out{{"type", number(static_cast<std::uint64_t>(data.type))},
                   {"size", number(data.data.size())}};
  if (data.platform) {
    out.emplace_back("ppid", to_hex(data.platform->ppid));
    out.emplace_back("cpu_svn", to_hex(data.platform->cpu_svn));
    out.emplace_back("pce_svn", number(data.platform->pce_svn));
  }
  const auto certificates = read_certificates(data);
  if (!certificates) {
    out.emplace_back("error", to_string(certificates.error()));
    return out;
  }
  json::Array list;
  if ((*certificates)->leaf) {
    out.emplace_back("platform", describe_platform((*certificates)->leaf->platform));
    list.push_back(describe_certificate((*certificates)->leaf->certificate));
  }
  for (const crypto::Certificate& helper : (*certificates)->helpers) {
    list.push_back(describe_certificate(helper));
  }
  out.emplace_back("certificates", std::move(list));
  return out;
}

}  // namespace

json::Object describe_report(const SgxReport& report) {
  return {{"cpu_svn", to_hex(report.cpu_svn)},
          {"misc_select", number(report.misc_select)},
          {"isv_ext_prod_id", to_hex(report.isv_ext_prod_id)},
          {"attributes", to_hex(report.attributes)},
          {"mrenclave", to_hex(report.mrenclave)},
          {"mrsigner", to_hex(report.mrsigner)},
          {"config_id", to_hex(report.config_id)},
          {"isv_prod_id", number(report.isv_prod_id)},
          {"isv_svn", number(report.isv_svn)},
          {"config_svn", number(report.config_svn)},
          {"isv_family_id", to_hex(report.isv_family_id)},
          {"report_data", to_hex(report.report_data)}};
}

void describe_parts(json::Object& out, const Header& header, const SignatureData& data) {
  out.emplace_back("header",
                   json::Object{{"version", number(header.version)},
                                {"attestation_key_type", number(header.attestation_key_type)},
                                {"tee_type", number(header.tee_type)},
                                {"qe_svn", number(header.qe_svn)},
                                {"pce_svn", number(header.pce_svn)},
                                {"qe_vendor_id", to_hex(header.qe_vendor_id)},
                                {"user_data", to_hex(header.user_data)}});
  out.emplace_back("signature",
                   json::Object{{"signature", to_hex(data.signature)},
                                {"attestation_key", to_hex(data.attestation_key)},
                                {"qe_report", describe_report(data.qe_report)},
                                {"qe_report_signature", to_hex(data.qe_report_signature)},
                                {"qe_auth_data", to_hex(data.qe_auth_data)},
                                {"certification", describe_certification(data.certification)}});
}

}  // namespace cupel::dcap

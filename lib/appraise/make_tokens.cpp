// Policies for container groups: our own, and the forms of Azure's clients and vaults.
#include <cupel/evidence.hpp>

#include "appraise/make.hpp"
#include "appraise/policy_rules.hpp"
#include "base/hex.hpp"
#include "base/issuer.hpp"

namespace cupel {
namespace {

using Op = Requirement::Op;

constexpr std::string_view kHostData = "x-ms-sevsnpvm-hostdata";
constexpr std::string_view kStatus = "x-ms-compliance-status";
constexpr std::string_view kDebug = "x-ms-sevsnpvm-is-debuggable";
constexpr std::string_view kType = "x-ms-attestation-type";

Error wrong(std::string where, std::string detail) {
  return Error{Code::invalid_argument, std::move(where), kNoOffset, std::move(detail)};
}

Result<std::string> issuer_in(const TokenExpectation& expected) {
  const auto issuer = issuer_of(expected.issuer);
  if (!issuer) {
    return wrong("issuer", "must be the host of an attestation service, as https URL or alone");
  }
  if (expected.compliance_status.empty()) {
    return wrong("compliance_status", "must say which status the platform must have");
  }
  return *issuer;
}

Result<Unit> some(std::span<const ContainerGroup> groups) {
  if (groups.empty()) {
    return wrong("groups", "no container group");
  }
  return Unit{};
}

Requirement equals(std::string_view claim, ClaimValue value) {
  return {std::string(claim), Op::equals, {std::move(value)}};
}

std::string about(const ContainerGroup& group) {
  return "host data: SHA-256 of the decoded ccePolicy of container group '" + group.name + "'";
}

// [{"claim": …, "equals": "text"}, …]
json::Value conditions(const ContainerGroup& group, const TokenExpectation& expected) {
  const auto one = [](std::string_view claim, const std::string& value) {
    return json::Value(json::Object{{"claim", claim}, {"equals", value}});
  };
  return json::Array{one(kType, "sevsnpvm"), one(kStatus, expected.compliance_status),
                     one(kHostData, to_hex(group.host_data)), one(kDebug, "false")};
}

}  // namespace

Result<std::string> make_token_policy(std::span<const ContainerGroup> groups,
                                      const TokenExpectation& expected, const MadeFrom& from) {
  CUPEL_TRY([[maybe_unused]] auto any, some(groups));
  CUPEL_TRY(const std::string issuer, issuer_in(expected));
  Policy policy;
  std::vector<std::string> comments;
  for (const ContainerGroup& group : groups) {
    Alternative one;
    one.family = "maa";
    one.label = group.name;
    one.require = {equals("maa.iss", issuer),
                   equals("maa." + std::string(kType), std::string("sevsnpvm")),
                   equals("maa." + std::string(kStatus), expected.compliance_status),
                   equals("maa." + std::string(kHostData), to_vector(group.host_data)),
                   equals("maa." + std::string(kDebug), false)};
    one.tls_key =
        TlsBinding{"maa.x-ms-runtime.certificate_hash", 0, TlsBinding::Form::certificate_sha256};
    policy.accept.push_back(std::move(one));
    comments.push_back(about(group));
  }
  return making::written(policy, making::provenance(from), comments);
}

Result<std::string> make_host_data_policy(std::span<const ContainerGroup> groups,
                                          const MadeFrom& from) {
  CUPEL_TRY([[maybe_unused]] auto any, some(groups));
  if (find_claim_def("snp", "snp.host_data") == nullptr) {
    return wrong("family", "this build does not read SNP reports");
  }
  Policy policy;
  std::vector<std::string> comments;
  for (const ContainerGroup& group : groups) {
    Alternative one;
    one.family = "snp";
    one.label = group.name;
    one.require = {equals("snp.host_data", to_vector(group.host_data)),
                   equals("snp.vmpl", std::uint64_t{0})};
    // Who made the guest's own software, which is what enforces the policy.
    if (find_claim_def("snp", "snp.uvm.feed") != nullptr) {
      one.require.push_back(equals("snp.uvm.feed", std::string("ContainerPlat-AMD-UVM")));
    }
    policy.accept.push_back(std::move(one));
    comments.push_back(about(group));
  }
  return making::written(policy, making::provenance(from), comments);
}

Result<std::string> make_claim_file(std::span<const ContainerGroup> groups,
                                    const TokenExpectation& expected) {
  if (groups.size() != 1) {
    return wrong("groups", std::to_string(groups.size()) +
                               " container groups: a flat file can speak of one only");
  }
  CUPEL_TRY(const std::string issuer, issuer_in(expected));
  return making::readable(json::Object{{"iss", issuer},
                                       {std::string(kType), "sevsnpvm"},
                                       {std::string(kStatus), expected.compliance_status},
                                       {std::string(kHostData), to_hex(groups[0].host_data)},
                                       {std::string(kDebug), false}},
                          "made claim file");
}

Result<std::string> make_release_policy(std::span<const ContainerGroup> groups,
                                        const TokenExpectation& expected) {
  CUPEL_TRY([[maybe_unused]] auto any, some(groups));
  CUPEL_TRY(const std::string issuer, issuer_in(expected));
  json::Array ways;
  for (const ContainerGroup& group : groups) {
    ways.emplace_back(json::Object{{"authority", issuer}, {"allOf", conditions(group, expected)}});
  }
  return making::readable(json::Object{{"version", "1.0.0"}, {"anyOf", std::move(ways)}},
                          "made release policy");
}

Result<std::string> make_import_config(std::span<const ContainerGroup> groups,
                                       const TokenExpectation& expected, const ImportedKey& key) {
  CUPEL_TRY([[maybe_unused]] auto any, some(groups));
  CUPEL_TRY(const std::string issuer, issuer_in(expected));
  const auto vault = issuer_of(key.vault);
  if (!vault || key.kid.empty()) {
    return wrong(vault ? "kid" : "vault", "must be the name of the key, and the vault's host");
  }
  if (key.kty != "oct-HSM" && key.kty != "RSA-HSM") {
    return wrong("kty", "must be oct-HSM or RSA-HSM");
  }
  const auto host = [](const std::string& url) {
    return url.substr(std::string("https://").size());
  };
  json::Array lists;
  for (const ContainerGroup& group : groups) {
    lists.push_back(conditions(group, expected));
  }
  return making::readable(
      json::Object{{"key", json::Object{{"kid", key.kid},
                                        {"kty", key.kty},
                                        {"authority", json::Object{{"endpoint", host(issuer)}}},
                                        {"akv", json::Object{{"endpoint", host(*vault)},
                                                             {"api_version", "api-version=7.4"},
                                                             {"bearer_token", ""}}}}},
                   {"claims", std::move(lists)}},
      "made importkeyconfig");
}

}  // namespace cupel

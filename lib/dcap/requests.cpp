#include "dcap/requests.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "dcap/collateral.hpp"

namespace cupel::dcap {
namespace {

constexpr std::string_view kPcs = "https://api.trustedservices.intel.com/";
constexpr std::string_view kRootCrl =
    "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";

constexpr std::string_view kPccsPath = "/sgx/certification/v4";

// The chain of what is answered comes in a header of the answer, URL-encoded.
CollateralRequest request(std::string_view kind, std::string url, std::string cache_key,
                          std::string_view chain_header) {
  CollateralRequest out{std::string(kind), std::move(url), std::move(cache_key)};
  out.issuer_chain_header = chain_header;
  return out;
}

// Scheme, host and port of a PCCS, without a slash at the end.
Result<std::string> pccs_base(std::string_view given) {
  const auto refused = [&](std::string detail) {
    return Error{Code::invalid_argument, "pccs", kNoOffset,
                 std::string(given) + ": " + std::move(detail)};
  };
  std::string_view base = given;
  const std::size_t scheme = base.starts_with("https://") ? 8 : base.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || base.size() == scheme || base[scheme] == '/') {
    return refused("not an http or https address");
  }
  const bool printable = std::all_of(base.begin(), base.end(),
                                     [](char c) { return c > ' ' && c < 0x7f && c != '\\'; });
  if (!printable || base.find_first_of("?#@") != std::string_view::npos) {
    return refused("has more than scheme, host, port and path");
  }
  while (base.ends_with('/')) {
    base.remove_suffix(1);
  }
  if (base.ends_with(kPccsPath)) {
    base.remove_suffix(kPccsPath.size());
  }
  if (base.find("/certification/") != std::string_view::npos) {
    return refused("is of another version than v4");
  }
  return std::string(base);
}

}  // namespace

Result<std::vector<CollateralRequest>> at_pccs(std::vector<CollateralRequest> requests,
                                               std::string_view base) {
  CUPEL_TRY(const std::string server, pccs_base(base));
  for (CollateralRequest& request : requests) {
    if (request.url == kRootCrl) {  // a PCCS answers in hexadecimal digits
      request.url = server + std::string(kPccsPath) + "/rootcacrl";
    } else if (request.url.starts_with(kPcs)) {
      request.url = server + "/" + request.url.substr(kPcs.size());
    }
  }
  return requests;
}

Result<std::vector<CollateralRequest>> requests(const Parts& parts) {
  CUPEL_TRY(const auto certificates, read_certificates(parts.signature.certification));
  std::vector<CollateralRequest> out;
  const bool tdx = parts.header.tee_type == kTeeTdx;
  if (certificates->leaf) {
    const std::string fmspc = to_hex(certificates->leaf->platform.fmspc);
    const std::string tee = tdx ? "tdx" : "sgx";
    const std::string base = std::string(kPcs) + tee + "/certification/v4/";
    out.push_back(request(tdx ? kTdxTcbInfoItem : kTcbInfoItem, base + "tcb?fmspc=" + fmspc,
                          tee + "-tcb-info-" + fmspc + ".json", "TCB-Info-Issuer-Chain"));
    out.push_back(request(tdx ? kTdQeIdentityItem : kQeIdentityItem, base + "qe/identity",
                          tee + "-qe-identity.json", "SGX-Enclave-Identity-Issuer-Chain"));
    if (const std::string_view ca = pck_ca(certificates->leaf->certificate); !ca.empty()) {
      const std::string name(ca);
      out.push_back(request(
          "crl", std::string(kPcs) + "sgx/certification/v4/pckcrl?ca=" + name + "&encoding=der",
          "sgx-pck-" + name + ".crl", "SGX-PCK-CRL-Issuer-Chain"));
    }
  }
  out.push_back(request("crl", std::string(kRootCrl), "intel-sgx-root-ca.crl", ""));
  return out;
}

}  // namespace cupel::dcap

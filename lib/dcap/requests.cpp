#include "dcap/requests.hpp"

#include "base/hex.hpp"
#include "dcap/collateral.hpp"

namespace cupel::dcap {
namespace {

constexpr std::string_view kPcs = "https://api.trustedservices.intel.com/";
constexpr std::string_view kRootCrl =
    "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";

// The chain of what is answered comes in a header of the answer, URL-encoded.
CollateralRequest request(std::string_view kind, std::string url, std::string cache_key,
                          std::string_view chain_header) {
  CollateralRequest out{std::string(kind), std::move(url), std::move(cache_key)};
  out.issuer_chain_header = chain_header;
  return out;
}

}  // namespace

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

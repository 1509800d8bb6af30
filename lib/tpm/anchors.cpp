#include "tpm/anchors.hpp"

#include <algorithm>

#include "base/hex.hpp"

namespace cupel::tpm {
namespace {

// The fingerprint of a constant in this file; a typing error there would leave zeros, which no
// certificate has, and a test looks for that.
Sha256Digest fingerprint(std::string_view hex) {
  Sha256Digest out{};
  if (const auto bytes = from_hex(hex, out.size(), "anchors"); bytes.ok()) {
    std::copy(bytes->begin(), bytes->end(), out.begin());
  }
  return out;
}

Anchor certificate(const KnownRoot& root) {
  return {std::string(root.name), Anchor::Of::certificate, fingerprint(root.sha256), root.not_after,
          std::string(root.source)};
}

}  // namespace

std::span<const KnownRoot> known_roots() {
  // SHA-256 of the root certificates, with that of their SubjectPublicKeyInfo where it is known.
  static constexpr KnownRoot kRoots[] = {
      // SPKI 5cbc52672ae101263c2976736044a964c1182ce9412c39937183baddcccb8cdf
      {.name = "Azure Virtual TPM Root Certificate Authority 2023",
       .vendor = Vendor::microsoft,
       .sha256 = "e6c596b17f8ffefba5c300f714cfb1260c6028704ecf7becc4ab5018efb00e95",
       .not_after = UnixTime(2474648141),  // 2048-06-01T18:15:41Z
       .source = "https://learn.microsoft.com/en-us/azure/virtual-machines/trusted-launch-faq",
       .issuer_hints = {"CN=Azure Virtual TPM Root Certificate Authority 2023",
                        "CN=Global Virtual TPM CA - "},
       .certificate_url = "http://www.microsoft.com/pkiops/certs/"
                          "Azure%20Virtual%20TPM%20Root%20Certificate%20Authority%202023.crt",
       .crl_url = "http://www.microsoft.com/pkiops/crl/"
                  "Azure%20Virtual%20TPM%20Root%20Certificate%20Authority%202023.crl",
       .cache_name = "azure-virtual-tpm-root-2023"},
      {.name = "Microsoft RSA Devices Root CA 2021",
       .vendor = Vendor::microsoft,
       .sha256 = "8c2bb9144d4970c94fb8105cc5d860a58e2e675eb360fdd8c14b30833aaaec1d",
       .not_after = UnixTime(2418854400),  // 2046-08-26
       .source = "http://www.microsoft.com/pkiops/certs/"
                 "Microsoft%20RSA%20Devices%20Root%20CA%202021.crt"},
      // SPKI 56a613f57126a385dd6949294e93b0b566f96ab0573be0c2368e6f5ca779831f
      {.name = "Google EK/AK CA Root",
       .vendor = Vendor::google,
       .sha256 = "594759594b9b61524f6c8ef668f7177f7b9066bc0674f2f49fe9e052be78beb2",
       .not_after = UnixTime(4812933443),  // 2122-07-08T05:57:23Z
       .source = "http://privateca-content-62d71773-0000-21da-852e-f4f5e80d7778.storage."
                 "googleapis.com/032bf9d39db4fa06aade/ca.crt",
       .issuer_hints = {"CN=EK/AK CA Root", "CN=EK/AK CA Intermediate"},
       .certificate_url = "http://privateca-content-62d71773-0000-21da-852e-f4f5e80d7778.storage."
                          "googleapis.com/032bf9d39db4fa06aade/ca.crt",
       .crl_url = "http://privateca-content-62d71773-0000-21da-852e-f4f5e80d7778.storage."
                  "googleapis.com/032bf9d39db4fa06aade/crl.crl",
       .cache_name = "gce-ek-ak-ca-root",
       .leaf_sign = LeafSign::google_instance},
      // SPKI f23057f4f97d1d90e4cae0ce91d5a0fc99069f0a1bc147021dca33b1e9c4d0d9
      {.name = "Google tpm_ek_v1_cloud_host_root",
       .vendor = Vendor::google,
       .sha256 = "9bd5285f8fb18502a7947e621ffd470266f49fcd3b73e19a190f690ad32a7caf",
       .not_after = UnixTime(4678714706),  // 2118-04-06T18:58:26Z
       .source = "http://pki.goog/cloud_integrity/tpm_ek_root_1.crt",
       .issuer_hints = {"tpm_ek_v1_cloud_host_root-signer", "tpm_ek_v1_cloud_host-signer"},
       .certificate_url = "http://pki.goog/cloud_integrity/tpm_ek_root_1.crt",
       .crl_url = "http://pki.goog/cloud_integrity/tpm_ek_root_1.crl",
       .cache_name = "gce-tpm-ek-root-1",
       .leaf_sign = LeafSign::endorsement_key_usage},
  };
  return kRoots;
}

const KnownRoot* known_root(const Sha256Digest& certificate_sha256) {
  for (const KnownRoot& root : known_roots()) {
    if (fingerprint(root.sha256) == certificate_sha256) {
      return &root;
    }
  }
  return nullptr;
}

namespace {

TrustAnchors anchors_of(Vendor vendor) {
  std::vector<Anchor> out;
  for (const KnownRoot& root : known_roots()) {
    if (root.vendor == vendor) {
      out.push_back(certificate(root));
    }
  }
  return TrustAnchors(std::move(out));
}

}  // namespace

TrustAnchors vendor_anchors() {
  return anchors_of(Vendor::microsoft);
}

TrustAnchors gce_anchors() {
  return anchors_of(Vendor::google);
}

}  // namespace cupel::tpm

// What a verified document says, as claims.
#include "nitro/claims.hpp"

#include <algorithm>
#include <array>

#include "crypto/digest.hpp"

namespace cupel::nitro {
namespace {

constexpr std::size_t kSha384Size = 48;
constexpr std::size_t kSha256Size = 32;
constexpr std::uint32_t kImageRegisters = 0x7;      // 0, 1 and 2: zero only in debug mode
constexpr std::uint32_t kFirmwareRegisters = 0xff;  // even a bare boot extends separators
// 16 and up are the enclave's own to extend. 3 and 4 are of the instance: every image that its
// owner starts there has the same.
constexpr std::uint32_t kSaysNoSoftware = 0xffff0000U | (1U << 3U) | (1U << 4U);
// 8 to 15 are the operating system's.
constexpr std::uint32_t kOperatingSystem = 0xff00;
constexpr std::uint32_t kTpmResettable = (1U << 16U) | (1U << 23U);

constexpr std::string_view kProcess = "AWS Nitro Enclaves, attestation_process.md, 3.1";
constexpr std::string_view kUserGuide = "AWS Nitro Enclaves User Guide, Set up attestation";
constexpr std::string_view kX509 = "RFC 5280, 4.1.2";

constexpr ClaimDef field(std::string_view name, ClaimType type, std::string_view meaning,
                         std::size_t size = 0) {
  return {.name = name, .type = type, .size = size, .meaning = meaning, .source = kProcess};
}

constexpr ClaimDef endorsed(std::string_view name, ClaimType type, std::string_view meaning,
                            std::string_view source) {
  return {.name = name,
          .type = type,
          .provenance = Provenance::endorsement,
          .meaning = meaning,
          .source = source};
}

constexpr std::array kClaims = {
    ClaimDef{.name = "nitro.pcr",
             .type = ClaimType::bytes,
             .size = kSha384Size,
             .indices = kPcrCount,
             .measurement = true,
             .meaning =
                 "an enclave's register: 0 image, 1 kernel and first ramdisk, 2 application, "
                 "3 role of the instance, 4 instance, 8 who signed the image; 16 and up are "
                 "extended by the enclave itself",
             .source = kUserGuide,
             .extend_hash = "sha384",
             .never_zero = kImageRegisters,
             .open_to_any_software = kSaysNoSoftware},
    ClaimDef{.name = "nitro.tpm_pcr",
             .type = ClaimType::bytes,
             .size = kSha384Size,
             .indices = kTpmPcrCount,
             .measurement = true,
             .meaning =
                 "a register of the instance's NitroTPM; 16 and 23 can be reset by software, "
                 "17 to 22 belong to a dynamic launch",
             .source = "TCG PC Client Platform Firmware Profile 1.06, 3.3.4",
             .extend_hash = "sha384",
             .resettable = kTpmResettable,
             .never_zero = kFirmwareRegisters,
             .open_to_any_software = kOperatingSystem},
    field("nitro.kind", ClaimType::string,
          "enclave, or nitro_tpm for an instance that speaks through its NitroTPM"),
    field("nitro.module_id", ClaimType::string, "the enclave or TPM, by instance and number"),
    field("nitro.timestamp", ClaimType::time,
          "the hypervisor's clock when it signed; whole seconds"),
    field("nitro.public_key", ClaimType::bytes,
          "what the enclave gave as its public key, in whatever form; absent when it gave none"),
    field("nitro.public_key_sha256", ClaimType::bytes,
          "SHA-256 of nitro.public_key: a TLS key can be bound by it when the enclave gives its "
          "SubjectPublicKeyInfo (DER)",
          kSha256Size),
    field("nitro.user_data", ClaimType::bytes,
          "what the enclave added of its own; absent when it added nothing"),
    field("nitro.user_data_sha256", ClaimType::bytes,
          "SHA-256 of nitro.user_data, for enclaves that put a SubjectPublicKeyInfo there",
          kSha256Size),
    field("nitro.nonce", ClaimType::bytes,
          "the nonce that the enclave was given; absent when it was given none"),
    endorsed("nitro.certificate.subject", ClaimType::string,
             "subject of the certificate whose key signed", kX509),
    endorsed("nitro.certificate.anchor", ClaimType::string,
             "the root that the certificate leads to", "RFC 5280, 6"),
    endorsed("nitro.certificate.not_before", ClaimType::time, "start of the certificate's validity",
             "RFC 5280, 4.1.2.5"),
    endorsed("nitro.certificate.not_after", ClaimType::time, "end of the certificate's validity",
             "RFC 5280, 4.1.2.5"),
};

// A debug enclave shows zeros for its image. One register that is zero, or not there, is enough to
// say so: no genuine measurement is zero.
bool in_debug_mode(const Document& document) {
  if (document.kind == Kind::nitro_tpm) {
    return false;
  }
  for (const unsigned index : {0U, 1U, 2U}) {
    const auto found = document.pcrs.find(index);
    if (found == document.pcrs.end() ||
        std::all_of(found->second.begin(), found->second.end(), [](auto b) { return b == 0; })) {
      return true;
    }
  }
  return false;
}

void add_optional(ClaimsBuilder& builder, const std::string& name,
                  const std::optional<ByteVector>& value, bool with_digest) {
  if (value) {
    builder.set(name, *value);
    if (with_digest) {
      builder.set(name + "_sha256", to_vector(crypto::sha256(*value)));
    }
  }
}

}  // namespace

std::span<const ClaimDef> claim_definitions() {
  return kClaims;
}

Claims claims(const Verified<Document>& verified) {
  const Document& document = *verified;
  ClaimsBuilder builder("nitro", verified);
  const std::string stem = document.kind == Kind::enclave ? "nitro.pcr." : "nitro.tpm_pcr.";
  for (const auto& [index, value] : document.pcrs) {
    if (value.size() == kSha384Size) {  // verify() said so of the others
      builder.set(stem + std::to_string(index), value);
    }
  }
  constexpr std::uint64_t kMillisecondsPerSecond = 1000;
  builder.set("nitro.kind", std::string(to_string(document.kind)))
      .set("nitro.module_id", document.module_id)
      .set("nitro.timestamp",
           UnixTime(static_cast<std::int64_t>(document.timestamp_ms / kMillisecondsPerSecond)));
  add_optional(builder, "nitro.public_key", document.public_key, /*with_digest=*/true);
  add_optional(builder, "nitro.user_data", document.user_data, /*with_digest=*/true);
  add_optional(builder, "nitro.nonce", document.nonce, /*with_digest=*/false);
  if (document.signer) {
    builder.set("nitro.certificate.subject", document.signer->subject, Provenance::endorsement)
        .set("nitro.certificate.anchor", document.signer->anchor, Provenance::endorsement)
        .set("nitro.certificate.not_before", document.signer->not_before, Provenance::endorsement)
        .set("nitro.certificate.not_after", document.signer->not_after, Provenance::endorsement);
  }
  const bool enclave = document.kind == Kind::enclave;
  builder
      // A TPM has no debug state; its kind says that the owner may look.
      .set("common.debug", in_debug_mode(document),
           enclave ? Provenance::evidence : Provenance::configuration)
      .set("common.tee_class", std::string(enclave ? "enclave" : "measured_boot"),
           Provenance::configuration)
      .set("common.tcb_status", std::string("none"), Provenance::configuration)
      .set("common.bound_data", document.nonce.value_or(ByteVector()));
  return std::move(builder).build();
}

}  // namespace cupel::nitro

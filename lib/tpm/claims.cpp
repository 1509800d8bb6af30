// What a verified quote says, as claims.
#include "tpm/claims.hpp"

#include <array>

#include "tpm/event_log.hpp"

namespace cupel::tpm {
namespace {

constexpr std::uint32_t kFirmwareRegisters = 0xff;  // 0 to 7: even a bare boot extends separators
// 16 (debug) and 23 (application) are reset by any software. 17 to 22 are reset only when a dynamic
// launch begins, and read ff…ff on a platform that never had one.
constexpr std::uint32_t kResettable = (1U << 16U) | (1U << 23U);

// 8 to 15 belong to the operating system: whatever was booted instead can extend them as it likes.
constexpr std::uint32_t kOperatingSystem = 0xff00;

constexpr std::string_view kPfp = "TCG PC Client Platform Firmware Profile 1.06, 3.3.4";
constexpr std::string_view kAttest = "TPM 2.0 Library Part 2, 10.12.12";
constexpr std::string_view kClock = "TPM 2.0 Library Part 2, 10.11.1";
constexpr std::string_view kSignature = "TPM 2.0 Library Part 2, 11.3.4";
constexpr std::string_view kX509 = "RFC 5280, 4.1.2";

constexpr ClaimDef bank(std::string_view name, std::string_view hash, std::size_t size, bool weak) {
  return {.name = name,
          .type = ClaimType::bytes,
          .size = size,
          .indices = kPcrCount,
          .measurement = true,
          .meaning =
              "value of a platform configuration register when the quote was made; 16 and "
              "23 can be reset by software, 17 to 22 belong to a dynamic launch",
          .source = kPfp,
          .extend_hash = hash,
          .resettable = kResettable,
          .never_zero = kFirmwareRegisters,
          .open_to_any_software = kOperatingSystem,
          .weak = weak};
}

constexpr ClaimDef endorsed(std::string_view name, ClaimType type, std::string_view meaning,
                            std::string_view source, std::size_t size = 0) {
  return {.name = name,
          .type = type,
          .size = size,
          .provenance = Provenance::endorsement,
          .meaning = meaning,
          .source = source};
}

constexpr std::array kClaims = {
    bank("tpm.pcr.sha1", "sha1", 20, /*weak=*/true),
    bank("tpm.pcr.sha256", "sha256", 32, /*weak=*/false),
    bank("tpm.pcr.sha384", "sha384", 48, /*weak=*/false),
    bank("tpm.pcr.sha512", "sha512", 64, /*weak=*/false),
    ClaimDef{.name = "tpm.pcr_digest",
             .type = ClaimType::bytes,
             .meaning = "hash over the values of all quoted registers",
             .source = "TPM 2.0 Library Part 2, 10.12.4"},
    ClaimDef{.name = "tpm.extra_data",
             .type = ClaimType::bytes,
             .meaning = "qualifying data given by whoever asked for the quote: the nonce; empty "
                        "when none was given",
             .source = kAttest},
    ClaimDef{.name = "tpm.qualified_signer",
             .type = ClaimType::bytes,
             .meaning = "qualified name of the signing key: its name and its parents'",
             .source = kAttest},
    ClaimDef{.name = "tpm.clock",
             .type = ClaimType::integer,
             .unit = "ms",
             .meaning = "time the TPM has been powered",
             .source = kClock},
    ClaimDef{.name = "tpm.reset_count",
             .type = ClaimType::integer,
             .meaning =
                 "boots since the TPM was cleared; scrambled, but constant per key and boot, "
                 "for keys outside the endorsement and platform hierarchies",
             .source = kClock},
    ClaimDef{.name = "tpm.restart_count",
             .type = ClaimType::integer,
             .meaning = "suspends and dynamic launches since the last boot; scrambled likewise",
             .source = kClock},
    ClaimDef{.name = "tpm.clock_safe",
             .type = ClaimType::boolean,
             .meaning = "the TPM never reported a later clock than this one",
             .source = kClock},
    ClaimDef{.name = "tpm.firmware_version",
             .type = ClaimType::integer,
             .meaning = "the TPM vendor's version number; scrambled likewise",
             .source = kAttest},
    ClaimDef{.name = "tpm.signature_scheme",
             .type = ClaimType::string,
             .meaning = "rsassa, rsapss or ecdsa",
             .source = kSignature},
    ClaimDef{.name = "tpm.signature_hash",
             .type = ClaimType::string,
             .meaning = "hash of the signature and of tpm.pcr_digest",
             .source = kSignature},
    endorsed("tpm.ak.spki_sha256", ClaimType::bytes,
             "SHA-256 of the attestation key's SubjectPublicKeyInfo", "RFC 5280, 4.1.2.7", 32),
    endorsed("tpm.ak.subject", ClaimType::string,
             "subject of the attestation key's certificate; absent for a key that the caller named",
             kX509),
    endorsed("tpm.ak.anchor", ClaimType::string, "the root that the key's certificate leads to",
             "RFC 5280, 6"),
    endorsed("tpm.ak.not_before", ClaimType::time, "start of the certificate's validity",
             "RFC 5280, 4.1.2.5"),
    endorsed("tpm.ak.not_after", ClaimType::time, "end of the certificate's validity",
             "RFC 5280, 4.1.2.5"),
    ClaimDef{.name = "tpm.supplied.webserver_rootca",
             .type = ClaimType::string,
             .provenance = Provenance::unauthenticated,
             .meaning = "PEM of the web server's CA, as it stands in the document; worth something "
                        "only when a policy replays it into a register",
             .source = "BlindLlama attestation document"},
    ClaimDef{.name = "tpm.supplied.application_disk_roothash",
             .type = ClaimType::bytes,
             .size = 32,
             .provenance = Provenance::unauthenticated,
             .meaning =
                 "dm-verity root hash of the application disk, as it stands in the document; "
                 "worth something only when a policy replays it",
             .source = "BlindLlama attestation document"},
    ClaimDef{.name = "tpm.event_log.secure_boot",
             .type = ClaimType::boolean,
             .meaning = "UEFI Secure Boot was on, by the event log that explains the quoted PCR 7",
             .source = "TCG PC Client Platform Firmware Profile 1.06, 3.3.4.8"},
    ClaimDef{.name = "tpm.event_log.boot_application",
             .type = ClaimType::bytes,
             .indices = 32,
             .measurement = true,
             .meaning = "Authenticode digest of a UEFI application, in the order they were loaded",
             .source = "TCG PC Client Platform Firmware Profile 1.06, 3.3.4.5",
             .open_to_any_software = ~1U},  // the first says which others there are
    ClaimDef{.name = "tpm.event_log.boot_application_count",
             .type = ClaimType::integer,
             .meaning = "how many UEFI applications were loaded",
             .source = "TCG PC Client Platform Firmware Profile 1.06, 3.3.4.5"},
    ClaimDef{.name = "tpm.event_log.kernel_command_line",
             .type = ClaimType::string,
             .measurement = true,
             .meaning = "the kernel's command line as the boot loader measured it",
             .source = "boot loader documentation",
             .open_to_any_software = kOperatingSystem},
};

// One claim for each quoted register, named by the signed selection.
void add_pcrs(ClaimsBuilder& builder, const Quote& quote) {
  if (!quote.pcrs) {
    return;
  }
  std::size_t next = 0;
  for (const PcrSelection& selection : quote.attest.pcr_select) {
    for (const unsigned index : selection.indices) {
      const ByteVector& value = quote.pcrs->digests[next++];
      if (selection.bank != HashAlg::sm3_256) {  // read and digest-bound, but no claim is defined
        builder.set(
            "tpm.pcr." + std::string(to_string(selection.bank)) + "." + std::to_string(index),
            value);
      }
    }
  }
}

}  // namespace

std::span<const ClaimDef> claim_definitions() {
  return kClaims;
}

void add_quote_claims(ClaimsBuilder& builder, const Verified<Quote>& verified) {
  const Quote& quote = *verified;
  const Attest& attest = quote.attest;
  add_pcrs(builder, quote);
  builder.set("tpm.pcr_digest", attest.pcr_digest)
      .set("tpm.extra_data", attest.extra_data)
      .set("tpm.qualified_signer", attest.qualified_signer)
      .set("tpm.clock", attest.clock_info.clock)
      .set("tpm.reset_count", std::uint64_t{attest.clock_info.reset_count})
      .set("tpm.restart_count", std::uint64_t{attest.clock_info.restart_count})
      .set("tpm.clock_safe", attest.clock_info.safe)
      .set("tpm.firmware_version", attest.firmware_version)
      .set("tpm.signature_scheme", std::string(to_string(quote.signature.scheme)))
      .set("tpm.signature_hash", std::string(to_string(quote.signature.hash)));
  if (quote.ak) {
    const auto& certificate = quote.ak->certificate;
    builder.set("tpm.ak.spki_sha256", to_vector(quote.ak->spki_sha256),
                certificate ? Provenance::endorsement : Provenance::configuration);
    if (certificate) {
      builder.set("tpm.ak.subject", certificate->subject, Provenance::endorsement)
          .set("tpm.ak.anchor", certificate->anchor, Provenance::endorsement)
          .set("tpm.ak.not_before", certificate->not_before, Provenance::endorsement)
          .set("tpm.ak.not_after", certificate->not_after, Provenance::endorsement);
    }
  }
  // A TPM has no debug state: whoever owns the machine may always look. That is what the class
  // says.
  builder.set("common.debug", false, Provenance::configuration)
      .set("common.tee_class", std::string("measured_boot"), Provenance::configuration)
      .set("common.tcb_status", std::string("none"), Provenance::configuration)
      .set("common.bound_data", attest.extra_data);
}

Claims claims(const Verified<Quote>& quote) {
  ClaimsBuilder builder("tpm", quote);
  add_quote_claims(builder, quote);
  return std::move(builder).build();
}

Claims claims(const Verified<Quote>& quote, const Verified<EventLog>& log) {
  ClaimsBuilder builder("tpm", quote);
  add_quote_claims(builder, quote);
  add_event_claims(builder, log, quote);
  return std::move(builder).build();
}

}  // namespace cupel::tpm

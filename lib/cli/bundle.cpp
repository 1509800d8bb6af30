// cupel bundle tpm: one evidence file from the loose files that tpm2-tools writes.
#include "cli/bundle.hpp"

#include <cupel/tpm.hpp>

#include "base/hex.hpp"
#include "codec/pem.hpp"
#include "crypto/signature.hpp"

namespace cupel::cli {
namespace {

constexpr std::size_t kMaxPart = 1U << 20U;
constexpr std::string_view kEvidenceForm = "cupel.tpm/1";

struct Bundle {
  Output output;
  std::string message;
  std::string signature;
  bool bare_signature = false;
  std::string pcrs;
  std::string pcr_form = "serialized";
  std::vector<std::string> certificates;
  std::string ak_public;
  std::string event_log;
  std::string rootca;
  std::string roothash;
  std::string to;
  bool force = false;
};

Result<tpm::Quote> quote(const Bundle& options) {
  CUPEL_TRY(ByteVector message, read_input(options.message, kMaxPart));
  CUPEL_TRY(ByteVector signature, read_input(options.signature, kMaxPart));
  tpm::Quote out;
  CUPEL_TRY(out.attest, tpm::parse_attest(message));
  if (options.bare_signature) {
    CUPEL_TRY(out.signature, tpm::bare_rsassa_sha256(signature));
  } else {
    CUPEL_TRY(out.signature, tpm::parse_signature(signature));
  }
  out.message = std::move(message);
  out.signature_bytes = std::move(signature);
  if (options.pcrs.empty()) {
    return out;
  }
  CUPEL_TRY(const ByteVector pcrs, read_input(options.pcrs, kMaxPart));
  if (options.pcr_form == "serialized") {
    CUPEL_TRY(out.pcrs, tpm::parse_pcrs_serialized(pcrs));
  } else if (options.pcr_form == "marshaled") {
    CUPEL_TRY(out.pcrs, tpm::parse_pcrs_marshaled(pcrs));
  } else {
    CUPEL_TRY(out.pcrs, tpm::parse_pcrs_values(pcrs, out.attest.pcr_select));
  }
  return out;
}

// PEM or DER SubjectPublicKeyInfo, or the TPM's own TPMT_PUBLIC / TPM2B_PUBLIC.
Result<ByteVector> public_key(const std::string& path) {
  CUPEL_TRY(const ByteVector content, read_input(path, kMaxPart));
  if (auto area = tpm::parse_public(content)) {
    return std::move(area->spki);
  }
  CUPEL_TRY(const auto key, crypto::PublicKey::from_pem_or_der(content, "--ak-pub"));
  return key.spki();
}

Result<tpm::Evidence> evidence(const Bundle& options) {
  tpm::Evidence out;
  out.form = kEvidenceForm;
  CUPEL_TRY(out.quote, quote(options));
  for (const std::string& path : options.certificates) {
    CUPEL_TRY(ByteVector content, read_input(path, kMaxPart));
    if (!pem::looks_like(content)) {
      out.ak_certificates.push_back(std::move(content));
      continue;
    }
    CUPEL_TRY(auto ders, pem::parse_certificates(as_text(content), path));
    out.ak_certificates.insert(out.ak_certificates.end(), ders.begin(), ders.end());
  }
  if (!options.ak_public.empty()) {
    CUPEL_TRY(out.ak_public, public_key(options.ak_public));
  }
  if (!options.event_log.empty()) {
    CUPEL_TRY(const ByteVector log, read_input(options.event_log, kMaxPart));
    CUPEL_TRY(out.event_log, tpm::parse_event_log(log));
  }
  if (!options.rootca.empty()) {
    CUPEL_TRY(const ByteVector text, read_input(options.rootca, kMaxPart));
    out.webserver_rootca = std::string(as_text(text));
  }
  if (!options.roothash.empty()) {
    CUPEL_TRY(out.application_disk_roothash, from_hex(options.roothash, 32, "--roothash"));
  }
  if (out.ak_certificates.empty() && !out.ak_public) {
    return Error{
        Code::invalid_argument, "--ak-cert", kNoOffset,
        "give the attestation key's certificates (--ak-cert) or its public key (--ak-pub)"};
  }
  return out;
}

int run(const Bundle& options) {
  const auto parts = evidence(options);
  if (!parts) {
    return options.output.fail(parts.error());
  }
  const std::string text = tpm::to_json(*parts) + "\n";
  // What is written must be readable: the reader is the judge of its own format.
  if (auto again = tpm::parse_evidence(as_bytes(text)); !again) {
    return options.output.fail(again.error());
  }
  return write_bundle(options.output, text, options.to, options.force);
}

}  // namespace

void add_bundle(CLI::App& app, int& exit) {
  CLI::App* bundle = app.add_subcommand("bundle", "Make one evidence file from loose parts");
  bundle->require_subcommand(1);
  auto options = std::make_shared<Bundle>();
  CLI::App* command = bundle->add_subcommand("tpm", "From the files of tpm2-tools");
  command->add_option("--message", options->message, "TPMS_ATTEST (tpm2_quote --message)")
      ->type_name("FILE")
      ->required();
  command->add_option("--signature", options->signature, "TPMT_SIGNATURE (tpm2_quote --signature)")
      ->type_name("FILE")
      ->required();
  command->add_flag("--bare-signature", options->bare_signature,
                    "The signature is RSASSA with SHA-256 without its TPMT header");
  command->add_option("--pcrs", options->pcrs, "PCR values (tpm2_quote --pcr)")->type_name("FILE");
  command->add_option("--pcr-form", options->pcr_form, "serialized, marshaled or values")
      ->check(CLI::IsMember({"serialized", "marshaled", "values"}))
      ->capture_default_str();
  command
      ->add_option("--ak-cert", options->certificates,
                   "The attestation key's certificate, then helpers (PEM or DER; repeatable)")
      ->type_name("FILE");
  command
      ->add_option("--ak-pub", options->ak_public,
                   "The attestation key: PEM, DER, TPMT_PUBLIC or TPM2B_PUBLIC")
      ->type_name("FILE");
  command->add_option("--event-log", options->event_log, "binary_bios_measurements")
      ->type_name("FILE");
  command->add_option("--rootca", options->rootca, "The service's root CA, PEM, kept byte for byte")
      ->type_name("FILE");
  command->add_option("--roothash", options->roothash, "The application disk's dm-verity root hash")
      ->type_name("HEX");
  command->add_option("-o,--output", options->to, "Where to write; standard output without it")
      ->type_name("FILE");
  command->add_flag("--force", options->force, "Overwrite an existing file");
  add_output_options(*command, options->output);
  command->callback([options, &exit] { exit = run(*options); });
  add_bundle_tdx(*bundle, exit);
  add_bundle_hcl(*bundle, exit);
}

}  // namespace cupel::cli

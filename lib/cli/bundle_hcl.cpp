// cupel bundle hcl: one evidence file from what is read on an Azure confidential VM.
#include <cupel/hcl.hpp>

#include "base/base64.hpp"
#include "cli/bundle.hpp"
#include "codec/pem.hpp"

namespace cupel::cli {
namespace {

constexpr std::size_t kMaxPart = 1U << 20U;

struct Bundle {
  Output output;
  std::string report;
  std::string td_quote;
  bool trim = false;
  std::vector<std::string> certificates;
  std::vector<std::string> ak_certificates;
  std::string message;
  std::string signature;
  bool bare_signature = false;
  std::string pcrs;
  std::string pcr_form = "serialized";
  std::string event_log;
  std::string to;
  bool force = false;
};

Result<std::string> encoded(const std::string& path) {
  CUPEL_TRY(const ByteVector content, read_input(path, kMaxPart));
  return to_base64(content);
}

Result<json::Array> pems(const std::vector<std::string>& paths) {
  json::Array out;
  for (const std::string& path : paths) {
    CUPEL_TRY(const ByteVector content, read_input(path, kMaxPart));
    std::vector<ByteVector> ders{content};
    if (pem::looks_like(content)) {
      CUPEL_TRY(ders, pem::parse_certificates(as_text(content), path));
    }
    for (const ByteVector& der : ders) {
      out.emplace_back(pem::dump("CERTIFICATE", der));
    }
  }
  return out;
}

Result<std::string> td_quote(const Bundle& options) {
  CUPEL_TRY(const ByteVector file, read_input(options.td_quote, kMaxPart));
  Bytes quote = file;
  if (options.trim) {
    CUPEL_TRY(quote, dcap::trim_zero_padding(file));
  }
  CUPEL_TRY([[maybe_unused]] auto readable, tdx::parse(quote));
  return to_base64(quote);
}

Result<std::string> document(const Bundle& options) {
  json::Object out{{"kind", "cupel.hcl/1"}};
  CUPEL_TRY(std::string report, encoded(options.report));
  out.emplace_back("hcl_report", std::move(report));
  for (const auto& [name, paths] : {std::pair{"certificates", &options.certificates},
                                    std::pair{"ak_certificates", &options.ak_certificates}}) {
    if (!paths->empty()) {
      CUPEL_TRY(json::Array list, pems(*paths));
      out.emplace_back(name, std::move(list));
    }
  }
  if (!options.td_quote.empty()) {
    CUPEL_TRY(std::string quote, td_quote(options));
    out.emplace_back("td_quote", std::move(quote));
  }
  if (!options.message.empty()) {
    CUPEL_TRY(std::string message, encoded(options.message));
    CUPEL_TRY(std::string signature, encoded(options.signature));
    const auto* form = options.bare_signature ? "rsassa_sha256" : "tpmt";
    out.emplace_back("quote", json::Object{{"message", std::move(message)},
                                           {"signature", std::move(signature)},
                                           {"signature_form", form}});
  }
  if (!options.pcrs.empty()) {
    CUPEL_TRY(std::string values, encoded(options.pcrs));
    out.emplace_back("pcrs", json::Object{{"form", options.pcr_form}, {"data", std::move(values)}});
  }
  if (!options.event_log.empty()) {
    CUPEL_TRY(std::string log, encoded(options.event_log));
    out.emplace_back("event_log", std::move(log));
  }
  std::string text = json::dump(out, 1) + "\n";
  // What is written must be readable: the reader is the judge of its own format.
  CUPEL_TRY([[maybe_unused]] auto again, hcl::parse_evidence(as_bytes(text)));
  return text;
}

int run(const Bundle& options) {
  const auto text = document(options);
  if (!text) {
    return options.output.fail(text.error());
  }
  return write_bundle(options.output, *text, options.to, options.force);
}

void add_quote_options(CLI::App& command, Bundle& options) {
  CLI::Option* message =
      command.add_option("--message", options.message, "TPMS_ATTEST of the virtual TPM's quote");
  CLI::Option* signature =
      command.add_option("--signature", options.signature, "TPMT_SIGNATURE of that quote");
  message->type_name("FILE")->needs(signature);
  signature->type_name("FILE")->needs(message);
  command.add_flag("--bare-signature", options.bare_signature,
                   "The signature is RSASSA with SHA-256 without its TPMT header");
  command.add_option("--pcrs", options.pcrs, "PCR values")->type_name("FILE")->needs(message);
  command.add_option("--pcr-form", options.pcr_form, "serialized, marshaled or values")
      ->check(CLI::IsMember({"serialized", "marshaled", "values"}))
      ->capture_default_str();
  command.add_option("--event-log", options.event_log, "binary_bios_measurements")
      ->type_name("FILE")
      ->needs(message);
}

}  // namespace

void add_bundle_hcl(CLI::App& bundle, int& exit) {
  auto options = std::make_shared<Bundle>();
  CLI::App* command = bundle.add_subcommand("hcl", "From the files of an Azure confidential VM");
  command->add_option("--report", options->report, "The blob of NV index 0x01400001")
      ->type_name("FILE")
      ->required();
  CLI::Option* quote = command->add_option(
      "--td-quote", options->td_quote, "The TD quote over the blob's TDREPORT (IMDS /acc/tdquote)");
  quote->type_name("FILE");
  command
      ->add_flag("--trim-zero-padding", options->trim,
                 "Take off the zeros that IMDS sends behind the quote")
      ->needs(quote);
  command
      ->add_option("--certificate", options->certificates,
                   "Certificates of the hardware's key (PEM or DER; repeatable)")
      ->type_name("FILE");
  command
      ->add_option("--ak-cert", options->ak_certificates,
                   "The attestation key's certificate, then helpers (PEM or DER; repeatable)")
      ->type_name("FILE");
  add_quote_options(*command, *options);
  command->add_option("-o,--output", options->to, "Where to write; standard output without it")
      ->type_name("FILE");
  command->add_flag("--force", options->force, "Overwrite an existing file");
  add_output_options(*command, options->output);
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace cupel::cli

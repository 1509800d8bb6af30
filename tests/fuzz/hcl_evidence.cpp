// Target: cupel::hcl::parse_evidence, evaluate     Max input: 1 MiB
// Seeds: evidence of tests/vectors/hcl
// Property: a second JSON reader finds the same parts in a bundle, and what is no bundle is the
// blob itself; nothing is ever accepted without an anchor, and no error is an internal one.
#include <cupel/hcl.hpp>
#include <nlohmann/json.hpp>

#include "second_reading.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a fuzz target
using fuzz::must;
using Json = nlohmann::json;

std::vector<ByteVector> pem_list(const Json& document, const char* name, std::string_view label) {
  std::vector<ByteVector> out;
  for (const Json& text : document.value(name, Json::array())) {
    for (ByteVector& der : fuzz::pem_digits(text.get_ref<const std::string&>(), label)) {
      out.push_back(std::move(der));
    }
  }
  return out;
}

ByteVector decoded(const Json& object, const char* name) {
  return fuzz::base64_digits(object.at(name).get_ref<const std::string&>());
}

void check_bundle(std::string_view text, const hcl::Evidence& found) {
  const Json document = Json::parse(text, nullptr, false);
  must(document.is_object() && document.at("kind") == "cupel.hcl/1");
  must(decoded(document, "hcl_report") == found.report.raw);
  must(pem_list(document, "certificates", "CERTIFICATE") == found.certificates);
  must(pem_list(document, "crls", "X509 CRL") == found.crls);
  must(pem_list(document, "ak_certificates", "CERTIFICATE") == found.ak_certificates);
  must(found.td_quote.has_value() == document.contains("td_quote"));
  must(!found.td_quote || decoded(document, "td_quote") == *found.td_quote);
  must(found.tpm.has_value() ==
       (document.contains("quote") || document.contains("pcrs") || document.contains("event_log")));
  if (found.tpm) {
    const Json& quote = document.at("quote");
    must(decoded(quote, "message") == found.tpm->quote.message);
    must(decoded(quote, "signature") == found.tpm->quote.signature_bytes);
    must(found.tpm->event_log.has_value() == document.contains("event_log"));
    must(!found.tpm->event_log || decoded(document, "event_log") == found.tpm->event_log->raw);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in(data, size);
  const VerifyContext nobody{UnixTime(1'700'000'000), TrustAnchors({})};
  const auto claims = hcl::evaluate(in, {}, nobody);
  must(!claims && claims.error().code != Code::internal);
  const auto evidence = hcl::parse_evidence(in);
  if (!evidence) {
    must(evidence.error().code != Code::internal);
    return 0;
  }
  if (evidence->form == "raw") {
    must(fuzz::same(evidence->report.raw, in) && !evidence->tpm && !evidence->td_quote &&
         evidence->certificates.empty() && evidence->ak_certificates.empty());
  } else {
    check_bundle(as_text(in), *evidence);
  }
  return 0;
}

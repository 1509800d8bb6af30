// Target: cupel::snp::parse_evidence, to_json, evaluate     Max input: 256 KiB
// Seeds: evidence of tests/vectors/snp
// Property: a second reading finds the same report in every form, and in JSON the same parts beside
// it; to_json() of what was read is read as the same, and writes the same again; nothing is ever
// accepted without an anchor.
#include <cupel/snp.hpp>
#include <nlohmann/json.hpp>

#include "second_reading.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a fuzz target
using fuzz::must;
using Json = nlohmann::json;

ByteVector decoded(const Json& object, const char* name) {
  return fuzz::base64_digits(object.at(name).get_ref<const std::string&>());
}

std::vector<ByteVector> pem_list(const Json& document, const char* name, std::string_view label) {
  std::vector<ByteVector> out;
  for (const Json& text : document.value(name, Json::array())) {
    for (ByteVector& der : fuzz::pem_digits(text.get_ref<const std::string&>(), label)) {
      out.push_back(std::move(der));
    }
  }
  return out;
}

void check_optional(const Json& document, const char* name,
                    const std::optional<ByteVector>& found) {
  must(found.has_value() == document.contains(name));
  must(!found || decoded(document, name) == *found);
}

// PEM, or the JSON of Azure's host cache.
std::vector<ByteVector> host_certificates(const ByteVector& content) {
  const Json cache = Json::parse(as_text(content), nullptr, false);
  if (!cache.is_object()) {
    return fuzz::pem_digits(as_text(content), "CERTIFICATE");
  }
  return fuzz::pem_digits(
      cache.at("vcekCert").get<std::string>() + cache.at("certificateChain").get<std::string>(),
      "CERTIFICATE");
}

void check_json(std::string_view text, const snp::Evidence& found) {
  const Json document = Json::parse(text, nullptr, false);
  must(document.is_object());
  const bool bundle = document.contains("kind");
  must(bundle == (found.form == "cupel.snp/1") && bundle == (found.form != "sidecar"));
  if (!bundle && !document.contains("evidence")) {
    const ByteVector bytes = fuzz::hex_digits(document.at("report").get<std::string>());
    must(fuzz::Places(bytes).same(0, found.report.raw) && !found.uvm_endorsements);
    must(bytes.size() > snp::kReportSize || (found.certificates.empty() && found.crls.empty()));
    return;
  }
  must(decoded(document, bundle ? "report" : "evidence") == found.report.raw);
  check_optional(document, "uvm_endorsements", found.uvm_endorsements);
  check_optional(document, "runtime_data", found.runtime_data);
  must(found.certificates == (bundle ? pem_list(document, "certificates", "CERTIFICATE")
                                     : host_certificates(decoded(document, "endorsements"))));
  must(found.crls == pem_list(document, "crls", "X509 CRL"));
}

// Bytes, or text of them: the report is their beginning.
void check_bytes(Bytes in, const snp::Evidence& found) {
  ByteVector bytes = to_vector(in);
  if (in.front() >= '\t') {
    std::string_view text = as_text(in);
    constexpr std::string_view kSpace = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kSpace);
    text = text.substr(first, text.find_last_not_of(kSpace) - first + 1);
    const bool hex = text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    bytes = hex ? fuzz::hex_digits(text) : fuzz::base64_digits(text);
  }
  must(fuzz::Places(bytes).same(0, found.report.raw));
  must(found.form == (bytes.size() > snp::kReportSize ? "extended" : "raw"));
  must(!found.uvm_endorsements && !found.runtime_data);
}

void check_writing(const snp::Evidence& evidence) {
  constexpr std::size_t kBundleHolds = 10;
  if (evidence.certificates.size() > kBundleHolds || evidence.crls.size() > kBundleHolds) {
    return;
  }
  const std::string text = snp::to_json(evidence);
  const auto again = snp::parse_evidence(as_bytes(text));
  must(again.ok() && again->report.raw == evidence.report.raw &&
       again->certificates == evidence.certificates && again->crls == evidence.crls &&
       again->uvm_endorsements == evidence.uvm_endorsements &&
       again->runtime_data == evidence.runtime_data && snp::to_json(*again) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in(data, size);
  const auto evidence = snp::parse_evidence(in);
  if (!evidence) {
    must(evidence.error().code != Code::internal);
    return 0;
  }
  if (evidence->form == "raw" || evidence->form == "extended") {
    check_bytes(in, *evidence);
  } else {
    check_json(as_text(in), *evidence);
  }
  check_writing(*evidence);
  const VerifyContext nobody{UnixTime(1'700'000'000), TrustAnchors({})};
  must(!snp::evaluate(in, {}, nobody).ok());
  return 0;
}

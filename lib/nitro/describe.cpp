#include "nitro/describe.hpp"

#include "base/hex.hpp"
#include "codec/json.hpp"
#include "crypto/x509.hpp"

namespace cupel::nitro {
namespace {

json::Value describe_certificate(const ByteVector& der) {
  const auto certificate = crypto::Certificate::from_der(der, "nitro.certificate");
  if (!certificate) {
    return json::Object{{"der", to_hex(der)}, {"error", to_string(certificate.error())}};
  }
  return json::Object{{"subject", certificate->subject()},
                      {"issuer", certificate->issuer()},
                      {"not_before", to_string(certificate->not_before())},
                      {"not_after", to_string(certificate->not_after())},
                      {"sha256", to_hex(certificate->sha256())}};
}

json::Value describe_optional(const std::optional<ByteVector>& value) {
  return value ? json::Value(to_hex(*value)) : json::Value(nullptr);
}

}  // namespace

Result<std::string> describe(Bytes evidence) {
  CUPEL_TRY(const Document document, parse(evidence));
  json::Object pcrs;
  for (const auto& [index, value] : document.pcrs) {
    pcrs.emplace_back(std::to_string(index), to_hex(value));
  }
  json::Array bundle;
  for (const ByteVector& der : document.cabundle) {
    bundle.push_back(describe_certificate(der));
  }
  return json::dump(json::Object{{"kind", to_string(document.kind)},
                                 {"module_id", document.module_id},
                                 {"digest", "SHA384"},
                                 {"timestamp", document.timestamp_ms},
                                 {"pcrs", std::move(pcrs)},
                                 {"public_key", describe_optional(document.public_key)},
                                 {"user_data", describe_optional(document.user_data)},
                                 {"nonce", describe_optional(document.nonce)},
                                 {"certificate", describe_certificate(document.certificate)},
                                 {"cabundle", std::move(bundle)}},
                    2);
}

}  // namespace cupel::nitro

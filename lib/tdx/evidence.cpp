#include "tdx/evidence.hpp"

#include "codec/json.hpp"

namespace cupel::tdx {
namespace {

constexpr std::string_view kKind = "cupel.tdx/1";
constexpr std::string_view kWhere = "tdx.evidence";

Result<Evidence> read_document(std::string_view text) {
  CUPEL_TRY(const json::Value document, json::parse(text, kWhere));
  json::ObjectReader reader(document, std::string(kWhere));
  const std::string kind = reader.string("kind");
  // Remarks of whoever packed the document; neither is believed.
  reader.optional_string("source");
  const auto created = reader.optional_string("created");
  Evidence out;
  out.quote = reader.base64("quote");
  if (reader.has("event_log")) {
    out.event_log = reader.base64("event_log");
  }
  CUPEL_TRY([[maybe_unused]] auto end, reader.finish());
  if (kind != kKind) {
    return Error{Code::unsupported_version, "tdx.evidence.kind"};
  }
  if (created) {
    if (auto time = parse_time(*created); !time) {
      return at("tdx.evidence.created", std::move(time).error());
    }
  }
  return out;
}

}  // namespace

bool looks_like_document(Bytes evidence) {
  const std::string_view text = as_text(evidence);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' &&
         text.find("\"cupel.tdx/1\"") != std::string_view::npos;
}

Result<Evidence> find_quote(Bytes evidence) {
  if (looks_like_document(evidence)) {
    return read_document(as_text(evidence));
  }
  if (!dcap::looks_like_certificate(evidence)) {
    return Evidence{to_vector(evidence), std::nullopt, std::nullopt};
  }
  CUPEL_TRY(dcap::RaTls found, dcap::find_evidence(evidence));
  ByteVector quote = found.quote;
  return Evidence{std::move(quote), std::move(found), std::nullopt};
}

}  // namespace cupel::tdx

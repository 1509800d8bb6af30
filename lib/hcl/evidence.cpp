// The forms in which the evidence of a confidential VM travels (lib/hcl/README.md, "Documents").
#include "hcl/evidence.hpp"

#include <array>
#include <cupel/time.hpp>

#include "base/base64.hpp"
#include "codec/json.hpp"
#include "codec/pem.hpp"

namespace cupel::hcl {
namespace {

constexpr std::string_view kWhere = "hcl.evidence";
constexpr std::size_t kMaxCertificates = 10;

Result<std::vector<ByteVector>> pem_list(const json::Value& value, const std::string& where,
                                         std::string_view label) {
  const json::Array* items = value.array();
  if (items == nullptr || items->empty() || items->size() > kMaxCertificates) {
    return Error{Code::bad_length, where, kNoOffset, "1 to 10 PEM texts"};
  }
  std::vector<ByteVector> out;
  for (const json::Value& item : *items) {
    const std::string place = where + "[" + std::to_string(out.size()) + "]";
    if (item.string() == nullptr) {
      return Error{Code::bad_encoding, place, kNoOffset, "not a text"};
    }
    const std::array labels{label};
    CUPEL_TRY(auto blocks, pem::parse(*item.string(), labels, place));
    if (blocks.size() != 1) {
      return Error{Code::bad_length, place, kNoOffset, "more than one PEM block"};
    }
    out.push_back(std::move(blocks.front().der));
  }
  return out;
}

Result<std::vector<ByteVector>> optional_list(json::ObjectReader& reader, std::string_view key,
                                              std::string_view label) {
  const json::Value* value = reader.optional(key);
  return value == nullptr ? Result<std::vector<ByteVector>>(std::vector<ByteVector>{})
                          : pem_list(*value, reader.path(key), label);
}

// The virtual TPM's part is what a TPM's own document holds; the key is the one that the runtime
// data name, whoever wrote them so far.
Result<std::optional<tpm::Evidence>> tpm_part(json::ObjectReader& reader, const Report& report) {
  json::Object document{{"kind", "cupel.tpm/1"}};
  for (const auto* key : {"quote", "pcrs", "event_log"}) {
    if (const json::Value* value = reader.optional(key)) {
      document.emplace_back(key, *value);
    }
  }
  if (document.size() == 1) {
    return std::optional<tpm::Evidence>{};
  }
  CUPEL_TRY(const RuntimeData runtime, parse_runtime_data(report.runtime_data));
  document.emplace_back("ak", json::Object{{"public", pem::dump("PUBLIC KEY", runtime.ak_public)}});
  const std::string text = json::dump(document);
  CUPEL_TRY(tpm::Evidence out, tpm::parse_evidence(as_bytes(text)));
  return std::optional<tpm::Evidence>(std::move(out));
}

Result<Evidence> from_bundle(std::string_view text) {
  CUPEL_TRY(const json::Value document, json::parse(text, kWhere));
  json::ObjectReader reader(document, std::string(kWhere));
  if (reader.string("kind") != kBundle) {
    reader.fail(Code::unsupported_version, "kind");
  }
  if (const auto created = reader.optional_string("created")) {
    if (auto time = parse_time(*created); !time) {
      return at(reader.path("created"), std::move(time).error());
    }
  }
  reader.optional_string("source");
  const ByteVector blob = reader.base64("hcl_report");
  if (!reader.ok()) {
    return reader.finish().error();
  }
  CUPEL_TRY(auto certificates, optional_list(reader, "certificates", "CERTIFICATE"));
  CUPEL_TRY(auto crls, optional_list(reader, "crls", "X509 CRL"));
  CUPEL_TRY(auto ak, optional_list(reader, "ak_certificates", "CERTIFICATE"));
  for (const auto* key : {"quote", "pcrs", "event_log"}) {
    reader.optional(key);
  }
  std::optional<ByteVector> td_quote;
  if (reader.has("td_quote")) {
    td_quote = reader.base64("td_quote");
  }
  CUPEL_TRY([[maybe_unused]] auto done, reader.finish());
  CUPEL_TRY(Report report, parse(blob));
  // hcl-10: nothing comes along unread.
  if (td_quote && report.hardware_type != HardwareType::tdx) {
    return Error{Code::collateral_mismatch, reader.path("td_quote"), kNoOffset,
                 "a TD quote beside a report that is no TDREPORT", "hcl-10"};
  }
  CUPEL_TRY(auto quote, tpm_part(reader, report));
  return Evidence{std::string(kBundle), std::move(report), std::move(certificates), std::move(crls),
                  std::move(quote),     std::move(ak),     std::move(td_quote)};
}

}  // namespace

Result<Evidence> parse_evidence(Bytes in) {
  const std::string_view text = as_text(in);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') {
    return from_bundle(text);
  }
  CUPEL_TRY(Report report, parse(in));
  return Evidence{"raw", std::move(report), {}, {}, std::nullopt, {}, std::nullopt};
}

}  // namespace cupel::hcl

// The forms in which reports travel (lib/snp/README.md, "Documents").
#include "snp/evidence.hpp"

#include <array>
#include <cupel/time.hpp>

#include "base/base64.hpp"
#include "base/hex.hpp"
#include "codec/json.hpp"
#include "codec/pem.hpp"
#include "codec/thim.hpp"

namespace cupel::snp {
namespace {

constexpr std::string_view kWhere = "snp.evidence";
constexpr std::size_t kMaxSize = 256U << 10U;
constexpr std::size_t kMaxCertificates = 10;

Result<Evidence> from_bytes(Bytes in) {
  const bool extended = in.size() > kReportSize;
  CUPEL_TRY(Report report, parse(extended ? in.first(kReportSize) : in));
  Evidence out{extended ? "extended" : "raw", std::move(report), {}, {}, {}, {}};
  if (extended) {
    CUPEL_TRY(CertificateTable table, parse_certificate_table(in.subspan(kReportSize)));
    out.certificates = std::move(table.certificates);
    out.crls = std::move(table.crls);
  }
  return out;
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

// Hex digits are base64 digits too, but no report begins with bytes that make it look like hex.
Result<ByteVector> from_text(std::string_view text, std::string_view where) {
  return is_hex(text) ? from_hex(text, where) : from_base64(text, where);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// PEM certificates in order, or the JSON of Azure's host cache.
Result<std::vector<ByteVector>> host_certificates(Bytes content, const std::string& where) {
  if (thim::looks_like(content)) {
    CUPEL_TRY(thim::Certificates found, thim::parse(as_text(content), where));
    return std::move(found.ders);
  }
  return pem::parse_certificates(as_text(content), where);
}

// The sidecar's /attest/combined. `endorsed_tcb` comes in two byte orders and decides nothing. The
// sidecar's caller knows the runtime data; a service that relays the answer adds them.
Result<Evidence> from_combined(json::ObjectReader& reader) {
  const ByteVector report = reader.base64("evidence");
  const ByteVector certificates = reader.base64("endorsements");
  std::optional<ByteVector> uvm;
  if (reader.has("uvm_endorsements")) {
    uvm = reader.base64("uvm_endorsements");
    if (uvm->empty()) {
      reader.fail(Code::bad_length, "uvm_endorsements");
    }
  }
  if (reader.has("endorsed_tcb")) {
    constexpr std::size_t kTcbSize = 8;
    if (reader.hex("endorsed_tcb").size() != kTcbSize) {
      reader.fail(Code::bad_length, "endorsed_tcb");
    }
  }
  std::optional<ByteVector> runtime;
  if (reader.has("runtime_data")) {
    runtime = reader.base64("runtime_data");
  }
  CUPEL_TRY([[maybe_unused]] auto done, reader.finish());
  CUPEL_TRY(Evidence out, from_bytes(report));
  if (out.form != "raw") {
    return Error{Code::trailing_bytes, reader.path("evidence"), kReportSize};
  }
  out.form = "sidecar";
  CUPEL_TRY(out.certificates, host_certificates(certificates, reader.path("endorsements")));
  out.uvm_endorsements = std::move(uvm);
  out.runtime_data = std::move(runtime);
  return out;
}

// The sidecar's /attest/raw.
Result<Evidence> from_raw_answer(json::ObjectReader& reader) {
  const ByteVector report = reader.hex("report");
  CUPEL_TRY([[maybe_unused]] auto done, reader.finish());
  CUPEL_TRY(Evidence out, from_bytes(report));
  out.form = "sidecar";
  return out;
}

Result<std::vector<ByteVector>> pem_list(json::ObjectReader& reader, std::string_view key,
                                         std::string_view label) {
  std::vector<ByteVector> out;
  if (!reader.has(key)) {
    return out;
  }
  const json::Array* items = reader.array(key);
  if (items == nullptr) {
    return reader.finish().error();
  }
  if (items->empty() || items->size() > kMaxCertificates) {
    return Error{Code::bad_length, reader.path(key), kNoOffset, "1 to 10 PEM texts"};
  }
  for (const json::Value& item : *items) {
    const std::string where = reader.path(key) + "[" + std::to_string(out.size()) + "]";
    if (item.string() == nullptr) {
      return Error{Code::bad_encoding, where, kNoOffset, "not a text"};
    }
    const std::array labels{label};
    CUPEL_TRY(auto blocks, pem::parse(*item.string(), labels, where));
    if (blocks.size() != 1) {
      return Error{Code::bad_length, where, kNoOffset, "more than one PEM block"};
    }
    out.push_back(std::move(blocks.front().der));
  }
  return out;
}

Result<Evidence> from_bundle(json::ObjectReader& reader) {
  if (reader.string("kind") != kBundle) {
    reader.fail(Code::unsupported_version, "kind");
  }
  if (const auto created = reader.optional_string("created")) {
    if (auto time = parse_time(*created); !time) {
      return at(reader.path("created"), std::move(time).error());
    }
  }
  reader.optional_string("source");
  const ByteVector report = reader.base64("report");
  if (!reader.ok()) {
    return reader.finish().error();
  }
  CUPEL_TRY(auto certificates, pem_list(reader, "certificates", "CERTIFICATE"));
  CUPEL_TRY(auto crls, pem_list(reader, "crls", "X509 CRL"));
  std::optional<ByteVector> uvm;
  std::optional<ByteVector> runtime;
  if (reader.has("uvm_endorsements")) {
    uvm = reader.base64("uvm_endorsements");
    if (uvm->empty()) {
      reader.fail(Code::bad_length, "uvm_endorsements");
    }
  }
  if (reader.has("runtime_data")) {
    runtime = reader.base64("runtime_data");
  }
  CUPEL_TRY([[maybe_unused]] auto done, reader.finish());
  CUPEL_TRY(Report parsed, parse(report));
  return Evidence{std::string(kBundle), std::move(parsed), std::move(certificates),
                  std::move(crls),      std::move(uvm),    std::move(runtime)};
}

Result<Evidence> from_json(std::string_view text) {
  CUPEL_TRY(const json::Value document, json::parse(text, kWhere));
  json::ObjectReader reader(document, std::string(kWhere));
  if (reader.has("kind")) {
    return from_bundle(reader);
  }
  return reader.has("evidence") ? from_combined(reader) : from_raw_answer(reader);
}

json::Array pem_array(std::string_view label, const std::vector<ByteVector>& ders) {
  json::Array out;
  for (const ByteVector& der : ders) {
    out.emplace_back(pem::dump(label, der));
  }
  return out;
}

}  // namespace

Result<Evidence> parse_evidence(Bytes in) {
  if (in.size() > kMaxSize) {
    return Error{Code::too_large, std::string(kWhere), kMaxSize, "more than 256 KiB"};
  }
  // A report begins with its version, a small number; no text begins so.
  constexpr std::uint8_t kFirstOfText = '\t';
  if (in.empty() || in.front() < kFirstOfText) {
    return from_bytes(in);
  }
  const std::string_view text = trimmed(as_text(in));
  if (text.starts_with("{")) {
    return from_json(text);
  }
  CUPEL_TRY(const ByteVector decoded, from_text(text, kWhere));
  return from_bytes(decoded);
}

std::string to_json(const Evidence& evidence) {
  json::Object out{{"kind", kBundle}, {"report", to_base64(evidence.report.raw)}};
  if (!evidence.certificates.empty()) {
    out.emplace_back("certificates", pem_array("CERTIFICATE", evidence.certificates));
  }
  if (!evidence.crls.empty()) {
    out.emplace_back("crls", pem_array("X509 CRL", evidence.crls));
  }
  if (evidence.uvm_endorsements) {
    out.emplace_back("uvm_endorsements", to_base64(*evidence.uvm_endorsements));
  }
  if (evidence.runtime_data) {
    out.emplace_back("runtime_data", to_base64(*evidence.runtime_data));
  }
  return json::dump(out, 2) + "\n";
}

}  // namespace cupel::snp

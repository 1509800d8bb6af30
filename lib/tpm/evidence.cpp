// Evidence documents: BlindLlama's attestation document and Cupel's own bundle (README.md).
#include "base/base64.hpp"
#include "base/hex.hpp"
#include "codec/json.hpp"
#include "codec/pem.hpp"
#include "crypto/signature.hpp"
#include "tpm/pcrs.hpp"

namespace cupel::tpm {
namespace {

constexpr std::string_view kWhere = "tpm.evidence";
constexpr std::string_view kBundle = "cupel.tpm/1";
constexpr std::string_view kBlindLlama = "blindllama";
constexpr std::string_view kTpmt = "tpmt";
constexpr std::string_view kBareRsassa = "rsassa_sha256";
constexpr std::string_view kSerialized = "serialized";
constexpr std::string_view kMarshaled = "marshaled";
constexpr std::string_view kValues = "values";
constexpr std::size_t kMaxCertificates = 10;
constexpr std::size_t kRootHashSize = 32;

/// A document taken apart, before any part is looked into.
struct Document {
  std::string_view form;
  ByteVector message;
  ByteVector signature;
  bool bare_signature = false;  ///< RSASSA-PKCS1-v1_5 with SHA-256, without TPMT header
  std::string pcrs_form{};      ///< empty: no PCR values
  ByteVector pcrs{};
  std::optional<ByteVector> event_log{};
  std::vector<ByteVector> ak_certificates{};
  std::optional<ByteVector> ak_public{};
  std::optional<std::string> webserver_rootca{};
  std::optional<ByteVector> application_disk_roothash{};
};

/// 1 to 10 PEM texts with one certificate each.
Result<std::vector<ByteVector>> certificates(const json::Array& texts, const std::string& where) {
  if (texts.empty()) {
    return Error{Code::missing_field, where, kNoOffset, "an empty certificate chain"};
  }
  if (texts.size() > kMaxCertificates) {
    return Error{Code::out_of_range, where, kNoOffset,
                 std::to_string(texts.size()) + " certificates, at most 10 are allowed"};
  }
  std::vector<ByteVector> out;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string place = where + "[" + std::to_string(i) + "]";
    const std::string* text = texts[i].string();
    if (text == nullptr) {
      return Error{Code::bad_encoding, place, kNoOffset, "not a string"};
    }
    CUPEL_TRY(auto ders, pem::parse_certificates(*text, place));
    if (ders.size() != 1) {
      return Error{Code::bad_encoding, place, kNoOffset, "more than one certificate in one string"};
    }
    out.push_back(std::move(ders.front()));
  }
  return out;
}

/// PEM SubjectPublicKeyInfo, or base64 of TPMT_PUBLIC or TPM2B_PUBLIC; as DER SPKI.
Result<ByteVector> public_key(const std::string& text, const std::string& where) {
  if (pem::looks_like(as_bytes(text))) {
    CUPEL_TRY(const auto key, crypto::PublicKey::from_pem_or_der(as_bytes(text), where));
    return key.spki();
  }
  CUPEL_TRY(const ByteVector wire, from_base64(text, where));
  CUPEL_TRY(PublicArea area, parse_public(wire));
  // CHECK tpm-12
  if (!area.restricted_signing()) {
    return Error{Code::bad_key, "tpm.public.object_attributes", kNoOffset,
                 "not a restricted signing key that stays in its TPM", "tpm-12"};
  }
  return std::move(area.spki);
}

/// What merely came along. The CA's text is hashed into a register as it stands, so it is kept byte
/// for byte.
Result<Unit> read_supplied(json::ObjectReader& reader, Document& out) {
  out.webserver_rootca = reader.optional_string("webserver_rootca");
  if (out.webserver_rootca && out.webserver_rootca->empty()) {
    reader.fail(Code::missing_field, "webserver_rootca", "an empty text");
  }
  const auto hash = reader.optional_string("application_disk_roothash");
  CUPEL_TRY([[maybe_unused]] auto read, reader.finish());
  if (hash) {
    CUPEL_TRY(out.application_disk_roothash,
              from_hex(*hash, kRootHashSize, reader.path("application_disk_roothash")));
  }
  return Unit{};
}

Result<Document> read_blindllama(const json::Value& value) {
  json::ObjectReader reader(value, std::string(kWhere));
  Document out{kBlindLlama, {}, {}};
  const json::Array* chain = reader.array("cert_chain");
  const json::Value* quote = reader.required("quote");
  reader.required("webserver_rootca");
  reader.required("application_disk_roothash");
  CUPEL_TRY([[maybe_unused]] auto supplied, read_supplied(reader, out));
  json::ObjectReader parts(*quote, reader.path("quote"));
  out.message = parts.base64("message");
  out.signature = parts.base64("signature");
  out.pcrs_form = kSerialized;
  out.pcrs = parts.base64("pcr");
  CUPEL_TRY([[maybe_unused]] auto read, parts.finish());
  CUPEL_TRY(out.ak_certificates, certificates(*chain, reader.path("cert_chain")));
  return out;
}

Result<Unit> read_bundle_quote(const json::Value& value, std::string where, Document& out) {
  json::ObjectReader reader(value, std::move(where));
  out.message = reader.base64("message");
  out.signature = reader.base64("signature");
  const std::string form = reader.optional_string("signature_form").value_or(std::string(kTpmt));
  out.bare_signature = form == kBareRsassa;
  if (form != kTpmt && !out.bare_signature) {
    reader.fail(Code::unsupported_version, "signature_form", "tpmt or rsassa_sha256");
  }
  return reader.finish();
}

Result<Unit> read_bundle_pcrs(const json::Value& value, std::string where, Document& out) {
  json::ObjectReader reader(value, std::move(where));
  out.pcrs_form = reader.string("form");
  if (out.pcrs_form != kSerialized && out.pcrs_form != kMarshaled && out.pcrs_form != kValues) {
    reader.fail(Code::unsupported_version, "form", "serialized, marshaled or values");
  }
  out.pcrs = reader.base64("data");
  return reader.finish();
}

Result<Unit> read_bundle_ak(const json::Value& value, const std::string& where, Document& out) {
  json::ObjectReader reader(value, where);
  const json::Array* chain = reader.has("certificates") ? reader.array("certificates") : nullptr;
  const std::optional<std::string> key = reader.optional_string("public");
  CUPEL_TRY([[maybe_unused]] auto read, reader.finish());
  if (chain == nullptr && !key) {
    return Error{Code::missing_field, where, kNoOffset, "neither certificates nor a public key"};
  }
  if (chain != nullptr) {
    CUPEL_TRY(out.ak_certificates, certificates(*chain, reader.path("certificates")));
  }
  if (key) {
    CUPEL_TRY(out.ak_public, public_key(*key, reader.path("public")));
  }
  return Unit{};
}

Result<Document> read_bundle(const json::Value& value) {
  json::ObjectReader reader(value, std::string(kWhere));
  Document out{kBundle, {}, {}};
  if (const std::string kind = reader.string("kind"); reader.ok() && kind != kBundle) {
    reader.fail(Code::unsupported_version, "kind", "only cupel.tpm/1 is known");
  }
  // Remarks of whoever packed the bundle: read for their form, believed by nobody.
  const auto created = reader.optional_string("created");
  reader.optional_string("source");
  const json::Value* quote = reader.required("quote");
  const json::Value* pcrs = reader.optional("pcrs");
  const json::Value* ak = reader.required("ak");
  if (reader.has("event_log")) {
    out.event_log = reader.base64("event_log");
  }
  const json::Value* supplied = reader.optional("supplied");
  CUPEL_TRY([[maybe_unused]] auto outer, reader.finish());
  if (created) {
    if (auto time = parse_time(*created); !time) {
      return at(reader.path("created"), std::move(time).error());
    }
  }
  CUPEL_TRY([[maybe_unused]] auto a, read_bundle_quote(*quote, reader.path("quote"), out));
  if (pcrs != nullptr) {
    CUPEL_TRY([[maybe_unused]] auto b, read_bundle_pcrs(*pcrs, reader.path("pcrs"), out));
  }
  if (supplied != nullptr) {
    json::ObjectReader along(*supplied, reader.path("supplied"));
    CUPEL_TRY([[maybe_unused]] auto c, read_supplied(along, out));
  }
  CUPEL_TRY([[maybe_unused]] auto d, read_bundle_ak(*ak, reader.path("ak"), out));
  return out;
}

Result<PcrValues> read_pcrs(const Document& document, const Attest& attest) {
  if (document.pcrs_form == kSerialized) {
    return parse_pcrs_serialized(document.pcrs);
  }
  if (document.pcrs_form == kMarshaled) {
    return parse_pcrs_marshaled(document.pcrs);
  }
  return parse_pcrs_values(document.pcrs, attest.pcr_select);
}

json::Value pem_array(const std::vector<ByteVector>& ders) {
  json::Array out;
  for (const ByteVector& der : ders) {
    out.emplace_back(pem::dump("CERTIFICATE", der));
  }
  return out;
}

}  // namespace

Result<Evidence> parse_evidence(Bytes json) {
  CUPEL_TRY(const json::Value value, json::parse(as_text(json), kWhere));
  CUPEL_TRY(Document document,
            value.find("kind") != nullptr ? read_bundle(value) : read_blindllama(value));
  CUPEL_TRY(Attest attest, parse_attest(document.message));
  CUPEL_TRY(Signature signature, document.bare_signature ? bare_rsassa_sha256(document.signature)
                                                         : parse_signature(document.signature));
  std::optional<PcrValues> pcrs;
  if (!document.pcrs_form.empty()) {
    CUPEL_TRY(pcrs, read_pcrs(document, attest));
  }
  std::optional<EventLog> log;
  if (document.event_log) {
    CUPEL_TRY(log, parse_event_log(*document.event_log));
  }
  return Evidence{.form = std::string(document.form),
                  .quote = {.message = std::move(document.message),
                            .signature_bytes = std::move(document.signature),
                            .attest = std::move(attest),
                            .signature = std::move(signature),
                            .pcrs = std::move(pcrs),
                            .ak = std::nullopt},
                  .ak_certificates = std::move(document.ak_certificates),
                  .ak_public = std::move(document.ak_public),
                  .event_log = std::move(log),
                  .webserver_rootca = std::move(document.webserver_rootca),
                  .application_disk_roothash = std::move(document.application_disk_roothash)};
}

std::string to_json(const Evidence& evidence) {
  const Quote& quote = evidence.quote;
  // A bare signature is the whole of what was received; in a TPMT_SIGNATURE it is a part.
  const bool bare = quote.signature_bytes == quote.signature.rsa;
  json::Object out{{"kind", kBundle},
                   {"quote", json::Object{{"message", to_base64(quote.message)},
                                          {"signature", to_base64(quote.signature_bytes)},
                                          {"signature_form", bare ? kBareRsassa : kTpmt}}}};
  if (quote.pcrs) {
    ByteVector values;
    for (const ByteVector& digest : quote.pcrs->digests) {
      values.insert(values.end(), digest.begin(), digest.end());
    }
    const bool claimed = quote.pcrs->claimed.has_value();
    out.emplace_back(
        "pcrs", json::Object{{"form", claimed ? kMarshaled : kValues},
                             {"data", to_base64(claimed ? marshal_pcrs(*quote.pcrs) : values)}});
  }
  json::Object ak;
  if (!evidence.ak_certificates.empty()) {
    ak.emplace_back("certificates", pem_array(evidence.ak_certificates));
  }
  if (evidence.ak_public) {
    ak.emplace_back("public", pem::dump("PUBLIC KEY", *evidence.ak_public));
  }
  out.emplace_back("ak", std::move(ak));
  if (evidence.event_log) {
    out.emplace_back("event_log", to_base64(evidence.event_log->raw));
  }
  json::Object supplied;
  if (evidence.webserver_rootca) {
    supplied.emplace_back("webserver_rootca", *evidence.webserver_rootca);
  }
  if (evidence.application_disk_roothash) {
    supplied.emplace_back("application_disk_roothash", to_hex(*evidence.application_disk_roothash));
  }
  if (!supplied.empty()) {
    out.emplace_back("supplied", std::move(supplied));
  }
  return json::dump(out, 2) + "\n";
}

}  // namespace cupel::tpm

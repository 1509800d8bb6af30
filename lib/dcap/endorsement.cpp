#include "dcap/endorsement.hpp"

#include <algorithm>
#include <array>

#include "base/hex.hpp"
#include "codec/cbor.hpp"
#include "codec/json.hpp"
#include "codec/pem.hpp"
#include "crypto/x509.hpp"
#include "dcap/collateral.hpp"

namespace cupel::dcap {
namespace {

constexpr std::string_view kWhere = "endorsement";
constexpr std::string_view kEncodedPem = "-----BEGIN%20CERTIFICATE-----";
constexpr std::size_t kMaxText = 1U << 20U;

Error refusal(Code code, std::string detail) {
  return Error{code, std::string(kWhere), kNoOffset, std::move(detail)};
}

void add_once(std::vector<ByteVector>& list, ByteVector der) {
  if (std::find(list.begin(), list.end(), der) == list.end()) {
    list.push_back(std::move(der));
  }
}

// A text in the URL encoding of HTTP headers. '+' stands for itself: it is part of base64.
Result<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    CUPEL_TRY(const ByteVector byte, from_hex(text.substr(i + 1, 2), 1, kWhere));
    out.push_back(static_cast<char>(byte.front()));
    i += 2;
  }
  return out;
}

Result<Unit> add_certificates(Endorsements& to, std::string_view text) {
  std::string decoded;
  if (text.starts_with(kEncodedPem)) {
    CUPEL_TRY(decoded, percent_decoded(text));
    text = decoded;
  }
  if (text.ends_with('\0')) {  // the quoting library's strings end in one
    text.remove_suffix(1);
  }
  CUPEL_TRY(auto ders, pem::parse_certificates(text, kWhere));
  for (ByteVector& der : ders) {
    CUPEL_TRY([[maybe_unused]] auto parsed, crypto::Certificate::from_der(der, kWhere));
    add_once(to.certificates, std::move(der));
  }
  return Unit{};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == '\0')) {
    text.remove_suffix(1);
  }
  return text;
}

// PEM, or hex of DER.
Result<Unit> add_crl(Endorsements& to, std::string_view text) {
  text = trimmed(text);
  constexpr std::array<std::string_view, 1> kLabels = {"X509 CRL"};
  std::vector<ByteVector> ders;
  if (pem::looks_like(as_bytes(text))) {
    CUPEL_TRY(auto blocks, pem::parse(text, kLabels, kWhere));
    for (pem::Block& block : blocks) {
      ders.push_back(std::move(block.der));
    }
  } else {
    CUPEL_TRY(ByteVector der, from_hex(text, kWhere));
    ders.push_back(std::move(der));
  }
  for (ByteVector& der : ders) {
    CUPEL_TRY([[maybe_unused]] auto parsed, crypto::Crl::from_der(der, kWhere));
    add_once(to.crls, std::move(der));
  }
  return Unit{};
}

Result<Unit> add_item(Endorsements& to, std::string_view kind, std::string_view text) {
  const auto [place, added] = to.items.emplace(std::string(kind), to_vector(as_bytes(text)));
  if (!added && as_text(place->second) != text) {
    return refusal(Code::duplicate_field, "a second document of kind " + std::string(kind));
  }
  return Unit{};
}

Result<Unit> add_tcb_info(Endorsements& to, std::string_view document) {
  CUPEL_TRY(const TcbInfo info, parse_tcb_info(document));
  return add_item(to, item_of(info), document);
}

Result<Unit> add_qe_identity(Endorsements& to, std::string_view document) {
  CUPEL_TRY(const QeIdentity identity, parse_qe_identity(document));
  return add_item(to, item_of(identity), document);
}

// The signed text and its signature, put back into the envelope they came in. Not one byte of the
// signed text changes.
std::string enveloped(std::string_view member, const std::string& text,
                      const std::string& signature) {
  return "{\"" + std::string(member) + "\":" + text + ",\"signature\":\"" + signature + "\"}";
}

Result<Unit> add_chain(Endorsements& to, const std::optional<std::string>& text) {
  return text ? add_certificates(to, *text) : Result<Unit>(Unit{});
}

Result<Unit> add_qvl_json(Endorsements& to, const json::Value& document) {
  json::ObjectReader reader(document, std::string(kWhere));
  const std::string tcb_info = reader.string("tcb_info");
  const std::string tcb_signature = reader.string("tcb_info_signature");
  const std::string qe_identity = reader.string("qe_identity");
  const std::string qe_signature = reader.string("qe_identity_signature");
  const auto pck_crl = reader.optional_string("pck_crl");
  const auto root_crl = reader.optional_string("root_ca_crl");
  std::vector<std::optional<std::string>> chains;
  for (const auto* key : {"tcb_info_issuer_chain", "qe_identity_issuer_chain",
                          "pck_crl_issuer_chain", "pck_certificate_chain"}) {
    chains.push_back(reader.optional_string(key));
  }
  CUPEL_TRY([[maybe_unused]] auto end, reader.finish());
  CUPEL_TRY([[maybe_unused]] auto first,
            add_tcb_info(to, enveloped("tcbInfo", tcb_info, tcb_signature)));
  CUPEL_TRY([[maybe_unused]] auto second,
            add_qe_identity(to, enveloped("enclaveIdentity", qe_identity, qe_signature)));
  for (const auto& chain : chains) {
    CUPEL_TRY([[maybe_unused]] auto added, add_chain(to, chain));
  }
  for (const auto& crl : {pck_crl, root_crl}) {
    if (crl) {
      CUPEL_TRY([[maybe_unused]] auto added, add_crl(to, *crl));
    }
  }
  return Unit{};
}

Result<bool> take_json(Endorsements& to, std::string_view text) {
  if (text.size() > kMaxText) {
    return false;
  }
  const auto document = json::parse(text, kWhere);
  if (!document) {
    return document.error();
  }
  if (document->find("tcbInfo") != nullptr) {
    CUPEL_TRY([[maybe_unused]] auto added, add_tcb_info(to, text));
    return true;
  }
  if (document->find("enclaveIdentity") != nullptr) {
    CUPEL_TRY([[maybe_unused]] auto added, add_qe_identity(to, text));
    return true;
  }
  if (document->find("tcb_info_signature") != nullptr) {
    CUPEL_TRY([[maybe_unused]] auto added, add_qvl_json(to, *document));
    return true;
  }
  return false;
}

// A CBOR map of eight to fifteen pairs, the first key of which is one of BlindAI's.
bool looks_like_blindai(Bytes file) {
  const std::string_view start = as_text(file.first(std::min<std::size_t>(file.size(), 64)));
  return !file.empty() && (file.front() & 0xe0U) == 0xa0U &&
         (start.find("version") != std::string_view::npos ||
          start.find("pck_") != std::string_view::npos ||
          start.find("tcb_info") != std::string_view::npos);
}

Result<Unit> add_blindai(Endorsements& to, Bytes file) {
  CUPEL_TRY(const cbor::Value document, cbor::parse(file, kWhere));
  cbor::MapReader reader(document, std::string(kWhere));
  reader.unsigned_integer("version");
  std::vector<std::string> chains;
  for (const auto* key : {"pck_certificate", "pck_signing_chain", "pck_crl_issuer_chain",
                          "tcb_info_issuer_chain", "qe_identity_issuer_chain"}) {
    chains.push_back(reader.text(key));
  }
  const std::string root_crl = reader.text("root_ca_crl");
  const std::string pck_crl = reader.text("pck_crl");
  const std::string tcb_info = reader.text("tcb_info");
  const std::string qe_identity = reader.text("qe_identity");
  CUPEL_TRY([[maybe_unused]] auto end, reader.finish());
  for (const std::string& chain : chains) {
    CUPEL_TRY([[maybe_unused]] auto added, add_certificates(to, chain));
  }
  CUPEL_TRY([[maybe_unused]] auto root, add_crl(to, root_crl));
  CUPEL_TRY([[maybe_unused]] auto pck, add_crl(to, pck_crl));
  CUPEL_TRY([[maybe_unused]] auto info, add_tcb_info(to, std::string(trimmed(tcb_info))));
  CUPEL_TRY([[maybe_unused]] auto identity, add_qe_identity(to, std::string(trimmed(qe_identity))));
  return Unit{};
}

bool is_hex(std::string_view text) {
  text = trimmed(text);
  return text.size() >= 64 && text.starts_with("30") &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

}  // namespace

Result<bool> take_endorsement(Endorsements& endorsements, Bytes file) {
  const std::string_view text = as_text(file);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') {
    return take_json(endorsements, text);
  }
  if (text.starts_with(kEncodedPem)) {
    CUPEL_TRY([[maybe_unused]] auto added, add_certificates(endorsements, trimmed(text)));
    return true;
  }
  if (is_hex(text)) {
    CUPEL_TRY([[maybe_unused]] auto added, add_crl(endorsements, text));
    return true;
  }
  if (looks_like_blindai(file)) {
    CUPEL_TRY([[maybe_unused]] auto added, add_blindai(endorsements, file));
    return true;
  }
  return false;
}

}  // namespace cupel::dcap

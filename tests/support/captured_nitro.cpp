#include "support/captured_nitro.hpp"

#include <algorithm>
#include <array>

#include "base/hex.hpp"
#include "codec/json.hpp"
#include "crypto/digest.hpp"
#include "crypto/x509.hpp"

namespace cupel::testing {
namespace {

// The collection says `reject` and why in words; these are the same facts in ours.
struct Refusal {
  std::string_view id;
  std::string_view code;
  std::string_view where;
  std::string_view check;
};
constexpr std::array kRefusals = {
    Refusal{"neg-bad-cose-signature-2022-11", "bad_signature", "nitro.cose.signature", "nitro-06"},
    Refusal{"neg-foreign-root-2024-12", "untrusted_chain", "nitro.certificate", "nitro-04"},
    Refusal{"neg-foreign-root-2025-04-pcr16", "untrusted_chain", "nitro.certificate", "nitro-04"},
};

ByteVector bytes_of(std::string_view text) {
  return to_vector(as_bytes(text));
}

std::string string_at(const json::Value& value, std::string_view key) {
  const json::Value* found = value.find(key);
  return found != nullptr && found->string() != nullptr ? *found->string() : std::string();
}

class Mapper {
 public:
  Mapper(const Folder& folder, std::string id, const json::Value& document)
      : folder_(folder), id_(std::move(id)), document_(document) {}

  Result<std::vector<Folder>> all() const {
    CUPEL_TRY(json::Object plain, outcome());
    std::vector<Folder> out{finish("", now(), std::move(plain), nullptr)};
    if (string_at(expected(), "verdict") != "accept") {
      return out;
    }
    const json::Value* checks = document_.find("checks");
    const json::Array* times = checks != nullptr ? checks->array() : nullptr;
    for (const json::Value& other : times != nullptr ? *times : json::Array{}) {
      const std::string at = string_at(other, "verify_at");
      const std::string reason = string_at(other, "reason");
      std::string suffix = "+at_" + at;
      std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                     [](char c) { return c == ':' || c == '-' || c == 'T' ? '_' : c; });
      CUPEL_TRY(json::Object held, outcome());
      const bool late = reason.find("expired") != std::string::npos;
      out.push_back(
          finish(suffix, at,
                 string_at(other, "verdict") == "accept"
                     ? std::move(held)
                     : refusal(late ? "expired" : "not_yet_valid", "nitro.certificate", "nitro-04"),
                 nullptr));
    }
    judged(out);
    return out;
  }

 private:
  const json::Value& expected() const { return *document_.find("expected"); }
  std::string now() const { return string_at(document_, "verify_at"); }
  bool tpm() const { return string_at(expected(), "pcr_map_key") == "nitrotpm_pcrs"; }

  static json::Object refusal(std::string_view code, std::string_view where,
                              std::string_view check) {
    return {{"stage", "verify"}, {"code", code}, {"where", where}, {"check", check}};
  }

  json::Object claims() const {
    const bool* debug = expected().find("debug")->boolean();
    json::Object out{{"nitro.kind", tpm() ? "nitro_tpm" : "enclave"},
                     {"nitro.module_id", string_at(expected(), "module_id")},
                     {"nitro.timestamp", now()},
                     {"nitro.certificate.anchor", "AWS Nitro Enclaves Root G1"},
                     {"common.debug", debug != nullptr && *debug}};
    if (const json::Value* window = expected().find("all_certificates_valid")) {
      out.emplace_back("common.valid_until", string_at(*window, "to"));
    }
    for (const auto& [index, value] : *expected().find("pcrs")->object()) {
      out.emplace_back((tpm() ? "nitro.tpm_pcr." : "nitro.pcr.") + index, value);
    }
    for (const char* name : {"public_key", "user_data", "nonce"}) {
      if (const json::Value* value = expected().find(name);
          value != nullptr && value->string() != nullptr) {
        out.emplace_back(std::string("nitro.") + name, *value);
      }
    }
    return out;
  }

  Result<json::Object> outcome() const {
    for (const Refusal& one : kRefusals) {
      if (one.id == id_) {
        return refusal(one.code, one.where, one.check);
      }
    }
    if (string_at(expected(), "verdict") != "accept") {
      return Error{Code::unsupported_version, id_, kNoOffset,
                   "a refusal that this loader has no code for"};
    }
    return json::Object{{"stage", "verify"}, {"verdict", "accepted"}, {"claims", claims()}};
  }

  Folder finish(const std::string& suffix, const std::string& at, json::Object expect,
                const json::Value* policy, const std::string& nonce = {}) const {
    Folder out{"captured/nitro/" + id_ + suffix, {}};
    out.files["evidence.bin"] = folder_.files.at("doc.cbor");
    json::Object c{
        {"family", "nitro"}, {"evidence", "evidence.bin"}, {"now", at}, {"anchors", "vendor"}};
    if (policy != nullptr) {
      out.files["policy.json"] = bytes_of(json::dump(*policy));
      c.emplace_back("policy", json::Array{"policy.json"});
    }
    if (!nonce.empty()) {
      c.emplace_back("nonce", nonce);
    }
    c.emplace_back("expect", std::move(expect));
    c.emplace_back("checks", json::Array{});
    const std::string repository =
        "https://github.com/" + string_at(*document_.find("origin"), "repo");
    c.emplace_back("source",
                   json::Object{{"kind", id_.starts_with("neg-") ? "third_party" : "hardware"},
                                {"url", repository}});
    c.emplace_back("comment", "a document that its origin published");
    out.files["case.json"] = bytes_of(json::dump(json::Value(std::move(c))));
    return out;
  }

  // A policy about the document's own registers and nonce; then the same with another register,
  // and with another nonce.
  void judged(std::vector<Folder>& out) const {
    const json::Value* pcrs = expected().find("pcrs");
    const std::string stem = tpm() ? "nitro.tpm_pcr." : "nitro.pcr.";
    const std::string index = tpm() ? "4" : "0";
    const std::string value = string_at(*pcrs, index);
    const std::string nonce = string_at(expected(), "nonce");
    const bool* debug = expected().find("debug")->boolean();
    const bool open = debug != nullptr && *debug;
    const auto policy = [&](const std::string& digest) {
      json::Object one{{"family", "nitro"},
                       {"require", json::Object{{stem + index, json::Object{{"equals", digest}}}}}};
      if (!nonce.empty()) {
        one.emplace_back("bind", json::Object{{"nonce", json::Object{{"claim", "nitro.nonce"}}}});
      }
      return json::Value(json::Object{{"version", 1}, {"accept", json::Array{one}}});
    };
    const auto refused = [](json::Array checks) {
      return json::Object{
          {"stage", "appraise"}, {"verdict", "refused"}, {"failed_checks", std::move(checks)}};
    };
    const json::Value own = policy(value);
    out.push_back(finish(
        "+policy", now(),
        open ? refused({"policy-05"})
             : json::Object{{"stage", "appraise"}, {"verdict", "accepted"}, {"claims", claims()}},
        &own, nonce));
    const json::Value other = policy(std::string(95, '1') + "2");
    out.push_back(
        finish("+other_register", now(),
               refused(open ? json::Array{"policy-03", "policy-05"} : json::Array{"policy-03"}),
               &other, nonce));
    out.push_back(
        finish("+other_nonce", now(),
               refused(open ? json::Array{"policy-05", "policy-06"} : json::Array{"policy-06"}),
               &own, std::string(64, 'a')));
  }

  const Folder& folder_;
  std::string id_;
  const json::Value& document_;
};

// Evervault's certificates: a DNS name begins with the document in hex, and the document's
// user_data is the certificate's own key.
Result<Folder> from_certificate(const Folder& folder, const std::string& id,
                                const json::Value& document) {
  CUPEL_TRY(const auto certificate, crypto::Certificate::from_der(folder.files.at("cert.der"), id));
  constexpr std::string_view kSubjectAltName = "2.5.29.17";
  const auto names = certificate.extension(kSubjectAltName);
  if (!names) {
    return Error{Code::missing_field, id, kNoOffset, "no subject alternative name"};
  }
  constexpr std::string_view kStart = "8444a1013822";
  const std::string_view text = as_text(*names);
  const std::size_t from = text.find(kStart);
  const std::size_t to = text.find_first_not_of("0123456789abcdef", from);
  if (from == std::string_view::npos || to == std::string_view::npos) {
    return Error{Code::missing_field, id, kNoOffset, "no document in a name"};
  }
  Folder out{"captured/nitro/" + id, {}};
  CUPEL_TRY(out.files["evidence.bin"], from_hex(text.substr(from, to - from), id));
  const std::string spki = to_hex(certificate.public_key().spki());
  const std::string digest = to_hex(certificate.public_key().spki_sha256());
  const json::Object claims{{"nitro.user_data", spki}, {"nitro.user_data_sha256", digest}};
  const json::Object c{
      {"family", "nitro"},
      {"evidence", "evidence.bin"},
      {"now", string_at(document, "verify_at")},
      {"anchors", "vendor"},
      {"expect", json::Object{{"stage", "verify"}, {"verdict", "accepted"}, {"claims", claims}}},
      {"checks", json::Array{}},
      {"source", json::Object{{"kind", "hardware"}}},
      {"comment", "a document in a certificate whose key it names"}};
  out.files["case.json"] = bytes_of(json::dump(json::Value(c)));
  return out;
}

}  // namespace

Result<std::vector<Folder>> captured_nitro_cases(const std::filesystem::path& root) {
  std::vector<Folder> out;
  const auto read = [](const Folder& folder) {
    const auto found = folder.files.find("case.json");
    return json::parse(found == folder.files.end() ? "" : as_text(found->second), folder.name);
  };
  for (const Folder& folder : read_folders(root / "nitro")) {
    CUPEL_TRY(const json::Value document, read(folder));
    CUPEL_TRY(auto mapped, Mapper(folder, string_at(document, "id"), document).all());
    std::move(mapped.begin(), mapped.end(), std::back_inserter(out));
  }
  for (const Folder& folder : read_folders(root / "ratls")) {
    CUPEL_TRY(const json::Value document, read(folder));
    if (document.find("expected")->find("nitro_in_san") != nullptr) {
      CUPEL_TRY(Folder mapped, from_certificate(folder, string_at(document, "id"), document));
      out.push_back(std::move(mapped));
    }
  }
  return out;
}

}  // namespace cupel::testing

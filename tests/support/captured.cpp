#include "support/captured.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "base/base64.hpp"
#include "base/hex.hpp"
#include "codec/json.hpp"
#include "codec/pem.hpp"
#include "crypto/x509.hpp"
#include "support/captured_dcap.hpp"
#include "support/captured_hcl.hpp"
#include "support/captured_maa.hpp"
#include "support/captured_nitro.hpp"
#include "support/captured_snp.hpp"
#include "support/captured_uvm.hpp"

namespace cupel::testing {
namespace {

// The collection says `reject` and why in words; these are the same facts in ours.
struct Refusal {
  std::string_view id;
  std::string_view stage;
  std::string_view code;
  std::string_view where;
  std::string_view check;
};
constexpr std::array kRefusals = {
    Refusal{"gce-windows-2019-sha1-quote", "verify", "unsupported_algorithm", "tpm.signature.hash",
            "tpm-03"},
    Refusal{"neg-azure-tl-certify-as-quote", "parse", "bad_magic", "tpm.attest.type", "tpm-02"},
    Refusal{"neg-goatt-creation-as-quote", "parse", "bad_magic", "tpm.attest.type", "tpm-02"},
    Refusal{"neg-pairing-azure-tl-ak-cert-of-other-vm", "verify", "bad_signature", "tpm.signature",
            "tpm-07"},
    Refusal{"neg-pairing-gce-signature-of-other-quote", "verify", "bad_signature", "tpm.signature",
            "tpm-07"},
};

// Genuine quotes of the SHA-1 bank alone: their logs can be read, but explain nothing.
constexpr std::array<std::string_view, 2> kWeakLogs = {"rsa-hwtpm-cocos-sha1",
                                                       "gce-cos85-rsa-sha1-nonce9009"};

constexpr std::string_view kSomeTime = "2024-06-15T12:00:00Z";  // where no certificate is judged

using Files = std::map<std::string, ByteVector>;

std::string text_of(const Files& files, const std::string& name) {
  const auto found = files.find(name);
  return found == files.end() ? std::string() : std::string(as_text(found->second));
}

ByteVector bytes_of(std::string_view text) {
  return to_vector(as_bytes(text));
}

const json::Value& member(const json::Value& value, std::initializer_list<std::string_view> path) {
  static const json::Value kNone;
  const json::Value* here = &value;
  for (const std::string_view key : path) {
    here = here->find(key);
    if (here == nullptr) {
      return kNone;
    }
  }
  return *here;
}

std::string string_at(const json::Value& value, std::initializer_list<std::string_view> path) {
  const std::string* found = member(value, path).string();
  return found != nullptr ? *found : std::string();
}

// One captured case on its way into our form.
class Mapper {
 public:
  Mapper(const Folder& folder, const json::Value& document)
      : folder_(folder), document_(document), id_(folder.name.substr(folder.name.find('/') + 1)) {}

  Result<std::vector<Folder>> all() {
    std::vector<Folder> out;
    CUPEL_TRY(Folder plain, bundled("", has("event_log.bin") && !weak_log()));
    out.push_back(std::move(plain));
    if (weak_log()) {
      CUPEL_TRY(Folder with_log, bundled("+log", true));
      out.push_back(std::move(with_log));
    }
    if (has("attestation.json")) {
      out.push_back(as_served("", {"measurements_azure.json", "application.json"}, "accepted", {}));
      CUPEL_TRY([[maybe_unused]] auto done, with_policies(out));
    }
    return out;
  }

 private:
  bool has(const std::string& name) const { return folder_.files.contains(name); }
  bool complete_chain() const {
    const bool* reaches =
        member(document_, {"expected", "ak_chain_reaches_self_signed_root"}).boolean();
    return reaches != nullptr && *reaches && has("ak_ca_root.pem");
  }
  bool weak_log() const {
    return std::find(kWeakLogs.begin(), kWeakLogs.end(), id_) != kWeakLogs.end();
  }

  Result<std::string> certificate_pem(const std::string& name) const {
    const ByteVector& content = folder_.files.at(name);
    return pem::looks_like(content) ? std::string(as_text(content))
                                    : pem::dump("CERTIFICATE", content);
  }

  // The digests of pcrs.json in the order of the signed selection, which the collection states too.
  Result<json::Value> pcrs() const {
    CUPEL_TRY(const json::Value file,
              json::parse(text_of(folder_.files, "pcrs.json"), "pcrs.json"));
    ByteVector values;
    const auto append = [&](const std::string& bank, const std::string& index) -> Result<Unit> {
      CUPEL_TRY(const ByteVector value, from_hex(string_at(file, {bank, index}), "pcrs.json"));
      values.insert(values.end(), value.begin(), value.end());
      return Unit{};
    };
    const json::Value& selection = member(document_, {"expected", "quote", "attest", "pcrSelect"});
    const json::Array* banks = selection.array();
    for (const json::Value& bank : banks != nullptr ? *banks : json::Array{}) {
      const json::Array* indices = member(bank, {"pcrs"}).array();
      for (const json::Value& index : indices != nullptr ? *indices : json::Array{}) {
        CUPEL_TRY([[maybe_unused]] auto done,
                  append(string_at(bank, {"hash"}), std::to_string(*index.unsigned_integer())));
      }
    }
    if (banks == nullptr) {  // no quote, or not its own: as they stand
      for (const auto& [bank, values_of_bank] : *file.object()) {
        for (const auto& [index, value] : *values_of_bank.object()) {
          CUPEL_TRY([[maybe_unused]] auto done, append(bank, index));
        }
      }
    }
    return json::Value(json::Object{{"form", "values"}, {"data", to_base64(values)}});
  }

  Result<json::Value> evidence(bool with_log) const {
    json::Object quote{{"message", to_base64(folder_.files.at("quote.msg"))},
                       {"signature", to_base64(folder_.files.at("quote.sig"))}};
    if (string_at(document_, {"files", "quote.sig", "role"}).find("raw") != std::string::npos) {
      quote.emplace_back("signature_form", "rsassa_sha256");
    }
    json::Object out{{"kind", "cupel.tpm/1"}, {"quote", std::move(quote)}};
    if (has("pcrs.json")) {
      CUPEL_TRY(json::Value values, pcrs());
      out.emplace_back("pcrs", std::move(values));
    }
    json::Object ak;
    if (has("ak_cert.der") && (complete_chain() || !has("ak_pub.pem"))) {
      json::Array chain;
      for (const auto* name : {"ak_cert.der", "ak_ca_1.pem", "ak_ca_root.pem"}) {
        if (has(name)) {
          CUPEL_TRY(std::string text, certificate_pem(name));
          chain.emplace_back(std::move(text));
        }
      }
      ak.emplace_back("certificates", std::move(chain));
    } else if (has("ak_pub.tpm")) {
      ak.emplace_back("public", to_base64(folder_.files.at("ak_pub.tpm")));
    } else {
      ak.emplace_back("public", text_of(folder_.files, "ak_pub.pem"));
    }
    out.emplace_back("ak", std::move(ak));
    if (with_log) {
      out.emplace_back("event_log", to_base64(folder_.files.at("event_log.bin")));
    }
    return json::Value(std::move(out));
  }

  std::string now() const {
    const std::string at = string_at(document_, {"verify_at"});
    return at.empty() ? std::string(kSomeTime) : at;
  }

  json::Object source() const {
    return {{"kind", id_.starts_with("neg-") ? "third_party" : "hardware"},
            {"url", "https://github.com/" + string_at(document_, {"origin", "repo"})}};
  }

  // Who is trusted: the chain's own root as the collection names it, or the key by name.
  Result<Unit> trust(json::Object& out, Files& files) const {
    if (complete_chain()) {
      out.emplace_back("anchors", "ak_ca_root.pem");
      files["ak_ca_root.pem"] = folder_.files.at("ak_ca_root.pem");
      return Unit{};
    }
    out.emplace_back("anchors", "none");
    out.emplace_back("keys", json::Array{"ak.key"});
    if (has("ak_pub.pem")) {
      files["ak.key"] = folder_.files.at("ak_pub.pem");
      return Unit{};
    }
    CUPEL_TRY(const auto leaf,
              crypto::Certificate::from_der(folder_.files.at("ak_cert.der"), "ak_cert.der"));
    files["ak.key"] = leaf.public_key().spki();
    return Unit{};
  }

  json::Object claims() const {
    json::Object out;
    const json::Value& attest = member(document_, {"expected", "quote", "attest"});
    if (attest.object() == nullptr) {
      return out;
    }
    out.emplace_back("tpm.extra_data", string_at(attest, {"extraData"}));
    out.emplace_back("tpm.clock", member(attest, {"clock"}));
    out.emplace_back("tpm.reset_count", member(attest, {"resetCount"}));
    out.emplace_back("tpm.restart_count", member(attest, {"restartCount"}));
    out.emplace_back("tpm.clock_safe", member(attest, {"safe"}));
    out.emplace_back("tpm.qualified_signer", string_at(attest, {"qualifiedSigner"}));
    out.emplace_back("tpm.pcr_digest", string_at(attest, {"pcrDigest"}));
    std::uint64_t version = 0;
    const std::string hex = string_at(attest, {"firmwareVersion"}).substr(2);
    std::from_chars(hex.data(), hex.data() + hex.size(), version, 16);
    out.emplace_back("tpm.firmware_version", version);
    const json::Object* banks = member(document_, {"expected", "pcrs"}).object();
    for (const auto& [bank, registers] : banks != nullptr ? *banks : json::Object{}) {
      for (const auto& [index, value] : *registers.object()) {
        out.emplace_back("tpm.pcr." + bank + "." + index, value);
      }
    }
    return out;
  }

  // A policy that looks at one register and demands the nonce the collection names; absent for
  // banks that no policy may rest on.
  std::optional<json::Value> nonce_policy() const {
    for (const auto* bank : {"sha256", "sha384"}) {
      const std::string value = string_at(document_, {"expected", "pcrs", bank, "0"});
      if (!value.empty()) {
        const json::Object require{
            {std::string("tpm.pcr.") + bank + ".0", json::Object{{"equals", value}}}};
        const json::Object one{{"family", "tpm"}, {"require", require}};
        return json::Object{{"version", 1}, {"accept", json::Array{one}}};
      }
    }
    return std::nullopt;
  }

  Result<json::Object> expect(bool with_log) const {
    for (const Refusal& refusal : kRefusals) {
      if (refusal.id == id_) {
        return json::Object{{"stage", refusal.stage},
                            {"code", refusal.code},
                            {"where", refusal.where},
                            {"check", refusal.check}};
      }
    }
    if (weak_log() && with_log) {
      return json::Object{{"stage", "verify"},
                          {"code", "unsupported_algorithm"},
                          {"where", "tpm.event_log"},
                          {"check", "tpm-11"}};
    }
    const std::string verdict = string_at(document_, {"expected", "verdict"});
    if (verdict == "accept") {
      return json::Object{{"stage", "verify"}, {"verdict", "accepted"}, {"claims", claims()}};
    }
    if (id_ == "neg-pairing-gce-nonce-missing") {
      return json::Object{{"stage", "appraise"},
                          {"verdict", "refused"},
                          {"failed_checks", json::Array{"policy-06"}}};
    }
    return Error{Code::unsupported_version, id_, kNoOffset,
                 "a refusal that this loader has no code for"};
  }

  Result<Folder> bundled(const std::string& suffix, bool with_log) const {
    Folder out{"captured/tpm/" + id_ + suffix, {}};
    CUPEL_TRY(const json::Value document, evidence(with_log));
    out.files["evidence.json"] = bytes_of(json::dump(document));
    json::Object c{{"family", "tpm"}, {"evidence", "evidence.json"}, {"now", now()}};
    CUPEL_TRY([[maybe_unused]] auto trusted, trust(c, out.files));
    CUPEL_TRY(json::Object expected, expect(with_log));
    const std::string nonce = string_at(document_, {"expected", "nonce"});
    const auto policy = nonce_policy();
    const bool appraised = !nonce.empty() && policy && expected.front().second != "parse" &&
                           (expected[1].first == "verdict");
    if (appraised) {
      c.emplace_back("nonce", nonce);
      c.emplace_back("policy", json::Array{"policy.json"});
      out.files["policy.json"] = bytes_of(json::dump(*policy));
      expected.front().second = "appraise";
    }
    c.emplace_back("expect", std::move(expected));
    c.emplace_back("checks", json::Array{});
    c.emplace_back("source", source());
    c.emplace_back("comment", string_at(document_, {"verified_with"}));
    // Types, data and other banks of a real log are not extended; forged logs say which bytes.
    c.emplace_back("excused_ranges", excuses(with_log));
    out.files["case.json"] = bytes_of(json::dump(json::Value(std::move(c))));
    return out;
  }

  json::Array excuses(bool with_log) const {
    json::Array out;
    if (with_log) {
      out.emplace_back(json::Object{{"part", "event_log"},
                                    {"reason",
                                     "most bytes of a log are extended into nothing; "
                                     "forged cases say which"}});
    }
    if (!complete_chain() && has("ak_pub.tpm")) {
      constexpr std::size_t kKey = 256;  // the modulus ends the area
      out.emplace_back(
          json::Object{{"part", "public"},
                       {"from", 0},
                       {"to", std::uint64_t{folder_.files.at("ak_pub.tpm").size() - kKey}},
                       {"reason", "nothing signs a public area: the caller named the key"}});
    }
    if (complete_chain()) {
      out.emplace_back(
          json::Object{{"part", has("ak_ca_1.pem") ? "certificates[2]" : "certificates[1]"},
                       {"reason", "the root: the caller's own copy is used"}});
    }
    return out;
  }

  Folder as_served(const std::string& suffix, std::vector<std::string> policies,
                   const std::string& verdict, const json::Array& failed) const {
    Folder out{"captured/tpm/" + id_ + "+served" + suffix, {}};
    out.files["evidence.json"] = folder_.files.at("attestation.json");
    json::Array names;
    for (const std::string& name : policies) {
      out.files[name] = folder_.files.at(name);
      names.emplace_back(name);
    }
    json::Object expected{{"stage", "appraise"}, {"verdict", verdict}};
    if (verdict == "accepted") {
      expected.emplace_back("claims", claims());
    } else {
      expected.emplace_back("failed_checks", failed);
    }
    const json::Object c{{"family", "tpm"},
                         {"evidence", "evidence.json"},
                         {"now", now()},
                         {"anchors", "vendor"},
                         {"policy", std::move(names)},
                         {"expect", std::move(expected)},
                         {"checks", json::Array{}},
                         {"source", source()},
                         {"comment", "the document as its server served it"}};
    out.files["case.json"] = bytes_of(json::dump(json::Value(c)));
    return out;
  }

  // The collection's policy_expectations for this document.
  Result<Unit> with_policies(std::vector<Folder>& out) const {
    const json::Array* wanted = member(document_, {"policy_expectations"}).array();
    const std::set<std::string> known{
        "measurements_azure.json + application.json",
        "measurements_azure.json with PCR 0 replaced by 64 zeros",
        "webserver_rootca replaced by other_ca.pem",
        "application_disk_roothash in document and policy both 64 times a",
        "application_disk_roothash in policy only 64 times a"};
    for (const json::Value& one : wanted != nullptr ? *wanted : json::Array{}) {
      const std::string with = string_at(one, {"with"});
      if (!known.contains(with)) {
        return Error{Code::unsupported_version, id_, kNoOffset, with};
      }
    }
    const std::string both = string_at(document_, {"expected", "pcrs", "sha256", "0"});
    const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
      for (auto at = text.find(from); at != std::string::npos;
           at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
      }
      return bytes_of(text);
    };
    const std::vector<std::string> files{"measurements_azure.json", "application.json"};
    Folder zero = as_served("+pcr0_zero", files, "refused", {"policy-03"});
    zero.files[files[0]] = replaced(text_of(zero.files, files[0]), both, std::string(64, '0'));
    out.push_back(std::move(zero));

    CUPEL_TRY(const json::Value document,
              json::parse(text_of(folder_.files, "attestation.json"), "attestation.json"));
    const auto with_member = [&](std::string_view key, const std::string& value) {
      json::Value changed = document;
      for (auto& [name, content] : *changed.object()) {
        if (name == key) {
          content = value;
        }
      }
      return bytes_of(json::dump(changed));
    };
    // Nothing vouches for what came along once the replay fails: requirement and key fail with it.
    const json::Array unbound{"policy-03", "policy-04", "policy-08"};
    Folder ca = as_served("+other_ca", files, "refused", unbound);
    ca.files["evidence.json"] =
        with_member("webserver_rootca", text_of(folder_.files, "other_ca.pem"));
    out.push_back(std::move(ca));

    const std::string disk = string_at(document, {"application_disk_roothash"});
    const std::string aaa(64, 'a');
    Folder lie = as_served("+roothash_both", files, "refused", unbound);
    lie.files["evidence.json"] = with_member("application_disk_roothash", aaa);
    lie.files[files[1]] = replaced(text_of(lie.files, files[1]), disk, aaa);
    out.push_back(std::move(lie));

    Folder other = as_served("+roothash_policy", files, "refused", {"policy-03"});
    other.files[files[1]] = replaced(text_of(other.files, files[1]), disk, aaa);
    out.push_back(std::move(other));
    return Unit{};
  }

  const Folder& folder_;
  const json::Value& document_;
  std::string id_;
};

}  // namespace

Result<std::vector<Folder>> captured_cases(const std::filesystem::path& root) {
  std::vector<Folder> out;
  for (Folder& folder : read_folders(root / "tpm")) {
    folder.name = "tpm/" + folder.name;
    CUPEL_TRY(const json::Value document,
              json::parse(text_of(folder.files, "case.json"), folder.name));
    CUPEL_TRY(auto mapped, Mapper(folder, document).all());
    std::move(mapped.begin(), mapped.end(), std::back_inserter(out));
  }
  CUPEL_TRY(auto snp, captured_snp_cases(root));
  std::move(snp.begin(), snp.end(), std::back_inserter(out));
  CUPEL_TRY(auto maa, captured_maa_cases(root));
  std::move(maa.begin(), maa.end(), std::back_inserter(out));
  CUPEL_TRY(auto dcap, captured_dcap_cases(root));
  std::move(dcap.begin(), dcap.end(), std::back_inserter(out));
  CUPEL_TRY(auto nitro, captured_nitro_cases(root));
  std::move(nitro.begin(), nitro.end(), std::back_inserter(out));
  CUPEL_TRY(auto hcl, captured_hcl_cases(root));
  std::move(hcl.begin(), hcl.end(), std::back_inserter(out));
  CUPEL_TRY(auto uvm, captured_uvm_cases(root));
  std::move(uvm.begin(), uvm.end(), std::back_inserter(out));
  return out;
}

}  // namespace cupel::testing

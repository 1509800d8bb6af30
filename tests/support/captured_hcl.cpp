#include "support/captured_hcl.hpp"

#include <array>
#include <cupel/dcap.hpp>

#include "base/base64.hpp"
#include "base/hex.hpp"
#include "codec/pem.hpp"
#include "support/captured_snp.hpp"

namespace cupel::testing {
namespace {

// The collection says `reject` and why in words; these are the same facts in ours. One TDX machine
// came without collateral: its chain cannot be judged to the end.
struct Refusal {
  std::string_view id;
  std::string_view stage;
  std::string_view code;
  std::string_view where;
  std::string_view check;
};
constexpr std::array kRefusals = {
    Refusal{"cvm-milan-v1-maa-sample", "parse", "unsupported_version", "snp.report.version",
            "snp-02"},
    Refusal{"cvm-tdx-coco", "verify", "revocation_unknown", "dcap.pck_certificate", "dcap-03"},
    Refusal{"neg-coco-hcl-runtime-data-byte", "verify", "digest_mismatch", "hcl.runtime_data",
            "hcl-05"},
    Refusal{"neg-coco-quote-pcrs", "verify", "digest_mismatch", "tpm.attest.pcr_digest", "tpm-10"},
    Refusal{"neg-coco-quote-signature", "verify", "bad_signature", "tpm.signature", "tpm-07"},
};

constexpr Refusal kAlone{"", "verify", "collateral_missing", "hcl.report.hardware_report",
                         "hcl-09"};

constexpr std::string_view kSomeTime = "2026-07-01T12:00:00Z";  // where no certificate is judged

ByteVector bytes_of(std::string_view text) {
  return to_vector(as_bytes(text));
}

std::string string_at(const json::Value& value, std::string_view key) {
  const json::Value* found = value.find(key);
  return found != nullptr && found->string() != nullptr ? *found->string() : std::string();
}

class Mapper {
 public:
  Mapper(const Folder& folder, const json::Value& document)
      : folder_(folder), document_(document) {}

  Result<std::vector<Folder>> all() const {
    CUPEL_TRY(json::Object whole, bundle());
    std::vector<Folder> out{finish("", bytes_of(json::dump(json::Value(whole))), with_nonce())};
    if (folder_.name.starts_with("cvm-milan-v3") || folder_.name.starts_with("cvm-genoa")) {
      // Without the quote, and as the blob alone with the certificates beside it.
      std::erase_if(whole, [](const auto& m) { return m.first == "quote" || m.first == "pcrs"; });
      out.push_back(finish("+no_quote", bytes_of(json::dump(json::Value(whole))), false, true));
      out.push_back(finish("+raw", folder_.files.at("hcl_report.bin"), false, true, true));
    }
    if (is_tdx()) {
      // The blob alone, the document without its quote, and the quote with the zeros behind it.
      out.push_back(refused("+raw", folder_.files.at("hcl_report.bin"), kAlone));
      json::Object alone = whole;
      std::erase_if(alone, [](const auto& m) { return m.first == "td_quote"; });
      out.push_back(refused("+no_td_quote", bytes_of(json::dump(json::Value(alone))), kAlone));
      for (auto& [name, value] : alone = whole) {
        value = name == "td_quote" ? json::Value(to_base64(td_quote())) : value;
      }
      out.push_back(refused("+padding", bytes_of(json::dump(json::Value(alone))),
                            {"", "parse", "trailing_bytes", "dcap.header", ""}));
    }
    return out;
  }

 private:
  bool has(const std::string& name) const { return folder_.files.contains(name); }
  bool is_tdx() const { return has("td_quote.bin") || has("tdx_quote.bin"); }
  // As IMDS gave it: with zeros behind it.
  const ByteVector& td_quote() const {
    return folder_.files.at(has("td_quote.bin") ? "td_quote.bin" : "tdx_quote.bin");
  }
  const json::Value& expected() const { return *document_.find("expected"); }
  // The nonce the collection names, or else whatever the quote carries.
  std::string nonce() const {
    if (const std::string named = string_at(expected(), "nonce"); !named.empty()) {
      return named;
    }
    const json::Value* quote = expected().find("tpm_quote");
    const json::Value* attest = quote != nullptr ? quote->find("attest") : nullptr;
    return attest != nullptr ? string_at(*attest, "extraData") : std::string();
  }
  bool with_nonce() const { return !nonce().empty() && refusal() == nullptr; }

  const Refusal* refusal() const {
    for (const Refusal& one : kRefusals) {
      if (one.id == folder_.name) {
        return &one;
      }
    }
    return nullptr;
  }

  Result<json::Array> pems(std::initializer_list<const char*> names) const {
    json::Array out;
    for (const auto* name : names) {
      if (!has(name)) {
        continue;
      }
      const ByteVector& file = folder_.files.at(name);
      std::vector<ByteVector> ders{file};
      if (pem::looks_like(file)) {
        CUPEL_TRY(ders, pem::parse_certificates(as_text(file), name));
      }
      for (const ByteVector& der : ders) {
        out.emplace_back(pem::dump("CERTIFICATE", der));
      }
    }
    return out;
  }

  // Every quote of the collection is of the 24 registers of the SHA-256 bank.
  Result<json::Value> pcrs() const {
    CUPEL_TRY(const json::Value file,
              json::parse(as_text(folder_.files.at("pcrs.json")), "pcrs.json"));
    const json::Value* bank = file.find("sha256");
    ByteVector values;
    for (unsigned i = 0; bank != nullptr && i < 24; ++i) {
      CUPEL_TRY(const ByteVector value, from_hex(string_at(*bank, std::to_string(i)), "pcrs"));
      values.insert(values.end(), value.begin(), value.end());
    }
    return json::Value(json::Object{{"form", "values"}, {"data", to_base64(values)}});
  }

  Result<json::Object> bundle() const {
    json::Object out{{"kind", "cupel.hcl/1"},
                     {"hcl_report", to_base64(folder_.files.at("hcl_report.bin"))}};
    CUPEL_TRY(json::Array hardware, pems({"vcek.der", "ask.pem", "ark.pem"}));
    if (!hardware.empty()) {
      out.emplace_back("certificates", std::move(hardware));
    }
    CUPEL_TRY(json::Array ak, pems({"ak_cert.der", "ak_cert.pem", "ak_ca_1.pem", "ak_ca_2.pem"}));
    if (!ak.empty()) {
      out.emplace_back("ak_certificates", std::move(ak));
    }
    if (is_tdx()) {
      CUPEL_TRY(const Bytes quote, dcap::trim_zero_padding(td_quote()));
      out.emplace_back("td_quote", to_base64(quote));
    }
    if (has("quote.msg")) {
      const ByteVector& signature = folder_.files.at("quote.sig");
      constexpr std::size_t kBare = 256;
      out.emplace_back(
          "quote",
          json::Object{{"message", to_base64(folder_.files.at("quote.msg"))},
                       {"signature", to_base64(signature)},
                       {"signature_form", signature.size() == kBare ? "rsassa_sha256" : "tpmt"}});
      CUPEL_TRY(json::Value values, pcrs());
      out.emplace_back("pcrs", std::move(values));
    }
    return out;
  }

  json::Object claims(bool quoted) const {
    json::Object out;
    if (const json::Value* snp = expected().find("snp")) {
      out = snp_claims(*snp);
    }
    out.emplace_back("common.tee_class", "confidential_vm");
    out.emplace_back("common.debug", false);
    out.emplace_back("hcl.hardware", is_tdx() ? "tdx" : "snp");
    if (is_tdx()) {
      out.emplace_back("tdx.mrtd", mrtd());
    }
    if (const json::Value* runtime = expected().find("runtime_claims")) {
      const json::Value* vm = runtime->find("vm-configuration");
      for (const auto& [theirs, ours] : {std::pair{"console-enabled", "console_enabled"},
                                         {"secure-boot", "secure_boot"},
                                         {"tpm-enabled", "tpm_enabled"},
                                         {"tpm-persisted", "tpm_persisted"},
                                         {"root-cert-thumbprint", "root_cert_thumbprint"},
                                         {"vmUniqueId", "vm_unique_id"}}) {
        if (const json::Value* value = vm != nullptr ? vm->find(theirs) : nullptr) {
          out.emplace_back(std::string("hcl.vm_configuration.") + ours, *value);
        }
      }
    }
    const json::Value* banks = expected().find("pcrs");
    const json::Value* sha256 = banks != nullptr ? banks->find("sha256") : nullptr;
    for (const auto& [index, value] :
         quoted&& sha256 != nullptr ? *sha256->object() : json::Object{}) {
      out.emplace_back("tpm.pcr.sha256." + index, value);
    }
    return out;
  }

  // MRTD, where the body of a version 4 quote has it (lib/tdx/quote.cpp).
  std::string mrtd() const { return to_hex(Bytes(td_quote()).subspan(48 + 0x88, 48)); }

  // A policy that mixes claims of all three parts, and demands the nonce.
  json::Value policy() const {
    const json::Value* banks = expected().find("pcrs");
    json::Object require{{"hcl.vm_configuration.secure_boot", json::Object{{"equals", true}}}};
    if (is_tdx()) {
      // The collection does not judge the platform; what Intel says of it is a test's of its own.
      require.emplace_back("dcap.tcb.status", json::Object{{"present", true}});
      require.emplace_back("tdx.mrtd", json::Object{{"equals", mrtd()}});
    } else {
      require.emplace_back("snp.vmpl", json::Object{{"equals", 0}});
      // Table 23: at 0x090 of the report.
      const Bytes measurement = Bytes(folder_.files.at("hcl_report.bin")).subspan(32 + 0x90, 48);
      require.emplace_back("snp.measurement", json::Object{{"equals", to_hex(measurement)}});
    }
    const std::string pcr = banks != nullptr ? string_at(*banks->find("sha256"), "7") : "";
    require.emplace_back("tpm.pcr.sha256.7", pcr.empty() ? json::Object{{"present", true}}
                                                         : json::Object{{"equals", pcr}});
    json::Object alternative{
        {"family", "hcl"},
        {"require", std::move(require)},
        {"bind", json::Object{{"nonce", json::Object{{"claim", "tpm.extra_data"}}}}}};
    if (pcr.empty()) {
      alternative.emplace_back("dangerous_any_measurement", true);
    }
    return json::Object{{"version", 1}, {"accept", json::Array{std::move(alternative)}}};
  }

  json::Object outcome(bool appraised, bool quoted) const {
    if (const Refusal* one = refusal()) {
      return expect(*one);
    }
    if (folder_.name == "neg-coco-quote-nonce") {
      return {{"stage", "appraise"},
              {"verdict", "refused"},
              {"failed_checks", json::Array{"policy-06"}}};
    }
    return {{"stage", appraised ? "appraise" : "verify"},
            {"verdict", "accepted"},
            {"claims", claims(quoted)}};
  }

  json::Object begin(Folder& out, const ByteVector& evidence) const {
    out.files["evidence.bin"] = evidence;
    const std::string at = string_at(document_, "verify_at");
    return {{"family", "hcl"},
            {"evidence", "evidence.bin"},
            {"now", at.empty() ? std::string(kSomeTime) : at},
            {"anchors", "vendor"}};
  }

  json::Value source() const {
    return json::Object{
        {"kind", folder_.name.starts_with("neg-") ? "third_party" : "hardware"},
        {"url", "https://github.com/" + string_at(*document_.find("origin"), "repo")}};
  }

  static json::Object expect(const Refusal& one) {
    json::Object out{{"stage", one.stage}, {"code", one.code}, {"where", one.where}};
    if (!one.check.empty()) {
      out.emplace_back("check", one.check);
    }
    return out;
  }

  Folder refused(const std::string& suffix, const ByteVector& evidence, const Refusal& one) const {
    Folder out{"captured/hcl/" + folder_.name + suffix, {}};
    json::Object c = begin(out, evidence);
    c.emplace_back("expect", expect(one));
    c.emplace_back("checks", json::Array{});
    c.emplace_back("source", source());
    c.emplace_back("comment", string_at(document_, "verified_with"));
    out.files["case.json"] = bytes_of(json::dump(json::Value(std::move(c))));
    return out;
  }

  Folder finish(const std::string& suffix, const ByteVector& evidence, bool appraised,
                bool unquoted = false, bool endorsed = false) const {
    Folder out{"captured/hcl/" + folder_.name + suffix, {}};
    json::Object c = begin(out, evidence);
    if (has("collateral.json")) {
      out.files["endorsements/collateral.json"] = folder_.files.at("collateral.json");
      c.emplace_back("endorsements", json::Array{"endorsements/collateral.json"});
    }
    if (endorsed) {
      std::string chain;
      if (const auto list = pems({"vcek.der", "ask.pem", "ark.pem"}); list.ok()) {
        for (const json::Value& one : *list) {
          chain += *one.string();
        }
      }
      out.files["endorsements/chain.pem"] = bytes_of(chain);
      c.emplace_back("endorsements", json::Array{"endorsements/chain.pem"});
    }
    if (appraised) {
      out.files["policy.json"] = bytes_of(json::dump(policy()));
      c.emplace_back("policy", json::Array{"policy.json"});
      c.emplace_back("nonce", nonce());
    }
    c.emplace_back("expect", outcome(appraised, !unquoted));
    c.emplace_back("checks", json::Array{});
    c.emplace_back("source", source());
    c.emplace_back("comment", string_at(document_, "verified_with"));
    c.emplace_back("excused_ranges", excuses(endorsed));
    out.files["case.json"] = bytes_of(json::dump(json::Value(std::move(c))));
    return out;
  }

  json::Array excuses(bool raw) const {
    constexpr std::string_view kHeader = "nobody signs the container's request type";
    const std::string part = raw ? "evidence" : "hcl_report";
    json::Array out{json::Object{{"part", part}, {"from", 4}, {"to", 8}, {"reason", kHeader}},
                    json::Object{{"part", part}, {"from", 12}, {"to", 16}, {"reason", kHeader}},
                    json::Object{{"part", part},
                                 {"from", 2300},
                                 {"to", 1 << 20},
                                 {"reason", "padding: it may be shorter or longer"}}};
    if (is_tdx()) {
      constexpr std::string_view kUnrepeated = "what a TD quote does not repeat of a TDREPORT";
      for (const auto& [from, to] : {std::pair{34, 35}, {48, 64}, {256, 288}}) {
        out.emplace_back(
            json::Object{{"part", part}, {"from", from}, {"to", to}, {"reason", kUnrepeated}});
      }
      // From the second certificate on: authorities that come with the collateral as well.
      constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
      const std::string_view text = as_text(td_quote());
      const std::size_t second = text.find(kBegin, text.find(kBegin) + 1);
      out.emplace_back(
          json::Object{{"part", "td_quote"},
                       {"from", std::uint64_t{second}},
                       {"to", 1 << 20},
                       {"reason", "authorities that come with the collateral as well"}});
    }
    for (const auto* unused : {"ak_certificates[2]", "ak_certificates[1]", "ak_certificates[0]"}) {
      out.emplace_back(json::Object{
          {"part", unused}, {"reason", "only its key is compared: the hardware names the key"}});
    }
    return out;
  }

  const Folder& folder_;
  const json::Value& document_;
};

}  // namespace

Result<std::vector<Folder>> captured_hcl_cases(const std::filesystem::path& root) {
  std::vector<Folder> out;
  for (const Folder& folder : read_folders(root / "azure")) {
    if (!folder.files.contains("hcl_report.bin")) {
      continue;
    }
    CUPEL_TRY(const json::Value document,
              json::parse(as_text(folder.files.at("case.json")), folder.name));
    CUPEL_TRY(auto mapped, Mapper(folder, document).all());
    std::move(mapped.begin(), mapped.end(), std::back_inserter(out));
  }
  return out;
}

}  // namespace cupel::testing

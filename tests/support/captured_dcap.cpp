#include "support/captured_dcap.hpp"

#include <algorithm>
#include <array>
#include <cupel/dcap.hpp>

#include "codec/json.hpp"

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
    Refusal{"sgx/neg-header-version-4-in-v3-quote", "parse", "reserved_not_zero",
            "dcap.header.reserved", ""},
    Refusal{"sgx/neg-intel-qvl-sample-root-type1", "verify", "untrusted_chain",
            "dcap.pck_certificate", "dcap-03"},
    Refusal{"sgx/neg-oe-bad-chain", "verify", "untrusted_chain", "dcap.pck_certificate", "dcap-03"},
    Refusal{"sgx/neg-qe-vendor-id-changed", "verify", "key_mismatch", "dcap.header.qe_vendor_id",
            "dcap-01"},
    // Without collateral there are no CRLs, and the chain is judged before the signatures.
    Refusal{"sgx/neg-quote-signature", "verify", "revocation_unknown", "dcap.pck_certificate",
            "dcap-03"},
    Refusal{"sgx/v3-eppid-type3", "verify", "collateral_missing", "dcap.pck_certificate",
            "dcap-02"},
    Refusal{"sgx/v3-chain-in-odd-order", "verify", "revocation_unknown", "dcap.pck_certificate",
            "dcap-03"},
    Refusal{"sgx/v3-occlum-no-collateral", "verify", "revocation_unknown", "dcap.pck_certificate",
            "dcap-03"},
    Refusal{"tdx/neg-quote-signature", "verify", "revocation_unknown", "dcap.pck_certificate",
            "dcap-03"},
    Refusal{"tdx/neg-v5-preproduction-root", "verify", "untrusted_chain", "dcap.pck_certificate",
            "dcap-03"},
    Refusal{"tdx/v4-spr-tdx10-2023-06", "verify", "collateral_mismatch", "dcap.tcb_level",
            "dcap-14"},
    Refusal{"tdx/v4-trailing-70-bytes", "verify", "revocation_unknown", "dcap.pck_certificate",
            "dcap-03"},
    Refusal{"tdx/v5-no-matching-level-2026-03", "verify", "collateral_mismatch", "dcap.tcb_level",
            "dcap-14"},
    Refusal{"tdx/v5-no-matching-level-azure", "verify", "collateral_mismatch", "dcap.tcb_level",
            "dcap-14"},
};

// The same quotes without looking at CRLs: what their signatures and chains come to.
constexpr std::array kWithoutCrls = {
    Refusal{"sgx/neg-quote-signature", "verify", "bad_signature", "dcap.signature", "dcap-07"},
    Refusal{"sgx/v3-chain-in-odd-order", "verify", "collateral_missing", "dcap.tcb_info",
            "dcap-08"},
    Refusal{"sgx/v3-occlum-no-collateral", "verify", "collateral_missing", "dcap.tcb_info",
            "dcap-08"},
    Refusal{"tdx/neg-quote-signature", "verify", "bad_signature", "dcap.signature", "dcap-07"},
    Refusal{"tdx/v4-trailing-70-bytes", "verify", "collateral_missing", "dcap.tcb_info", "dcap-08"},
};

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

std::string text_at(const json::Value& value, std::initializer_list<std::string_view> path) {
  const std::string* found = member(value, path).string();
  return found != nullptr ? *found : std::string();
}

json::Value refusal(const Refusal& known) {
  json::Object out{{"stage", known.stage}, {"code", known.code}, {"where", known.where}};
  if (!known.check.empty()) {
    out.emplace_back("check", known.check);
  }
  return out;
}

template <std::size_t N>
const Refusal* find(const std::array<Refusal, N>& list, std::string_view id) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const Refusal& r) { return r.id == id; });
  return found == list.end() ? nullptr : &*found;
}

std::string joined(const json::Value& list) {
  std::vector<std::string> ids;
  for (const json::Value& id : list.array() != nullptr ? *list.array() : json::Array{}) {
    ids.push_back(*id.string());
  }
  std::sort(ids.begin(), ids.end());
  std::string out;
  for (const std::string& id : ids) {
    out.append(out.empty() ? "" : ",").append(id);
  }
  return out;
}

class Mapper {
 public:
  Mapper(const Folder& folder, const json::Value& document)
      : folder_(folder), document_(document) {}

  Result<std::vector<Folder>> all() const {
    std::vector<Folder> out;
    const ByteVector& quote = folder_.files.at("quote.bin");
    const auto trimmed = dcap::trim_zero_padding(quote);
    const bool padded = trimmed.ok() && trimmed->size() != quote.size();
    const ByteVector exact = padded ? to_vector(*trimmed) : quote;
    const std::string at = text_at(document_, {"verify_at"});
    out.push_back(folder("", exact, at, expectation(), ""));
    if (padded) {
      out.push_back(folder("+padding", quote, at,
                           refusal({"", "parse", "trailing_bytes", "dcap.header", ""}), ""));
    }
    if (const Refusal* known = find(kWithoutCrls, folder_.name)) {
      out.push_back(folder("+no_crl", exact, at, refusal(*known), "dangerous_ignored"));
    }
    const json::Array* checks = member(document_, {"checks"}).array();
    for (const json::Value& check : checks != nullptr ? *checks : json::Array{}) {
      const std::string time = text_at(check, {"verify_at"});
      out.push_back(folder("+at_" + time.substr(0, 10), exact, time, at_other_time(time), ""));
    }
    return out;
  }

 private:
  bool has(const std::string& name) const { return folder_.files.contains(name); }

  json::Value expectation() const {
    if (const Refusal* known = find(kRefusals, folder_.name)) {
      return refusal(*known);
    }
    const json::Value& quote = member(document_, {"expected", "quote"});
    const json::Value& collateral = member(document_, {"expected", "collateral"});
    json::Object claims{
        {"dcap.tcb.status", text_at(document_, {"expected", "tcb_status"})},
        {"common.tcb_status", text_at(document_, {"expected", "tcb_status"})},
        {"dcap.tcb.advisory_ids", joined(member(document_, {"expected", "advisory_ids"}))},
        {"dcap.tcb.evaluation_data_number",
         member(collateral, {"tcb_info", "tcb_evaluation_data_number"})},
        {"dcap.tcb.issue_date", text_at(collateral, {"tcb_info", "issue_date"})},
        {"dcap.qe.evaluation_data_number",
         member(collateral, {"qe_identity", "tcb_evaluation_data_number"})},
        {"dcap.pck.fmspc", text_at(quote, {"pck", "fmspc"})},
        {"dcap.pck.ppid", text_at(quote, {"pck", "ppid"})},
        {"dcap.pck.pce_svn", member(quote, {"pck", "pcesvn"})},
        {"dcap.qe.isv_svn", member(quote, {"qe_report", "isvsvn"})},
        {"common.debug", member(quote, {"report", "debug"})},
    };
    const bool sgx = folder_.name.starts_with("sgx/");
    using Pair = std::pair<std::string_view, std::string_view>;
    const auto fields = sgx ? std::vector<Pair>{{"sgx.mrenclave", "mrenclave"},
                                                {"sgx.mrsigner", "mrsigner"},
                                                {"sgx.attributes", "attributes"},
                                                {"sgx.config_id", "configid"},
                                                {"sgx.report_data", "reportdata"}}
                            : std::vector<Pair>{{"tdx.mrtd", "mrtd"},
                                                {"tdx.mrseam", "mrseam"},
                                                {"tdx.rtmr.0", "rtmr0"},
                                                {"tdx.rtmr.3", "rtmr3"},
                                                {"tdx.mrconfigid", "mrconfigid"},
                                                {"tdx.td_attributes", "tdattributes"},
                                                {"tdx.xfam", "xfam"},
                                                {"tdx.report_data", "reportdata"}};
    for (const auto& [claim, field] : fields) {
      claims.emplace_back(std::string(claim), text_at(quote, {"report", field}));
    }
    if (sgx) {
      claims.emplace_back("sgx.isv_svn", member(quote, {"report", "isvsvn"}));
      claims.emplace_back("sgx.isv_prod_id", member(quote, {"report", "isvprodid"}));
    }
    return json::Object{
        {"stage", "verify"}, {"verdict", "accepted"}, {"claims", std::move(claims)}};
  }

  // The collection says that something is out of its time; the dates it lists say what is judged
  // first: the lists, the TCB info, the identity.
  json::Value at_other_time(const std::string& time) const {
    const json::Value& collateral = member(document_, {"expected", "collateral"});
    const auto date = [&](std::string_view part, std::string_view key) {
      return text_at(collateral, {part, key});
    };
    for (const std::string_view list : {"pck_crl", "root_ca_crl"}) {
      if (!date(list, "next_update").empty() && date(list, "next_update") <= time) {
        return refusal({"", "verify", "expired", "dcap.pck_certificate", "dcap-03"});
      }
      if (date(list, "this_update") > time) {
        return refusal({"", "verify", "not_yet_valid", "dcap.pck_certificate", "dcap-03"});
      }
    }
    for (const auto& [part, number] :
         {std::pair{"tcb_info", "10"}, std::pair{"qe_identity", "12"}}) {
      const std::string where = "dcap." + std::string(part);
      const std::string check = "dcap-" + std::string(number);
      if (date(part, "next_update") < time) {
        return refusal({"", "verify", "expired", where + ".nextUpdate", check});
      }
      if (date(part, "issue_date") > time) {
        return refusal({"", "verify", "not_yet_valid", where + ".issueDate", check});
      }
    }
    // A certificate's own dates.
    const bool early = time < text_at(document_, {"verify_at"});
    return refusal(
        {"", "verify", early ? "not_yet_valid" : "expired", "dcap.pck_certificate", "dcap-03"});
  }

  // The collateral brings the same authorities as the quote does.
  static json::Value excused(const ByteVector& evidence) {
    constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
    const std::string_view text = as_text(evidence);
    const std::size_t leaf = text.find(kBegin);
    const std::size_t next = text.find(kBegin, leaf + 1);
    return json::Object{{"part", "evidence"},
                        {"from", std::uint64_t{std::min(next, text.size())}},
                        {"to", std::uint64_t{text.size()}},
                        {"reason", "authorities that come with the collateral as well"}};
  }

  Folder folder(const std::string& suffix, const ByteVector& evidence, const std::string& at,
                json::Value expect, std::string revocation) const {
    Folder out{"captured/" + folder_.name + suffix, {}};
    out.files["evidence.bin"] = evidence;
    json::Array endorsements;
    for (const auto& [name, content] : folder_.files) {
      if (name != "quote.bin" && name != "case.json" && name != "trusted_root.pem") {
        out.files[name] = content;
        endorsements.emplace_back(name);
      }
    }
    const bool no_crls = has("tcb_info.json") && !has("pck_crl.der");
    if (no_crls && revocation.empty()) {
      revocation = "dangerous_ignored";
    }
    json::Object text{{"family", folder_.name.substr(0, 3)},
                      {"evidence", "evidence.bin"},
                      {"now", at},
                      {"anchors", "vendor"},
                      {"endorsements", std::move(endorsements)}};
    if (!revocation.empty()) {
      text.emplace_back("revocation", revocation);
    }
    if (expect.find("verdict") != nullptr) {
      text.emplace_back("excused_ranges", json::Array{excused(evidence)});
    }
    text.emplace_back("expect", std::move(expect));
    text.emplace_back("checks", json::Array{});
    text.emplace_back("source", json::Object{{"kind", "hardware"}});
    text.emplace_back("comment", "captured: " + text_at(document_, {"id"}));
    const std::string dumped = json::dump(text, 1);
    out.files["case.json"] = to_vector(as_bytes(dumped));
    return out;
  }

  const Folder& folder_;
  const json::Value& document_;
};

// Quotes inside certificates; they came without collateral, so that none is accepted here.
// tests/unit/dcap judges their bindings.
constexpr std::array kCertificates = {
    Refusal{"dstack-tdx-2024", "verify", "collateral_missing", "dcap.tcb_info", "dcap-08"},
    Refusal{"interop-gramine", "verify", "collateral_missing", "dcap.tcb_info", "dcap-08"},
    Refusal{"interop-intel-sgxsdk", "verify", "collateral_missing", "dcap.tcb_info", "dcap-08"},
    Refusal{"neg-open-enclave-ec-bad-chain", "parse", "bad_certificate", "dcap.pck_certificate",
            ""},
    // Intel's first root certificate allows no intermediate (lib/dcap/README.md, deviations), and
    // nothing came with this one that brings the second.
    Refusal{"open-enclave-2019", "verify", "bad_certificate", "dcap.pck_certificate", "dcap-03"},
};

Result<Folder> certificate_case(const Folder& folder, const Refusal& known,
                                const json::Value& document) {
  Folder out{"captured/ratls/" + folder.name, {}};
  for (const auto& [name, content] : folder.files) {
    if (name.starts_with("cert.")) {
      out.files["evidence.bin"] = content;
    }
  }
  const json::Object text{
      {"family", known.id.find("tdx") != std::string_view::npos ? "tdx" : "sgx"},
      {"evidence", "evidence.bin"},
      {"now", text_at(document, {"verify_at"})},
      {"anchors", "vendor"},
      {"revocation", "dangerous_ignored"},
      {"expect", refusal(known)},
      {"checks", json::Array{}},
      {"source", json::Object{{"kind", "hardware"}}},
      {"comment", "captured: " + text_at(document, {"id"})}};
  const std::string dumped = json::dump(json::Value(text), 1);
  out.files["case.json"] = to_vector(as_bytes(dumped));
  return out;
}

}  // namespace

Result<std::vector<Folder>> captured_dcap_cases(const std::filesystem::path& root) {
  std::vector<Folder> out;
  for (const Folder& folder : read_folders(root / "ratls")) {
    const Refusal* known = find(kCertificates, folder.name);
    if (known == nullptr) {
      continue;  // other families' evidence
    }
    CUPEL_TRY(const json::Value document,
              json::parse(as_text(folder.files.at("case.json")), folder.name));
    CUPEL_TRY(Folder mapped, certificate_case(folder, *known, document));
    out.push_back(std::move(mapped));
  }
  for (const char* name : {"sgx", "tdx"}) {
    const std::string family(name);
    for (Folder folder : read_folders(root / family)) {
      folder.name = family + "/" + folder.name;
      if (!folder.files.contains("quote.bin")) {
        continue;  // documents without a quote: tests/unit/dcap reads them
      }
      CUPEL_TRY(const json::Value document,
                json::parse(as_text(folder.files.at("case.json")), folder.name));
      CUPEL_TRY(std::vector<Folder> cases, Mapper(folder, document).all());
      std::move(cases.begin(), cases.end(), std::back_inserter(out));
    }
  }
  return out;
}

}  // namespace cupel::testing

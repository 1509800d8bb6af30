#include "support/captured_snp.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "base/base64.hpp"
#include "base/hex.hpp"
#include "codec/pem.hpp"

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
    Refusal{"milan-v4-openpcc-parse-only", "collateral_missing", "snp.vek", "snp-07"},
    Refusal{"neg-coco-report-byte42", "bad_signature", "snp.report.signature", "snp-12"},
    Refusal{"neg-coco-report-tcb-byte384", "key_mismatch", "snp.report.reported_tcb.boot_loader",
            "snp-11"},
    Refusal{"neg-coco-vcek-byte42", "bad_certificate", "endorsements.certificates[0]", ""},
    Refusal{"neg-coco-vcek-invalid-legacy", "bad_signature", "snp.vek", "snp-07"},
    Refusal{"neg-coco-vcek-under-asvk", "untrusted_chain", "snp.vek", "snp-07"},
    Refusal{"neg-constellation-debugging-allowed", "bad_signature", "snp.report.signature",
            "snp-12"},
    Refusal{"neg-constellation-invalid-report-signature", "bad_signature", "snp.report.signature",
            "snp-12"},
    Refusal{"neg-constellation-invalid-runtime-data-digest", "digest_mismatch",
            "snp.report.report_data", "snp-14"},
    Refusal{"neg-constellation-invalid-vcek", "bad_signature", "snp.vek", "snp-07"},
    Refusal{"neg-pairing-vcek-of-other-chip", "key_mismatch", "snp.report.chip_id", "snp-10"},
};

constexpr std::string_view kSomeTime = "2026-01-15T12:00:00Z";  // where no certificate is judged

ByteVector bytes_of(std::string_view text) {
  return to_vector(as_bytes(text));
}

std::string string_at(const json::Value& value, std::string_view key) {
  const json::Value* found = value.find(key);
  return found != nullptr && found->string() != nullptr ? *found->string() : std::string();
}

json::Value number(const std::string& hex) {
  std::uint64_t value = 0;
  std::from_chars(hex.data() + 2, hex.data() + hex.size(), value, 16);
  return value;
}

class Mapper {
 public:
  Mapper(const Folder& folder, std::string id, const json::Value& document)
      : folder_(folder), id_(std::move(id)), document_(document) {}

  Result<std::vector<Folder>> all() const {
    std::vector<Folder> out;
    CUPEL_TRY(const json::Value plain, bundle());
    const ByteVector text = bytes_of(json::dump(plain));
    out.push_back(finish("", text, now(), outcome(), false));
    const bool accepted = string_at(expected(), "verdict") == "accept";
    if (!accepted) {
      return out;
    }
    out.push_back(finish("+raw", folder_.files.at("report.bin"), now(), outcome(), true));
    CUPEL_TRY([[maybe_unused]] auto others, other_forms(out));
    out.push_back(judged(text));
    for (const json::Value& other : list(document_, "other_times")) {
      const bool late = string_at(other, "reason").find("expired") != std::string::npos;
      out.push_back(finish(late ? "+late" : "+early", text, string_at(other, "verify_at"),
                           refusal(late ? "expired" : "not_yet_valid", "snp.vek", "snp-07"),
                           false));
    }
    return out;
  }

 private:
  const json::Value& expected() const { return *document_.find("expected"); }
  bool has(const std::string& name) const { return folder_.files.contains(name); }
  std::string now() const {
    const std::string at = string_at(document_, "verify_at");
    return at.empty() ? std::string(kSomeTime) : at;
  }
  static json::Array list(const json::Value& value, std::string_view key) {
    const json::Value* found = value.find(key);
    return found != nullptr && found->array() != nullptr ? *found->array() : json::Array{};
  }

  Result<std::vector<ByteVector>> certificates() const {
    std::vector<ByteVector> out;
    for (const auto* name :
         {"vcek.der", "vlek.der", "ask.pem", "asvk.pem", "ark.pem", "platform_certificates.pem"}) {
      if (!has(name)) {
        continue;
      }
      const ByteVector& file = folder_.files.at(name);
      if (!pem::looks_like(file)) {
        out.push_back(file);
        continue;
      }
      CUPEL_TRY(auto ders, pem::parse_certificates(as_text(file), name));
      out.insert(out.end(), ders.begin(), ders.end());
    }
    return out;
  }

  // Whether the report's data are the hash of the runtime data beside it.
  bool binds_runtime_data() const {
    return has("runtime_data.json") && expected().find("runtime_data_sha256_matches_report_data");
  }

  Result<json::Value> bundle() const {
    json::Object out{{"kind", "cupel.snp/1"},
                     {"report", to_base64(folder_.files.at("report.bin"))}};
    CUPEL_TRY(const auto ders, certificates());
    json::Array pems;
    for (const ByteVector& der : ders) {
      pems.emplace_back(pem::dump("CERTIFICATE", der));
    }
    if (!pems.empty()) {
      out.emplace_back("certificates", std::move(pems));
    }
    if (binds_runtime_data()) {
      out.emplace_back("runtime_data", to_base64(folder_.files.at("runtime_data.json")));
    }
    return json::Value(std::move(out));
  }

  static json::Object refusal(std::string_view code, std::string_view where,
                              std::string_view check) {
    json::Object out{{"stage", "verify"}, {"code", code}, {"where", where}};
    if (!check.empty()) {
      out.emplace_back("check", check);
    }
    return out;
  }

  json::Object outcome() const {
    for (const Refusal& one : kRefusals) {
      if (one.id == id_) {
        return refusal(one.code, one.where, one.check);
      }
    }
    return {{"stage", "verify"}, {"verdict", "accepted"}, {"claims", snp_claims(expected())}};
  }

  // Forms other than our bundle, where the collection has what they hold.
  Result<Unit> other_forms(std::vector<Folder>& out) const {
    const ByteVector& report = folder_.files.at("report.bin");
    out.push_back(finish("+hex", bytes_of(to_hex(report) + "\n"), now(), outcome(), true));
    if (has("extended_report.bin")) {
      const ByteVector& extended = folder_.files.at("extended_report.bin");
      out.push_back(finish("+extended", extended, now(), outcome(), true));
      out.push_back(finish("+base64", bytes_of(to_base64(extended)), now(), outcome(), true));
    }
    if (has("platform_certificates.pem") && has("uvm_endorsements.cose")) {
      const json::Value combined =
          json::Object{{"evidence", to_base64(report)},
                       {"endorsements", to_base64(folder_.files.at("platform_certificates.pem"))},
                       {"uvm_endorsements", to_base64(folder_.files.at("uvm_endorsements.cose"))}};
      json::Object endorsed = outcome();
      if (id_ == "aci-milan-v2-maa-sample") {
        // From before general availability: another issuer, and a member that is no longer written.
        endorsed = refusal("unknown_field", "uvm.payload.x-ms-maa-api-version", "snp-15");
      } else if (const json::Value* uvm = expected().find("uvm_endorsements")) {
        const auto claims = std::find_if(endorsed.begin(), endorsed.end(),
                                         [](const auto& m) { return m.first == "claims"; });
        claims->second.object()->emplace_back("snp.uvm.issuer", string_at(*uvm, "iss"));
        claims->second.object()->emplace_back("snp.uvm.feed", string_at(*uvm, "feed"));
        const std::string svn = string_at(*uvm->find("payload"), "x-ms-sevsnpvm-guestsvn");
        std::uint64_t number_of_svn = 0;
        std::from_chars(svn.data(), svn.data() + svn.size(), number_of_svn);
        claims->second.object()->emplace_back("snp.uvm.svn", number_of_svn);
      }
      out.push_back(
          finish("+combined", bytes_of(json::dump(combined)), now(), std::move(endorsed), false));
    }
    if (has("thim.json")) {
      const json::Value answer = json::Object{{"report", to_hex(report)}};
      Folder folder = finish("+thim", bytes_of(json::dump(answer)), now(), outcome(), true);
      for (const auto* name : {"endorsements/chain.pem"}) {
        folder.files.erase(name);
      }
      folder.files["endorsements/chain.pem"] = folder_.files.at("thim.json");
      out.push_back(std::move(folder));
    }
    return Unit{};
  }

  // A policy that names the measurement alone: what may be debugged is refused all the same, and so
  // is what was asked for by another privilege level than the guest's first.
  Folder judged(const ByteVector& evidence) const {
    const json::Value policy = json::Object{
        {"version", 1},
        {"accept",
         json::Array{json::Object{
             {"family", "snp"},
             {"require",
              json::Object{{"snp.measurement",
                            json::Object{{"equals", string_at(expected(), "measurement")}}}}}}}}};
    const json::Value* bits = expected().find("policy");
    const bool debug = bits->find("debug") != nullptr && *bits->find("debug")->boolean();
    const json::Value* level = expected().find("vmpl");
    const bool lower =
        level != nullptr && level->unsigned_integer() != nullptr && *level->unsigned_integer() != 0;
    json::Object expect{{"stage", "appraise"},
                        {"verdict", debug || lower ? "refused" : "accepted"}};
    json::Array failed;
    if (lower) {
      failed.emplace_back("policy-03");
    }
    if (debug) {
      failed.emplace_back("policy-05");
    }
    if (!failed.empty()) {
      expect.emplace_back("failed_checks", std::move(failed));
    }
    Folder out = finish("+policy", evidence, now(), std::move(expect), false, &policy);
    return out;
  }

  Folder finish(const std::string& suffix, const ByteVector& evidence, const std::string& now,
                json::Object expect, bool endorsed, const json::Value* policy = nullptr) const {
    Folder out{"captured/snp/" + id_ + suffix, {}};
    out.files["evidence.bin"] = evidence;
    json::Object c{
        {"family", "snp"}, {"evidence", "evidence.bin"}, {"now", now}, {"anchors", "vendor"}};
    if (endorsed) {
      std::string chain;
      if (const auto ders = certificates(); ders.ok()) {
        for (const ByteVector& der : *ders) {
          chain += pem::dump("CERTIFICATE", der);
        }
      }
      out.files["endorsements/chain.pem"] = bytes_of(chain);
      c.emplace_back("endorsements", json::Array{"endorsements/chain.pem"});
    }
    if (policy != nullptr) {
      out.files["policy.json"] = bytes_of(json::dump(*policy));
      c.emplace_back("policy", json::Array{"policy.json"});
    }
    c.emplace_back("expect", std::move(expect));
    c.emplace_back("checks", json::Array{});
    c.emplace_back("source",
                   json::Object{{"kind", id_.starts_with("neg-") ? "third_party" : "hardware"},
                                {"url", "https://github.com/" +
                                            string_at(*document_.find("origin"), "repo")}});
    c.emplace_back("comment", string_at(document_, "verified_with"));
    if (suffix == "+extended") {
      c.emplace_back(
          "excused_ranges",
          json::Array{json::Object{
              {"part", "evidence"},
              {"from", 0x4a0},
              {"to", std::uint64_t{evidence.size() + 1}},
              {"reason", "the table is a bag: each certificate is judged by its own signature"}}});
    }
    out.files["case.json"] = bytes_of(json::dump(json::Value(std::move(c))));
    return out;
  }

  const Folder& folder_;
  std::string id_;
  const json::Value& document_;
};

void add_tcb(json::Object& out, const std::string& name, const json::Value& tcb) {
  out.emplace_back("snp.tcb." + name, string_at(tcb, "raw"));
  for (const auto& [theirs, ours] : {std::pair{"fmc", "fmc"},
                                     {"bl", "boot_loader"},
                                     {"tee", "tee"},
                                     {"snp", "snp"},
                                     {"ucode", "microcode"}}) {
    if (const json::Value* part = tcb.find(theirs)) {
      out.emplace_back("snp.tcb." + name + "." + ours, *part);
    }
  }
}

}  // namespace

json::Object snp_claims(const json::Value& expected) {
  json::Object out;
  for (const auto* name : {"version", "guest_svn", "vmpl", "family_id", "image_id", "report_data",
                           "measurement", "host_data", "id_key_digest", "author_key_digest",
                           "report_id", "report_id_ma", "chip_id"}) {
    out.emplace_back(std::string("snp.") + name, *expected.find(name));
  }
  out.emplace_back("snp.policy", number(string_at(expected, "policy_raw")));
  out.emplace_back("snp.platform_info", number(string_at(expected, "platform_info_raw")));
  for (const auto* group : {"policy", "platform_info"}) {
    for (const auto& [name, value] : *expected.find(group)->object()) {
      out.emplace_back(std::string("snp.") + group + "." + name, value);
    }
  }
  for (const auto* name : {"reported", "current", "committed", "launch"}) {
    if (const json::Value* tcb = expected.find(std::string(name) + "_tcb")) {
      add_tcb(out, name, *tcb);
    }
  }
  out.emplace_back("snp.firmware.current", string_at(expected, "current_version"));
  out.emplace_back("snp.firmware.committed", string_at(expected, "committed_version"));
  for (const auto& [theirs, ours] : {std::pair{"cpuid_fam_id", "snp.cpuid.family"},
                                     {"cpuid_mod_id", "snp.cpuid.model"},
                                     {"launch_mit_vector", "snp.launch_mit_vector"},
                                     {"current_mit_vector", "snp.current_mit_vector"}}) {
    if (const std::string hex = string_at(expected, theirs); !hex.empty()) {
      out.emplace_back(ours, number(hex));
    }
  }
  if (const json::Value* key = expected.find("endorsement_key")) {
    out.emplace_back("snp.vek.product_name", string_at(*key, "productName"));
    const bool vlek = string_at(*key, "kind") == "VLEK";
    out.emplace_back("snp.signing_key", vlek ? "vlek" : "vcek");
    out.emplace_back(vlek ? "snp.vek.csp_id" : "snp.vek.hwid",
                     string_at(*key, vlek ? "csp_id" : "hwid"));
  }
  return out;
}

Result<std::vector<Folder>> captured_snp_cases(const std::filesystem::path& root) {
  std::vector<Folder> out;
  for (const auto* group : {"snp", "azure"}) {
    for (const Folder& folder : read_folders(root / group)) {
      // A chain without a report; HCL reports are their own family's.
      if (!folder.files.contains("report.bin")) {
        continue;
      }
      CUPEL_TRY(const json::Value document,
                json::parse(as_text(folder.files.at("case.json")), folder.name));
      CUPEL_TRY(auto mapped, Mapper(folder, folder.name, document).all());
      std::move(mapped.begin(), mapped.end(), std::back_inserter(out));
    }
  }
  return out;
}

}  // namespace cupel::testing

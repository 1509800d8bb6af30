#include "support/captured_uvm.hpp"

#include <algorithm>
#include <array>
#include <cupel/uvm.hpp>

#include "base/hex.hpp"
#include "codec/cose.hpp"
#include "codec/json.hpp"

namespace cupel::testing {
namespace {

// Signed with another algorithm, by others, about other things: no endorsements of the utility VM.
constexpr std::array<std::string_view, 2> kOthers = {"aci-transparency-trust-list-2026",
                                                     "neg-esrp-test-ca-other-issuer"};

// The collection refuses this one where a ledger's receipt is demanded. Nothing here demands one,
// and the verdict says so: the envelope is Microsoft's.
constexpr std::string_view kGrafted = "neg-aci-uvm-grafted-receipt";

constexpr std::int64_t kYears = 400'000'000;  // seconds: long after every certificate has ended

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
      : folder_(folder), document_(document), expected_(*document.find("expected")) {}

  Result<std::vector<Folder>> all() const {
    CUPEL_TRY(const UnixTime signed_at, parse_time(string_at(document_, "verify_at")));
    if (std::find(kOthers.begin(), kOthers.end(), folder_.name) != kOthers.end()) {
      return std::vector<Folder>{finish("", signed_at,
                                        refusal("parse", "unsupported_algorithm", "uvm.cose.alg"),
                                        "another algorithm than that of endorsements")};
    }
    if (string_at(expected_, "verdict") != "accept" && folder_.name != kGrafted) {
      return Error{Code::unsupported_version, folder_.name, kNoOffset,
                   "a refusal that this loader has no code for"};
    }
    const json::Object held{
        {"stage", "verify"}, {"verdict", "accepted"}, {"claims", claims(signed_at)}};
    const std::string why = folder_.name == kGrafted
                                ? "receipts are not looked at, a grafted one neither"
                                : "judged when it was signed";
    return std::vector<Folder>{finish("", signed_at, held, why),
                               finish("+late", UnixTime(signed_at.seconds() + kYears), held,
                                      "certificates are judged at the time of signing"),
                               finish("+early", UnixTime(signed_at.seconds() - 1),
                                      refusal("verify", "not_yet_valid", "uvm.signed_at"),
                                      "a second before it was signed")};
  }

 private:
  static json::Object refusal(std::string_view stage, std::string_view code,
                              std::string_view where) {
    return {{"stage", stage}, {"code", code}, {"where", where}};
  }

  // From the collection's own decoding: the payload's JSON, or the claims in the header.
  json::Object claims(UnixTime signed_at) const {
    json::Object out{{"uvm.issuer", string_at(expected_, "issuer")},
                     {"uvm.feed", string_at(expected_, "feed")},
                     {"uvm.signed_at", to_string(signed_at)}};
    if (const json::Value* payload = expected_.find("payload_json")) {
      out.emplace_back("uvm.launch_measurement",
                       string_at(*payload, "x-ms-sevsnpvm-launchmeasurement"));
      const std::string svn = string_at(*payload, "x-ms-sevsnpvm-guestsvn");
      out.emplace_back("uvm.svn", std::uint64_t{std::stoull(svn)});
    } else {
      out.emplace_back("uvm.launch_measurement", string_at(*expected_.find("payload"), "hex"));
      out.emplace_back("uvm.svn", *expected_.find("cwt_claims")->find("svn"));
    }
    return out;
  }

  const ByteVector& endorsement() const { return folder_.files.at("endorsement.cose"); }

  // The unprotected header, which nobody signed: from its map to the payload's own first byte.
  json::Array unsigned_bytes() const {
    const auto message = cose::parse_sign1(endorsement(), kUvm);
    if (!message) {
      return {};
    }
    const std::size_t size = message->payload.size();
    const std::size_t head = size < 24 ? 1 : size < 256 ? 2 : 3;  // RFC 8949 section 3
    return {json::Object{{"part", "evidence"},
                         {"from", std::uint64_t{message->unprotected_header.offset()}},
                         {"to", std::uint64_t{message->payload_offset - head}},
                         {"reason", "receipts and timestamps are in a header that nobody signed"}}};
  }

  Folder finish(const std::string& suffix, UnixTime now, json::Object expect,
                const std::string& comment) const {
    Folder out{"captured/uvm/" + folder_.name + suffix, {}};
    out.files["endorsement.cose"] = endorsement();
    const json::Object c{
        {"family", kUvm},
        {"evidence", "endorsement.cose"},
        {"now", to_string(now)},
        {"anchors", "none"},
        {"expect", std::move(expect)},
        {"checks", json::Array{}},
        {"source", json::Object{{"kind", "third_party"},
                                {"url", "https://github.com/" +
                                            string_at(*document_.find("origin"), "repo")}}},
        {"comment", comment},
        {"excused_ranges", unsigned_bytes()}};
    out.files["case.json"] = bytes_of(json::dump(json::Value(c)));
    return out;
  }

  const Folder& folder_;
  const json::Value& document_;
  const json::Value& expected_;
};

}  // namespace

Result<std::vector<Folder>> captured_uvm_cases(const std::filesystem::path& root) {
  std::vector<Folder> out;
  for (const Folder& folder : read_folders(root / kUvm)) {
    CUPEL_TRY(const json::Value document,
              json::parse(as_text(folder.files.at("case.json")), folder.name));
    CUPEL_TRY(auto mapped, Mapper(folder, document).all());
    std::move(mapped.begin(), mapped.end(), std::back_inserter(out));
  }
  return out;
}

Result<Claims> evaluate_uvm(Bytes endorsement, const VerifyContext& context) {
  CUPEL_TRY(auto parsed, uvm::parse(endorsement));
  CUPEL_TRY(const auto verified,
            uvm::verify(std::move(parsed), uvm::container_platform(), context));
  ClaimsBuilder builder(kUvm, verified);
  builder.set("uvm.issuer", verified->issuer)
      .set("uvm.feed", verified->feed)
      .set("uvm.signed_at", verified->signed_at)
      .set("uvm.launch_measurement", verified->launch_measurement);
  if (verified->svn) {
    builder.set("uvm.svn", *verified->svn);
  }
  return std::move(builder).build();
}

}  // namespace cupel::testing

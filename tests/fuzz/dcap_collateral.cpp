// Target: cupel::dcap::parse_tcb_info, parse_qe_identity     Max input: 1 MiB     Seeds: collateral
// of tests/vectors
// Property: a second JSON reader finds the same members with the same values, levels in descending
// order whatever order they came in; the signed text stands in the document, and by itself, in an
// envelope made anew, reads the same.
#include <chrono>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/hex.hpp"
#include "dcap/tcb_info.hpp"
#include "second_reading.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a fuzz target
using fuzz::must;
using Json = nlohmann::json;

const Json& member(const Json& object, std::string_view name) {
  const auto found = object.find(name);
  must(found != object.end());
  return *found;
}

std::string text(const Json& object, std::string_view name) {
  must(member(object, name).is_string());
  return member(object, name).get<std::string>();
}

std::uint64_t number(const Json& object, std::string_view name) {
  const Json& value = member(object, name);
  must(value.is_number_unsigned() || value == Json(0));  // "-0" is a way to write zero
  return value.get<std::uint64_t>();
}

bool same_hex(const Json& object, std::string_view name, Bytes field) {
  return fuzz::same(fuzz::hex_digits(text(object, name)), field);
}

// "2025-06-06T12:30:47Z", by the calendar of the standard library.
bool same_date(const Json& object, std::string_view name, UnixTime time) {
  const std::string date = text(object, name);
  must(date.size() == 20);
  const auto part = [&](std::size_t at, std::size_t size) {
    return std::stoi(date.substr(at, size));
  };
  const std::chrono::sys_days day = std::chrono::year(part(0, 4)) /
                                    std::chrono::month(static_cast<unsigned>(part(5, 2))) /
                                    std::chrono::day(static_cast<unsigned>(part(8, 2)));
  const std::int64_t seconds = std::chrono::sys_seconds(day).time_since_epoch().count() +
                               part(11, 2) * 3600 + part(14, 2) * 60 + part(17, 2);
  return seconds == time.seconds();
}

// tcbDate, tcbStatus, advisoryIDs.
template <class Level>
void check_level(const Json& value, const Level& found) {
  must(same_date(value, "tcbDate", found.tcb_date));
  must(text(value, "tcbStatus") == found.status_text);
  must(!found.status || to_string(*found.status) == found.status_text);
  const auto ids = value.find("advisoryIDs");
  const Json listed = ids != value.end() ? *ids : Json::array();
  must(listed == Json(found.advisory_ids));
}

// The number of the level among the others: how many are above it.
template <class Order>
std::size_t rank(const std::vector<Order>& orders, std::size_t of) {
  std::size_t above = 0;
  for (const Order& order : orders) {
    above += order > orders[of] ? 1U : 0U;
  }
  return above;
}

void check_svn_levels(const Json& values, const std::vector<dcap::SvnLevel>& found) {
  must(values.is_array() && values.size() == found.size());
  std::vector<std::uint64_t> svns;
  for (const Json& value : values) {
    svns.push_back(number(member(value, "tcb"), "isvsvn"));
  }
  for (std::size_t i = 0; i < svns.size(); ++i) {
    const dcap::SvnLevel& level = found.at(rank(svns, i));
    must(level.isv_svn == svns[i]);
    check_level(values[i], level);
  }
}

using Svns = std::array<std::uint64_t, 16>;

Svns components(const Json& tcb, std::string_view name) {
  Svns out{};
  const Json& list = member(tcb, name);
  must(list.is_array() && list.size() == out.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out.at(i) = number(list[i], "svn");
  }
  return out;
}

Svns named_components(const Json& tcb) {
  Svns out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::string digits = std::to_string(101 + i).substr(1);
    out.at(i) = number(tcb, "sgxtcbcomp" + digits + "svn");
  }
  return out;
}

bool same_svns(const Svns& a, const dcap::Components& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

void check_levels(const Json& values, const dcap::TcbInfo& found) {
  must(values.is_array() && !values.empty() && values.size() == found.levels.size());
  std::vector<std::tuple<Svns, std::uint64_t, Svns>> orders;
  for (const Json& value : values) {
    const Json& tcb = member(value, "tcb");
    orders.emplace_back(
        found.version == 2 ? named_components(tcb) : components(tcb, "sgxtcbcomponents"),
        number(tcb, "pcesvn"), found.tdx ? components(tcb, "tdxtcbcomponents") : Svns{});
  }
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const dcap::TcbLevel& level = found.levels.at(rank(orders, i));
    const auto& [sgx, pce, tdx] = orders[i];
    must(same_svns(sgx, level.sgx) && level.pce_svn == pce);
    must(level.tdx.has_value() == found.tdx && (!level.tdx || same_svns(tdx, *level.tdx)));
    check_level(values[i], level);
  }
}

void check_module(const Json& value, const dcap::TdxModule& found) {
  must(same_hex(value, "mrsigner", found.mrsigner));
  must(same_hex(value, "attributes", found.attributes));
  must(same_hex(value, "attributesMask", found.attributes_mask));
}

void check_body(const Json& body, const dcap::TcbInfo& found) {
  must(number(body, "version") == found.version && number(body, "tcbType") == 0);
  must(found.tdx == (found.version == 3 && text(body, "id") == "TDX"));
  must(same_date(body, "issueDate", found.issue_date));
  must(same_date(body, "nextUpdate", found.next_update));
  must(same_hex(body, "fmspc", found.fmspc) && same_hex(body, "pceId", found.pce_id));
  must(number(body, "tcbEvaluationDataNumber") == found.evaluation_data_number);
  check_levels(member(body, "tcbLevels"), found);
  must(found.module.has_value() == found.tdx && body.contains("tdxModule") == found.tdx);
  if (found.module) {
    check_module(member(body, "tdxModule"), *found.module);
  }
  const auto identities = body.find("tdxModuleIdentities");
  const Json listed = identities != body.end() ? *identities : Json::array();
  must(listed.is_array() && listed.size() == found.identities.size());
  for (std::size_t i = 0; i < listed.size(); ++i) {
    must(text(listed[i], "id") == found.identities[i].id);
    check_module(listed[i], found.identities[i]);
    check_svn_levels(member(listed[i], "tcbLevels"), found.identities[i].levels);
  }
}

std::uint64_t in_memory_order(const Json& body, std::string_view name) {
  const ByteVector bytes = fuzz::hex_digits(text(body, name));
  return fuzz::Places(bytes).little(0, 4);
}

void check_body(const Json& body, const dcap::QeIdentity& found) {
  must(number(body, "version") == 2);
  must(text(body, "id") == (found.id == dcap::EnclaveId::td_qe ? "TD_QE" : "QE"));
  must(same_date(body, "issueDate", found.issue_date));
  must(same_date(body, "nextUpdate", found.next_update));
  must(number(body, "tcbEvaluationDataNumber") == found.evaluation_data_number);
  must(in_memory_order(body, "miscselect") == found.misc_select);
  must(in_memory_order(body, "miscselectMask") == found.misc_select_mask);
  must(same_hex(body, "attributes", found.attributes));
  must(same_hex(body, "attributesMask", found.attributes_mask));
  must(same_hex(body, "mrsigner", found.mrsigner));
  must(number(body, "isvprodid") == found.isv_prod_id);
  check_svn_levels(member(body, "tcbLevels"), found.levels);
}

std::string enveloped(std::string_view name, const dcap::SignedText& signed_text) {
  return "{\"signature\":\"" + to_hex(signed_text.signature) + "\",\"" + std::string(name) +
         "\":" + std::string(as_text(signed_text.text)) + "}";
}

template <class Document, class Parse>
void check(std::string_view in, std::string_view name, Parse parse) {
  const Result<Document> document = parse(in);
  if (!document) {
    must(document.error().code != Code::internal);
    return;
  }
  const Json whole = Json::parse(in, nullptr, false);
  must(whole.is_object() && whole.size() == 2);
  must(same_hex(whole, "signature", document->signed_text.signature));
  const std::string_view signed_text = as_text(document->signed_text.text);
  must(in.find(signed_text) != std::string_view::npos);
  must(Json::parse(signed_text, nullptr, false) == member(whole, name));
  check_body(member(whole, name), *document);
  const Result<Document> again = parse(enveloped(name, document->signed_text));
  must(again.ok() && again->signed_text.text == document->signed_text.text &&
       again->signed_text.sha256 == document->signed_text.sha256 &&
       again->levels.size() == document->levels.size() && !document->levels.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view in = as_text(Bytes(data, size));
  check<dcap::TcbInfo>(in, "tcbInfo", dcap::parse_tcb_info);
  check<dcap::QeIdentity>(in, "enclaveIdentity", dcap::parse_qe_identity);
  return 0;
}

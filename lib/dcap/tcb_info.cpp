// Intel's TCB info. Source: Intel SGX and TDX Provisioning Certification Service API, Get TCB Info:
// v3 serves version 2 (SGX alone), v4 serves version 3.
#include "dcap/tcb_info.hpp"

#include <algorithm>
#include <tuple>

namespace cupel::dcap {
namespace {

constexpr std::size_t kMaxLevels = 256;
constexpr std::size_t kMaxIdentities = 64;
constexpr std::uint64_t kMaxSvn = 0xff;
constexpr std::uint64_t kMaxPceSvn = 0xffff;
constexpr std::uint64_t kMaxEvaluationNumber = 0xffffffff;

std::string indexed(std::string_view where, std::size_t i) {
  return std::string(where) + "[" + std::to_string(i) + "]";
}

Result<Components> read_components(const json::Value* value, const std::string& where,
                                   std::array<ComponentName, 16>& names) {
  Components out{};
  const json::Array* items = value != nullptr ? value->array() : nullptr;
  if (items == nullptr) {
    return Error{value == nullptr ? Code::missing_field : Code::bad_encoding, where};
  }
  if (items->size() != out.size()) {
    return Error{Code::bad_length, where, kNoOffset,
                 std::to_string(items->size()) + " components, not 16"};
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    json::ObjectReader reader(items->at(i), indexed(where, i));
    out.at(i) = static_cast<std::uint8_t>(read_number(reader, "svn", kMaxSvn));
    ComponentName name{reader.optional_string("category").value_or(""),
                       reader.optional_string("type").value_or("")};
    CUPEL_TRY([[maybe_unused]] auto end, reader.finish());
    if (names.at(i).category.empty() && names.at(i).type.empty()) {
      names.at(i) = std::move(name);
    }
  }
  return out;
}

// Version 2 names each component: sgxtcbcomp01svn to sgxtcbcomp16svn.
Components read_named_components(json::ObjectReader& reader) {
  Components out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::string number = (i < 9 ? "0" : "") + std::to_string(i + 1);
    out.at(i) =
        static_cast<std::uint8_t>(read_number(reader, "sgxtcbcomp" + number + "svn", kMaxSvn));
  }
  return out;
}

Result<TcbLevel> read_tcb_level(const json::Value& value, const std::string& where, TcbInfo& info) {
  json::ObjectReader reader(value, where);
  TcbLevel out;
  const json::Value* tcb = reader.required("tcb");
  read_level(reader, out);
  CUPEL_TRY([[maybe_unused]] auto end, reader.finish());
  json::ObjectReader inner(*tcb, where + ".tcb");
  out.pce_svn = static_cast<std::uint16_t>(read_number(inner, "pcesvn", kMaxPceSvn));
  if (info.version == 2) {
    out.sgx = read_named_components(inner);
    CUPEL_TRY([[maybe_unused]] auto inner_end, inner.finish());
    return out;
  }
  const json::Value* sgx = inner.required("sgxtcbcomponents");
  const json::Value* tdx = info.tdx ? inner.required("tdxtcbcomponents") : nullptr;
  CUPEL_TRY([[maybe_unused]] auto inner_end, inner.finish());
  CUPEL_TRY(out.sgx, read_components(sgx, where + ".tcb.sgxtcbcomponents", info.sgx_names));
  if (info.tdx) {
    CUPEL_TRY(out.tdx, read_components(tdx, where + ".tcb.tdxtcbcomponents", info.tdx_names));
  }
  return out;
}

// The order in which levels are tried decides the answer, so it is ours, not the document's:
// Intel's quote verification library sorts likewise.
auto order_of(const TcbLevel& level) {
  return std::tuple(level.sgx, level.pce_svn, level.tdx);
}

Result<Unit> read_levels(const json::Array& items, TcbInfo& info) {
  const std::string where = std::string(kTcbInfo) + ".tcbLevels";
  if (items.empty() || items.size() > kMaxLevels) {
    return Error{items.empty() ? Code::missing_field : Code::too_large, where};
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    CUPEL_TRY(TcbLevel level, read_tcb_level(items[i], indexed(where, i), info));
    info.levels.push_back(std::move(level));
  }
  std::stable_sort(info.levels.begin(), info.levels.end(),
                   [](const auto& a, const auto& b) { return order_of(a) > order_of(b); });
  const auto twin =
      std::adjacent_find(info.levels.begin(), info.levels.end(),
                         [](const auto& a, const auto& b) { return order_of(a) == order_of(b); });
  if (twin != info.levels.end()) {
    return Error{Code::duplicate_field, where, kNoOffset, "two levels for the same SVNs"};
  }
  return Unit{};
}

void read_module_fields(json::ObjectReader& reader, TdxModule& out) {
  out.mrsigner = read_hex<48>(reader, "mrsigner");
  out.attributes = read_hex<8>(reader, "attributes");
  out.attributes_mask = read_hex<8>(reader, "attributesMask");
}

Result<TdxModule> read_module(const json::Value& value, const std::string& where) {
  json::ObjectReader reader(value, where);
  TdxModule out;
  read_module_fields(reader, out);
  CUPEL_TRY([[maybe_unused]] auto end, reader.finish());
  return out;
}

Result<TdxModule> read_identity(const json::Value& value, const std::string& where) {
  json::ObjectReader reader(value, where);
  TdxModule out;
  out.id = reader.string("id");
  read_module_fields(reader, out);
  const json::Value* levels = reader.required("tcbLevels");
  CUPEL_TRY([[maybe_unused]] auto end, reader.finish());
  CUPEL_TRY(out.levels, read_svn_levels(levels, where + ".tcbLevels"));
  return out;
}

Result<Unit> read_identities(const json::Array& items, TcbInfo& info) {
  const std::string where = std::string(kTcbInfo) + ".tdxModuleIdentities";
  if (items.size() > kMaxIdentities) {
    return Error{Code::too_large, where};
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    CUPEL_TRY(TdxModule identity, read_identity(items[i], indexed(where, i)));
    const auto same = [&](const TdxModule& other) { return other.id == identity.id; };
    if (std::any_of(info.identities.begin(), info.identities.end(), same)) {
      return Error{Code::duplicate_field, indexed(where, i) + ".id"};
    }
    info.identities.push_back(std::move(identity));
  }
  return Unit{};
}

Result<Unit> read_kind(json::ObjectReader& reader, TcbInfo& out) {
  out.version = read_number(reader, "version", kMaxEvaluationNumber);
  if (reader.ok() && out.version != 2 && out.version != 3) {
    return Error{Code::unsupported_version, reader.path("version"), kNoOffset,
                 "version " + std::to_string(out.version)};
  }
  if (out.version == 3) {  // version 2 was about SGX alone and had no id
    const std::string id = reader.string("id");
    out.tdx = id == "TDX";
    if (reader.ok() && !out.tdx && id != "SGX") {
      reader.fail(Code::out_of_range, "id", "neither SGX nor TDX");
    }
  }
  if (read_number(reader, "tcbType", kMaxEvaluationNumber) != 0) {
    // "Type 0: … to be compared component by component"; no other is defined.
    reader.fail(Code::out_of_range, "tcbType", "an unknown way of comparing levels");
  }
  return Unit{};
}

}  // namespace

Result<TcbInfo> parse_tcb_info(std::string_view document) {
  CUPEL_TRY(SignedDocument parsed, parse_signed(document, "tcbInfo", kTcbInfo));
  TcbInfo out;
  out.signed_text = std::move(parsed.signed_text);
  json::ObjectReader reader(parsed.body, std::string(kTcbInfo));
  CUPEL_TRY([[maybe_unused]] auto kind, read_kind(reader, out));
  out.issue_date = read_date(reader, "issueDate");
  out.next_update = read_date(reader, "nextUpdate");
  out.fmspc = read_hex<6>(reader, "fmspc");
  out.pce_id = read_hex<2>(reader, "pceId");
  out.evaluation_data_number = static_cast<std::uint32_t>(
      read_number(reader, "tcbEvaluationDataNumber", kMaxEvaluationNumber));
  const json::Value* module = out.tdx ? reader.required("tdxModule") : nullptr;
  const json::Array* identities =
      out.tdx && reader.has("tdxModuleIdentities") ? reader.array("tdxModuleIdentities") : nullptr;
  const json::Array* levels = reader.array("tcbLevels");
  CUPEL_TRY([[maybe_unused]] auto end, reader.finish());
  CUPEL_TRY([[maybe_unused]] auto read, read_levels(*levels, out));
  if (module != nullptr) {
    CUPEL_TRY(out.module, read_module(*module, std::string(kTcbInfo) + ".tdxModule"));
  }
  if (identities != nullptr) {
    CUPEL_TRY([[maybe_unused]] auto all, read_identities(*identities, out));
  }
  return out;
}

}  // namespace cupel::dcap

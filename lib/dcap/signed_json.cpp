// What TCB infos and enclave identities share: the signed envelope, dates, levels.
#include <algorithm>

#include "crypto/digest.hpp"
#include "dcap/tcb_info.hpp"

namespace cupel::dcap {
namespace {

constexpr std::size_t kMaxLevels = 256;
constexpr std::size_t kMaxAdvisories = 256;
constexpr std::size_t kLongestAdvisory = 64;

struct StatusWord {
  std::string_view word;
  TcbStatus status;
};
constexpr std::array kStatusWords = {
    StatusWord{"UpToDate", TcbStatus::up_to_date},
    StatusWord{"SWHardeningNeeded", TcbStatus::sw_hardening_needed},
    StatusWord{"ConfigurationNeeded", TcbStatus::configuration_needed},
    StatusWord{"ConfigurationAndSWHardeningNeeded",
               TcbStatus::configuration_and_sw_hardening_needed},
    StatusWord{"OutOfDate", TcbStatus::out_of_date},
    StatusWord{"OutOfDateConfigurationNeeded", TcbStatus::out_of_date_configuration_needed},
    StatusWord{"TDRelaunchAdvised", TcbStatus::td_relaunch_advised},
    StatusWord{"TDRelaunchAdvisedConfigurationNeeded",
               TcbStatus::td_relaunch_advised_configuration_needed},
    StatusWord{"Revoked", TcbStatus::revoked},
};

// The last two but one are conclusions of a verifier, never words of a level.
std::optional<TcbStatus> level_status(std::string_view word) {
  for (const StatusWord& known : kStatusWords) {
    if (known.word == word && known.status != TcbStatus::td_relaunch_advised &&
        known.status != TcbStatus::td_relaunch_advised_configuration_needed) {
      return known.status;
    }
  }
  return std::nullopt;
}

// An id of an advisory goes into claims and reports: plain characters only, and no comma.
bool plain_id(const std::string& id) {
  return !id.empty() && id.size() <= kLongestAdvisory &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

}  // namespace

std::string_view to_string(TcbStatus status) noexcept {
  for (const StatusWord& known : kStatusWords) {
    if (known.status == status) {
      return known.word;
    }
  }
  return "unknown";
}

Result<SignedDocument> parse_signed(std::string_view document, std::string_view member,
                                    std::string_view where) {
  CUPEL_TRY(json::Located located, json::parse_located(document, where));
  json::ObjectReader reader(located.value, std::string(where));
  reader.object(member);
  SignedDocument out;
  out.signed_text.signature = read_hex<64>(reader, "signature");
  CUPEL_TRY([[maybe_unused]] auto end, reader.finish());
  for (const json::Member& found : located.members) {
    if (found.key == member) {
      out.signed_text.text = to_vector(found.text);
    }
  }
  out.signed_text.sha256 = crypto::sha256(out.signed_text.text, out.signed_text.signature);
  out.body = *located.value.find(member);
  return out;
}

UnixTime read_date(json::ObjectReader& reader, std::string_view key) {
  constexpr std::size_t kLength = 20;  // seconds, in UTC
  const std::string text = reader.string(key);
  if (!reader.ok()) {
    return UnixTime(0);
  }
  const auto time = parse_time(text);
  if (!time) {
    reader.fail(time.error().code, key, "no date");
    return UnixTime(0);
  }
  if (text.size() != kLength || text.back() != 'Z') {
    reader.fail(Code::bad_encoding, key, "not in the form 2025-01-31T00:00:00Z");
  }
  return *time;
}

std::uint64_t read_number(json::ObjectReader& reader, std::string_view key, std::uint64_t max) {
  const std::uint64_t number = reader.unsigned_integer(key);
  if (number > max) {
    reader.fail(Code::out_of_range, key, "larger than " + std::to_string(max));
    return 0;
  }
  return number;
}

template <class Level>
void read_level(json::ObjectReader& reader, Level& level) {
  level.tcb_date = read_date(reader, "tcbDate");
  level.status_text = reader.string("tcbStatus");
  level.status = level_status(level.status_text);
  if (!reader.has("advisoryIDs")) {
    return;
  }
  const json::Array* ids = reader.array("advisoryIDs");
  for (const json::Value& id : ids != nullptr ? *ids : json::Array{}) {
    if (id.string() == nullptr || !plain_id(*id.string()) ||
        level.advisory_ids.size() >= kMaxAdvisories) {
      reader.fail(Code::bad_encoding, "advisoryIDs", "not a list of advisory ids");
      return;
    }
    level.advisory_ids.push_back(*id.string());
  }
}
template void read_level(json::ObjectReader&, TcbLevel&);
template void read_level(json::ObjectReader&, SvnLevel&);

Result<std::vector<SvnLevel>> read_svn_levels(const json::Value* array, const std::string& where) {
  const json::Array* items = array != nullptr ? array->array() : nullptr;
  if (items == nullptr) {
    return Error{array == nullptr ? Code::missing_field : Code::bad_encoding, where};
  }
  if (items->empty() || items->size() > kMaxLevels) {
    return Error{items->empty() ? Code::missing_field : Code::too_large, where};
  }
  std::vector<SvnLevel> out;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const std::string here = where + "[" + std::to_string(i) + "]";
    json::ObjectReader reader(items->at(i), here);
    SvnLevel level;
    const json::Value* tcb = reader.required("tcb");
    read_level(reader, level);
    CUPEL_TRY([[maybe_unused]] auto end, reader.finish());
    json::ObjectReader inner(*tcb, here + ".tcb");
    level.isv_svn = static_cast<std::uint16_t>(read_number(inner, "isvsvn", 0xffff));
    CUPEL_TRY([[maybe_unused]] auto inner_end, inner.finish());
    out.push_back(std::move(level));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const SvnLevel& a, const SvnLevel& b) { return a.isv_svn > b.isv_svn; });
  const auto twin = std::adjacent_find(
      out.begin(), out.end(),
      [](const SvnLevel& a, const SvnLevel& b) { return a.isv_svn == b.isv_svn; });
  if (twin != out.end()) {
    return Error{Code::duplicate_field, where, kNoOffset,
                 "two levels for isvsvn " + std::to_string(twin->isv_svn)};
  }
  return out;
}

}  // namespace cupel::dcap

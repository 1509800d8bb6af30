#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cupel/time.hpp>

namespace cupel {
namespace {

// Reads exactly `width` digits at `text[at]`.
bool number(std::string_view text, std::size_t at, std::size_t width, int& out) {
  if (at + width > text.size()) {
    return false;
  }
  const std::string_view digits = text.substr(at, width);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return false;
  }
  return std::from_chars(digits.data(), digits.data() + digits.size(), out).ec == std::errc{};
}

Error bad(Code code, std::size_t offset, std::string_view text) {
  return Error{
      code, "time", offset,
      "'" + std::string(text.substr(0, 40)) + "' is not a time such as 2024-01-01T00:00:00Z"};
}

}  // namespace

Result<UnixTime> parse_time(std::string_view text) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!number(text, 0, 4, year) || text.substr(4, 1) != "-" || !number(text, 5, 2, month) ||
      text.substr(7, 1) != "-" || !number(text, 8, 2, day)) {
    return bad(Code::bad_encoding, 0, text);
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) {
    return bad(Code::out_of_range, 0, text);
  }
  std::int64_t seconds =
      std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86400};
  if (text.size() == 10) {
    return UnixTime(seconds);
  }
  int hour = 0;
  int minute = 0;
  int second = 0;
  const char separator = text[10];
  if ((separator != 'T' && separator != 't' && separator != ' ') || !number(text, 11, 2, hour) ||
      text.substr(13, 1) != ":" || !number(text, 14, 2, minute) || text.substr(16, 1) != ":" ||
      !number(text, 17, 2, second)) {
    return bad(Code::bad_encoding, 10, text);
  }
  // RFC 3339 allows :60 for leap seconds; UnixTime has none, and evidence carries none.
  if (hour > 23 || minute > 59 || second > 59) {
    return bad(Code::out_of_range, 11, text);
  }
  seconds += hour * 3600 + minute * 60 + second;
  std::size_t at = 19;
  if (text.substr(at, 1) == ".") {
    const std::size_t end = text.find_first_not_of("0123456789", at + 1);
    if (end == at + 1 || end == std::string_view::npos) {
      return bad(Code::bad_encoding, at, text);
    }
    at = end;
  }
  const std::string_view zone = text.substr(at);
  if (zone == "Z" || zone == "z") {
    return UnixTime(seconds);
  }
  int zone_hour = 0;
  int zone_minute = 0;
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' ||
      !number(zone, 1, 2, zone_hour) || !number(zone, 4, 2, zone_minute)) {
    return bad(Code::bad_encoding, at, text);
  }
  if (zone_hour > 23 || zone_minute > 59) {
    return bad(Code::out_of_range, at, text);
  }
  const int shift = zone_hour * 3600 + zone_minute * 60;
  return UnixTime(zone[0] == '+' ? seconds - shift : seconds + shift);
}

std::string to_string(UnixTime time) {
  if (time == kNoEnd) {
    return "none";
  }
  constexpr std::int64_t kDay = 86400;
  std::int64_t days = time.seconds() / kDay;
  std::int64_t rest = time.seconds() % kDay;
  if (rest < 0) {
    rest += kDay;
    --days;
  }
  // chrono's year range is ±32767; certificate dates end at 9999.
  constexpr std::int64_t kLastDay = 2932896;   // 9999-12-31
  constexpr std::int64_t kFirstDay = -719528;  // 0000-01-01
  if (days > kLastDay || days < kFirstDay) {
    return std::to_string(time.seconds()) + " s";
  }
  const std::chrono::year_month_day date{
      std::chrono::sys_days{std::chrono::days{static_cast<std::int32_t>(days)}}};
  std::array<char, 32> out{};
  const int length = std::snprintf(
      out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(rest / 3600), static_cast<int>(rest / 60 % 60), static_cast<int>(rest % 60));
  return {out.data(), static_cast<std::size_t>(length)};
}

}  // namespace cupel

// Time is an argument, never something the library looks up below its transport layer.
#pragma once

#include <compare>
#include <cstdint>
#include <cupel/result.hpp>
#include <limits>
#include <string>
#include <string_view>

namespace cupel {

/// Seconds since 1970-01-01T00:00:00Z. It has no default, so leaving out a time does not compile.
class UnixTime {
 public:
  constexpr explicit UnixTime(std::int64_t seconds) noexcept : seconds_(seconds) {}
  constexpr std::int64_t seconds() const noexcept { return seconds_; }
  friend constexpr auto operator<=>(const UnixTime&, const UnixTime&) noexcept = default;

 private:
  std::int64_t seconds_;
};

/// Later than every date a certificate can carry; the end of a validity that nothing bounds.
inline constexpr UnixTime kNoEnd{std::numeric_limits<std::int64_t>::max()};

/// Parses RFC 3339 ("2024-01-01T00:00:00Z", offsets and fractions allowed, fractions dropped), or
/// a bare date ("2024-01-01", midnight UTC). Errors: bad_encoding, out_of_range at "time".
Result<UnixTime> parse_time(std::string_view text);

/// "2024-01-01T00:00:00Z"; "none" for kNoEnd.
std::string to_string(UnixTime time);

}  // namespace cupel

// URLs, taken apart by libcurl's own parser, so that what we decide about and what is connected to
// cannot differ.
#pragma once

#include <cstdint>
#include <cupel/result.hpp>
#include <string>
#include <string_view>

namespace cupel {

struct Url {
  std::string scheme;  ///< lower case
  std::string host;    ///< as in a Host header, but an IPv6 address without its brackets
  std::uint16_t port = 0;
  std::string path;   ///< starts with "/"
  std::string query;  ///< without "?", may be empty

  /// The whole, in the form given to libcurl.
  std::string text() const;
  bool same_origin(const Url& other) const {
    return scheme == other.scheme && host == other.host && port == other.port;
  }
};

/// An absolute URL with a host. User names, passwords and fragments are refused.
/// Errors: invalid_argument at `where`.
Result<Url> parse_url(const std::string& text, std::string_view where);

/// The same, and https only. Check tls-09. Errors: invalid_argument at `where`.
Result<Url> parse_https_url(const std::string& text, std::string_view where);

/// What a Location header of an answer from `base` points to. Errors: bad_response at `where`.
Result<Url> resolve_location(const Url& base, const std::string& location, std::string_view where);

}  // namespace cupel

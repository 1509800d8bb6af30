#include "transport/url.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <memory>

namespace cupel {
namespace {

struct CloseUrl {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
struct FreeText {
  void operator()(char* text) const noexcept { curl_free(text); }
};
using UrlHandle = std::unique_ptr<CURLU, CloseUrl>;

Error bad_url(Code code, std::string_view where, std::string detail) {
  return {code, std::string(where), kNoOffset, std::move(detail), {}};
}

// Empty when the part is absent; curl has no empty parts that mean something else to us.
std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) {
    return {};
  }
  const std::unique_ptr<char, FreeText> owned(text);
  return std::string(owned.get());
}

// libcurl decodes %XX in a host. What comes out could be written, resolved and compared in more
// than one way, so only what needs no decoding is taken; other names have their "xn--" form.
bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == ':';
}

Result<Url> read_parts(CURLU* handle, Code code, std::string_view where) {
  Url url;
  url.scheme = part(handle, CURLUPART_SCHEME);
  url.host = part(handle, CURLUPART_HOST);
  url.path = part(handle, CURLUPART_PATH);
  url.query = part(handle, CURLUPART_QUERY);
  if (!part(handle, CURLUPART_USER).empty() || !part(handle, CURLUPART_PASSWORD).empty()) {
    return bad_url(code, where, "a URL with a user name or a password is refused");
  }
  if (!part(handle, CURLUPART_FRAGMENT).empty()) {
    return bad_url(code, where, "a URL with a fragment is refused");
  }
  if (url.host.empty()) {
    return bad_url(code, where, "the URL names no host");
  }
  if (url.host.front() == '[' && url.host.back() == ']') {
    url.host = url.host.substr(1, url.host.size() - 2);
  }
  // libcurl keeps an address's zone apart; dropping it silently would change where it points.
  if (!part(handle, CURLUPART_ZONEID).empty()) {
    return bad_url(code, where, "an address with a zone is refused");
  }
  if (!std::all_of(url.host.begin(), url.host.end(), is_host_char)) {
    return bad_url(code, where, "the host is neither an address nor a name in ASCII");
  }
  std::transform(url.host.begin(), url.host.end(), url.host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const std::string port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const char* const past = std::to_address(port.end());
  const auto [end, failure] = std::from_chars(port.data(), past, url.port);
  if (failure != std::errc{} || end != past || url.port == 0) {
    return bad_url(code, where, "the URL has no usable port");
  }
  return url;
}

// Control characters and spaces never belong into a URL; some parsers drop them silently.
bool only_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

Result<Url> parse(CURLU* handle, const std::string& text, Code code, std::string_view where) {
  if (text.empty() || !only_printable(text)) {
    return bad_url(code, where, "the URL is empty, or has spaces, control or non-ASCII characters");
  }
  // Without CURLU_GUESS_SCHEME a URL without a scheme is refused.
  if (curl_url_set(handle, CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    return bad_url(code, where, "not an absolute URL (https://host[:port]/path)");
  }
  return read_parts(handle, code, where);
}

}  // namespace

std::string Url::text() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return scheme + "://" + (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port) + path +
         (query.empty() ? std::string() : "?" + query);
}

Result<Url> parse_url(const std::string& text, std::string_view where) {
  const UrlHandle handle(curl_url());
  if (!handle) {
    return bad_url(Code::internal, where, "out of memory");
  }
  // libcurl forgives a third slash and takes what follows for the host.
  constexpr std::string_view kAuthority = "://";
  const auto start = text.find(kAuthority);
  if (start != std::string::npos && text[start + kAuthority.size()] == '/') {
    return bad_url(Code::invalid_argument, where, "the URL names no host");
  }
  return parse(handle.get(), text, Code::invalid_argument, where);
}

Result<Url> parse_https_url(const std::string& text, std::string_view where) {
  CUPEL_TRY(Url url, parse_url(text, where));
  if (url.scheme != "https") {  // CHECK tls-09
    return failed("tls-09", bad_url(Code::invalid_argument, where,
                                    "only https:// is used, also on this machine"));
  }
  return url;
}

Result<Url> resolve_location(const Url& base, const std::string& location, std::string_view where) {
  const UrlHandle handle(curl_url());
  if (!handle) {
    return bad_url(Code::internal, where, "out of memory");
  }
  CUPEL_TRY([[maybe_unused]] Url from, parse(handle.get(), base.text(), Code::bad_response, where));
  // The handle holds `base`, so that a relative reference is resolved against it (RFC 3986, 5.2).
  return parse(handle.get(), location, Code::bad_response, where);
}

}  // namespace cupel

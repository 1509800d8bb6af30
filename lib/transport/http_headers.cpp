#include "transport/http_headers.hpp"

#include <algorithm>
#include <array>

namespace cupel {
namespace {

constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";

// These say where a message ends, where it goes, or who it is for.
constexpr std::array<std::string_view, 9> kOurs = {
    "connection", "content-length", "expect",           "host", "proxy-authorization", "te",
    "trailer",    "upgrade",        "transfer-encoding"};

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kTokenMarks.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Error header_error(Code code, std::string detail) {
  return {code, "http.headers", kNoOffset, std::move(detail), {}};
}

}  // namespace

Result<Unit> check_request_header(std::string_view name, std::string_view value,
                                  std::string_view where) {
  if (!is_token(name)) {
    return Error{Code::invalid_argument, std::string(where), kNoOffset,
                 "a header's name is not a token"};
  }
  if (!is_value(value)) {
    return Error{Code::invalid_argument, std::string(where), kNoOffset,
                 "the value of header '" + std::string(name) +
                     "' has a line end or another control character"};
  }
  if (std::find(kOurs.begin(), kOurs.end(), lower(name)) != kOurs.end()) {
    return Error{Code::invalid_argument, std::string(where), kNoOffset,
                 "header '" + std::string(name) + "' is set by the client itself"};
  }
  return Unit{};
}

bool HeaderCollector::frames_body(long status) const {
  if (status == 204 || status == 304) {
    return true;  // these have none
  }
  const auto coding = headers_.find("transfer-encoding");
  if (coding != headers_.end()) {
    return lower(coding->second).ends_with("chunked");
  }
  return headers_.count("content-length") != 0;
}

Result<Unit> HeaderCollector::line(std::string_view text) {
  total_ += text.size();
  if (total_ > kMaxTotal) {
    return header_error(Code::too_large, "more than 256 KiB of headers");
  }
  while (!text.empty() && (text.back() == '\r' || text.back() == '\n')) {
    text.remove_suffix(1);
  }
  if (text.starts_with("HTTP/")) {
    headers_.clear();
    complete_ = false;
    return Unit{};
  }
  if (complete_) {
    return Unit{};  // trailers say nothing we use
  }
  if (text.empty()) {
    complete_ = true;
    return Unit{};
  }
  const auto colon = text.find(':');
  // A line that begins with white space (obs-fold) fails here too: "a server MUST NOT generate a
  // message that includes line folding" (RFC 9112, 5.2).
  if (colon == std::string_view::npos || !is_token(text.substr(0, colon))) {
    return header_error(Code::bad_response, "a header line is not 'name: value'");
  }
  const std::string_view value = trimmed(text.substr(colon + 1));
  if (!is_value(value)) {
    return header_error(Code::bad_response, "a header's value has control characters");
  }
  headers_.emplace(lower(text.substr(0, colon)), value);
  return Unit{};
}

}  // namespace cupel

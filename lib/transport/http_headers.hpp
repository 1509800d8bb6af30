// HTTP header lines, both ways, bounded and without surprises.
#pragma once

#include <cupel/result.hpp>
#include <map>
#include <string>
#include <string_view>

namespace cupel {

/// Whether a request may carry this header: a token as name (RFC 9110, 5.6.2), no control character
/// in the value, and not a header that frames or routes the message, which is the client's matter.
/// Errors: invalid_argument at `where`; the detail names the header, never its value.
Result<Unit> check_request_header(std::string_view name, std::string_view value,
                                  std::string_view where);

/// Collects the header lines of an answer as they arrive. Informational answers (1xx) are forgotten
/// when the next one begins; trailers are ignored.
class HeaderCollector {
 public:
  static constexpr std::size_t kMaxTotal = 256U << 10U;

  /// One line with its line end. Errors: bad_response, too_large at "http.headers".
  Result<Unit> line(std::string_view text);

  /// Names in lower case, values without the white space around them.
  const std::multimap<std::string, std::string>& headers() const noexcept { return headers_; }
  bool complete() const noexcept { return complete_; }
  /// Whether the headers of an answer with this status say where its body ends (RFC 9112, 6.3). If
  /// not, only the end of the connection does.
  bool frames_body(long status) const;

 private:
  std::multimap<std::string, std::string> headers_;
  std::size_t total_ = 0;
  bool complete_ = false;
};

}  // namespace cupel

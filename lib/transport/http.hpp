// The one HTTP client: libcurl, with every convenience that weakens a pin turned off.
#pragma once

#include <chrono>
#include <cstdint>
#include <cupel/bytes.hpp>
#include <cupel/pin.hpp>
#include <cupel/result.hpp>
#include <cupel/session.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace cupel {

struct HttpLimits {
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds timeout{120'000};  ///< of one whole request
  /// A transfer that brings less than a byte a second for this long is given up; 0: never.
  std::chrono::seconds stalled{0};
  std::size_t max_body = 64U << 20U;
};

struct HttpRequest {
  std::string method;  ///< "GET" or "POST"
  std::string url;     ///< as Url::text() writes it
  std::multimap<std::string, std::string> headers{};
  std::string_view body{};
};

/// Takes the body of a 2xx answer piece by piece; `head` is the answer without its body. True: go
/// on; false: enough, which is no error.
using BodySink = std::function<Result<bool>(const Response& head, Bytes piece)>;

/// One libcurl handle, hence at most one connection kept open. Not copyable; one thread at a time.
///
/// Always: HTTP/1.1, no redirects, no proxies, no cookies, no .netrc, no content decoding, no TLS
/// session resumption, no early data, no renegotiation, TLS 1.2 at least (1.3 is offered first), no
/// key log file, nothing from the environment.
class HttpClient {
 public:
  /// https only. The pin decides inside the handshake, before a byte of a request is written; no
  /// other rule about certificates applies. `clock` tells whether the pin is still good.
  /// Checks tls-01 … tls-07 and tls-10 (lib/transport/README.md).
  static Result<HttpClient> pinned(TlsPin pin, std::function<UnixTime()> clock, HttpLimits limits);

  /// https only, any certificate: for evidence, which proves itself or is refused.
  /// `over_http`: http as well, for protocols whose servers have nothing else.
  static Result<HttpClient> for_evidence(HttpLimits limits, bool over_http = false);

  /// https by the system's root certificates, or http: for what vendors publish and sign.
  static Result<HttpClient> for_published_files(HttpLimits limits);

  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  /// One request, one answer; an answer of any status is a value. With a sink the body of a 2xx
  /// answer goes there and Response::body is empty. A POST leaves once: when its connection breaks,
  /// no other is tried.
  /// Errors: pin_mismatch, expired, not_yet_valid, bad_certificate at "tls.…" (nothing of a POST
  /// was sent); connection_failed at "http.send" (it may have arrived), and at other "http.…" and
  /// "tls.…"; bad_response, too_large at "http.…";
  /// invalid_argument at "http.request.…"; the sink's own. What the sink or the clock throws is
  /// thrown on.
  Result<Response> perform(const HttpRequest& request, const BodySink& sink = {});

 private:
  enum class Trust : std::uint8_t { pin, evidence, published };
  struct State;
  static Result<HttpClient> create(Trust trust, HttpLimits limits, bool over_http = false);
  explicit HttpClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cupel

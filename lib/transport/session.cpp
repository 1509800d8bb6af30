// AttestedSession: no request without an accepted attestation that is still good, and a connection
// pinned by it.
#include <algorithm>
#include <cupel/session.hpp>

#include "services/service.hpp"
#include "transport/attest.hpp"
#include "transport/http.hpp"
#include "transport/sse.hpp"
#include "transport/url.hpp"

namespace cupel {
namespace {

constexpr int kMaxRedirects = 3;

Error session_error(Code code, std::string where, std::string detail, std::string check = {}) {
  return {code, std::move(where), kNoOffset, std::move(detail), std::move(check)};
}

// A policy that binds no key can be appraised, but not connected by; said before anything is sent.
Result<Unit> binds_a_key(const Policy& policy) {
  if (policy.accept.empty()) {
    return session_error(Code::bad_policy, "policy.accept", "the policy accepts nothing");
  }
  for (const Alternative& alternative : policy.accept) {
    if (!alternative.tls_key) {
      return session_error(Code::bad_policy, "policy.bind.tls_key",
                           "an alternative does not say where the evidence names the TLS key");
    }
  }
  return Unit{};
}

Error refusal(const Verdict& verdict) {
  Error error = session_error(Code::refused, "session.verdict", "the policy refuses the evidence");
  for (const Check& check : verdict.checks()) {
    if (!check.passed) {
      error.detail += ": " + check.rule + (check.claim.empty() ? "" : " of " + check.claim);
      error.check = check.id;
      break;
    }
  }
  return error;
}

bool has_header(const std::multimap<std::string, std::string>& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(), [name](const auto& header) {
    return std::equal(header.first.begin(), header.first.end(), name.begin(), name.end(),
                      [](char a, char b) { return (a | 0x20) == (b | 0x20); });
  });
}

bool keeps_method(long status, std::string_view method) {
  if (method == "GET") {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  }
  return status == 307 || status == 308;
}

bool is_event_stream(const Response& head) {
  const auto type = head.headers.find("content-type");
  return type != head.headers.end() && type->second.starts_with("text/event-stream");
}

Result<Unit> answered_well(const Response& response) {
  if (response.status < 200 || response.status > 299) {
    // Not the service's own words: error messages repeat prompts and keys.
    return session_error(Code::bad_response, "service.status",
                         "the service answered HTTP " + std::to_string(response.status));
  }
  return Unit{};
}

}  // namespace

struct AttestedSession::State {
  SessionOptions options;
  Endpoints endpoints;
  std::optional<Attestation> attestation{};  ///< the last one that was accepted; set by connect()
  std::optional<HttpClient> http{};          ///< empty: attest before the next request

  using OnData = std::function<Result<bool>(std::string_view data)>;

  Result<Unit> renew();
  bool is_current() const;
  Result<Response> send(const HttpRequest& request, const BodySink& sink);
  Result<Response> request(std::string_view method, std::string_view path, std::string_view body,
                           std::string_view accept, const BodySink& sink = {});
  Result<Unit> stream(std::string_view path, std::string_view body, const OnData& on_data);
};

// New evidence, a new verdict, a new pin, a new connection. Until it succeeds there is none.
Result<Unit> AttestedSession::State::renew() {
  http.reset();
  CUPEL_TRY(Attestation fresh, attest(options));
  if (fresh.verdict.accepted() == nullptr) {
    return refusal(fresh.verdict);
  }
  if (!fresh.pin) {
    return session_error(Code::bad_policy, "policy.bind.tls_key",
                         "the accepting alternative binds no TLS key");
  }
  if (now_by(options) >= fresh.valid_until) {  // CHECK tls-10
    return session_error(
        Code::expired, "session.valid_until",
        "the new attestation is good until " + to_string(fresh.valid_until) + " only", "tls-10");
  }
  CUPEL_TRY(HttpClient client,
            HttpClient::pinned(
                *fresh.pin, [clock = options.clock] { return clock ? clock() : system_now(); },
                {.connect_timeout = options.connect_timeout, .timeout = options.timeout}));
  attestation = std::move(fresh);
  http = std::move(client);
  return Unit{};
}

// A clock that was set back does not make an old attestation good for longer.
bool AttestedSession::State::is_current() const {
  const UnixTime now = now_by(options);
  return http && now < attestation->valid_until && now >= attestation->verdict.appraised_at();
}

// One request, without redirects. HttpClient gives pin_mismatch for a POST only while nothing of it
// has left: attest again, and if that is accepted try once more. No other error is retried.
Result<Response> AttestedSession::State::send(const HttpRequest& request, const BodySink& sink) {
  if (!is_current()) {
    CUPEL_TRY([[maybe_unused]] auto renewed, renew());
  }
  Result<Response> answer = http->perform(request, sink);
  if (answer || answer.error().code != Code::pin_mismatch) {
    return answer;
  }
  CUPEL_TRY([[maybe_unused]] auto renewed, renew());
  return http->perform(request, sink);
}

Result<Response> AttestedSession::State::request(std::string_view method, std::string_view path,
                                                 std::string_view body, std::string_view accept,
                                                 const BodySink& sink) {
  if (!path.starts_with('/')) {
    return session_error(Code::invalid_argument, "session.path", "a path starts with '/'");
  }
  Url url = endpoints.api;
  url.path = path;  // with its query, if it has one; taken apart again below
  CUPEL_TRY(url, parse_https_url(url.text(), "session.path"));
  if (!url.same_origin(endpoints.api)) {
    return session_error(Code::invalid_argument, "session.path", "the path leads elsewhere");
  }
  HttpRequest request{.method = std::string(method), .url = {}, .headers = {}, .body = body};
  request.headers.insert(options.headers.begin(), options.headers.end());
  if (!has_header(request.headers, "accept")) {
    request.headers.emplace("Accept", accept);
  }
  if (method == "POST" && !has_header(request.headers, "content-type")) {
    request.headers.emplace("Content-Type", "application/json");
  }
  for (int redirects = 0;; ++redirects) {
    request.url = url.text();
    CUPEL_TRY(Response response,
              redirects == 0 ? send(request, sink) : http->perform(request, sink));
    const auto location = response.headers.find("location");
    if (response.status < 300 || response.status > 399 || location == response.headers.end()) {
      return response;
    }
    CUPEL_TRY(const Url target, resolve_location(url, location->second, "tls.redirect"));
    if (!target.same_origin(endpoints.api) || !keeps_method(response.status, method) ||
        redirects == kMaxRedirects || response.headers.count("location") != 1) {  // CHECK tls-08
      return session_error(Code::bad_response, "tls.redirect",
                           "the answer is a redirect (HTTP " + std::to_string(response.status) +
                               ") that is not followed",
                           "tls-08");
    }
    url = target;
  }
}

Result<Unit> AttestedSession::State::stream(std::string_view path, std::string_view body,
                                            const OnData& on_data) {
  SseParser parser;
  std::size_t events = 0;
  bool stopped = false;
  bool end_mark = false;
  const auto on_event = [&](const SseEvent& event) -> Result<bool> {
    ++events;
    end_mark = event.data == kStreamEndMark;
    if (end_mark) {
      return false;
    }
    CUPEL_TRY(const bool more, on_data(event.data));
    stopped = !more;
    return more;
  };
  const BodySink sink = [&](const Response& head, Bytes piece) -> Result<bool> {
    if (!is_event_stream(head)) {
      return session_error(Code::bad_response, "sse.content_type",
                           "the answer is no event stream (text/event-stream)");
    }
    return parser.feed(piece, on_event);
  };
  CUPEL_TRY(const Response response, request("POST", path, body, "text/event-stream", sink));
  CUPEL_TRY([[maybe_unused]] auto well, answered_well(response));
  if (stopped || end_mark) {
    return Unit{};
  }
  CUPEL_TRY([[maybe_unused]] auto whole, parser.finish());
  if (endpoints.service->stream_has_end_mark || events == 0) {
    return session_error(Code::bad_response, "sse.end",
                         events == 0 ? "the stream ended without an event"
                                     : "the stream ended without its end mark: it was cut off");
  }
  return Unit{};
}

AttestedSession::AttestedSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
AttestedSession::~AttestedSession() = default;
AttestedSession::AttestedSession(AttestedSession&&) noexcept = default;
AttestedSession& AttestedSession::operator=(AttestedSession&&) noexcept = default;

Result<AttestedSession> AttestedSession::connect(SessionOptions options) {
  CUPEL_TRY([[maybe_unused]] auto bound, binds_a_key(options.policy));
  CUPEL_TRY(Endpoints endpoints, read_endpoints(options));
  auto state = std::make_unique<State>(State{std::move(options), std::move(endpoints)});
  CUPEL_TRY([[maybe_unused]] auto attested, state->renew());
  return AttestedSession(std::move(state));
}

Result<Response> AttestedSession::get(std::string_view path) {
  return state_->request("GET", path, {}, "*/*");
}

Result<Response> AttestedSession::post(std::string_view path, std::string_view json_body) {
  return state_->request("POST", path, json_body, "*/*");
}

Result<Unit> AttestedSession::stream(std::string_view path, std::string_view json_body,
                                     const std::function<bool(std::string_view data)>& on_event) {
  return state_->stream(path, json_body,
                        [&](std::string_view data) -> Result<bool> { return on_event(data); });
}

Result<std::string> AttestedSession::complete(std::string_view prompt, unsigned max_tokens) {
  const Service& service = *state_->endpoints.service;
  CUPEL_TRY(const std::string body,
            service.completion_body({prompt, max_tokens, false, state_->options.model}));
  CUPEL_TRY(const Response response,
            state_->request("POST", service.completion_path, body, "application/json"));
  CUPEL_TRY([[maybe_unused]] auto well, answered_well(response));
  return service.completion_text(response.body);
}

Result<Unit> AttestedSession::complete_stream(
    std::string_view prompt, unsigned max_tokens,
    const std::function<bool(std::string_view text)>& on_text) {
  const Service& service = *state_->endpoints.service;
  CUPEL_TRY(const std::string body,
            service.completion_body({prompt, max_tokens, true, state_->options.model}));
  return state_->stream(service.stream_path, body, [&](std::string_view data) -> Result<bool> {
    CUPEL_TRY(const std::string text, service.event_text(data));
    return text.empty() || on_text(text);
  });
}

const Verdict& AttestedSession::verdict() const noexcept {
  return state_->attestation->verdict;
}
const TlsPin& AttestedSession::pin() const noexcept {
  return *state_->attestation->pin;
}

std::vector<std::string_view> services() {
  std::vector<std::string_view> ids;
  for (const Service* service : known_services()) {
    ids.push_back(service->id);
  }
  return ids;
}

std::vector<std::string_view> evidence_protocols() {
  std::vector<std::string_view> ids;
  for (const EvidenceProtocol* protocol : known_evidence_protocols()) {
    ids.push_back(protocol->id);
  }
  return ids;
}

}  // namespace cupel

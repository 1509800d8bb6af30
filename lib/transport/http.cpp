#include "transport/http.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <exception>
#include <optional>

#include "transport/handshake.hpp"
#include "transport/http_headers.hpp"
#include "transport/url.hpp"

namespace cupel {
namespace {

struct CloseEasy {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using EasyHandle = std::unique_ptr<CURL, CloseEasy>;
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

// libcurl counts its users; the library stays initialised for the life of the process.
bool curl_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

struct Meaning {
  CURLcode curl;
  Code code;
  std::string_view where;
  bool explain;  // libcurl's own words are worth passing on, and hold nothing of the request
  bool connecting = false;  // no connection came about
};

constexpr std::array kMeanings = {
    Meaning{CURLE_COULDNT_RESOLVE_HOST, Code::connection_failed, "http.resolve", true, true},
    Meaning{CURLE_COULDNT_CONNECT, Code::connection_failed, "http.connect", true, true},
    Meaning{CURLE_OPERATION_TIMEDOUT, Code::connection_failed, "http.timeout", false},
    Meaning{CURLE_SSL_CONNECT_ERROR, Code::connection_failed, "tls.handshake", true, true},
    Meaning{CURLE_SSL_CERTPROBLEM, Code::connection_failed, "tls.handshake", true, true},
    Meaning{CURLE_PEER_FAILED_VERIFICATION, Code::connection_failed, "tls.certificate", true, true},
    Meaning{CURLE_SEND_ERROR, Code::connection_failed, "http.send", false},
    Meaning{CURLE_PARTIAL_FILE, Code::bad_response, "http.body", false},
    Meaning{CURLE_GOT_NOTHING, Code::bad_response, "http.response", false},
    Meaning{CURLE_WEIRD_SERVER_REPLY, Code::bad_response, "http.response", false},
    Meaning{CURLE_UNSUPPORTED_PROTOCOL, Code::bad_response, "http.response", false},
    Meaning{CURLE_FILESIZE_EXCEEDED, Code::too_large, "http.body", false},
};

// Sets options and remembers the first that libcurl does not take: none may be lost silently.
class Options {
 public:
  explicit Options(CURL* easy) : easy_(easy) {}
  template <class T>
  void set(CURLoption option, T value) {
    static_assert(!std::is_same_v<T, int> && !std::is_same_v<T, bool>, "libcurl reads a long");
    if (first_ == CURLE_OK) {
      first_ = curl_easy_setopt(easy_, option, value);
    }
  }
  bool all_taken() const { return first_ == CURLE_OK; }

 private:
  CURL* easy_;
  CURLcode first_ = CURLE_OK;
};

Error transport_error(Code code, std::string_view where, std::string detail) {
  return {code, std::string(where), kNoOffset, std::move(detail), {}};
}

// What was asked may have been done: a prompt leaves once for each time it was given to us.
Error not_sent_again() {
  return transport_error(Code::connection_failed, "http.send",
                         "the kept connection broke under the request, which may have arrived; it "
                         "is not sent again");
}

const Meaning* meaning_of(CURLcode code) {
  const auto* const found = std::find_if(kMeanings.begin(), kMeanings.end(),
                                         [code](const Meaning& one) { return one.curl == code; });
  return found == kMeanings.end() ? nullptr : found;
}

Result<HeaderList> appended(HeaderList list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) {
    return transport_error(Code::internal, "http", "out of memory");
  }
  static_cast<void>(list.release());  // now part of `longer`
  return HeaderList(longer);
}

// In libcurl's list "Name: value" is a header, "Name;" is one without a value, and "Name:" takes
// back a header that libcurl would add by itself.
Result<HeaderList> header_list(const std::multimap<std::string, std::string>& headers) {
  HeaderList list;
  for (const auto& [name, value] : headers) {
    CUPEL_TRY([[maybe_unused]] auto fits,
              check_request_header(name, value, "http.request.headers"));
    CUPEL_TRY(list, appended(std::move(list), value.empty() ? name + ";" : name + ": " + value));
  }
  // libcurl would wait for "100 Continue" before a large body.
  return appended(std::move(list), "Expect:");
}

template <class Act>
bool guarded(std::exception_ptr& kept, const Act& act) noexcept {
  try {
    return act();
  } catch (...) {
    kept = std::current_exception();
    return false;
  }
}

}  // namespace

struct HttpClient::State {
  State(Trust how, HttpLimits limits_in, bool http)
      : trust(how), over_http(http), limits(limits_in) {}

  Trust trust;
  bool over_http;  ///< allowed; never with a pin
  HttpLimits limits;
  std::optional<TlsPin> pin;
  std::function<UnixTime()> clock;
  HandshakeGuard guard;

  // Of the transfer under way.
  std::string host;
  bool over_tls = true;
  HeaderCollector received{};
  Response response{};
  bool repeatable = false;  ///< by its method: asking twice does what asking once does
  bool sent = false;        ///< a byte of the request may have left
  std::size_t body_size = 0;
  const BodySink* sink = nullptr;
  bool stopped = false;
  std::optional<Error> error{};
  std::exception_ptr exception{};
  std::array<char, CURL_ERROR_SIZE> curl_words{};

  EasyHandle easy;  // last, so that it goes first: it points to the rest

  void start(const Url& url, std::string_view method, const BodySink& sink_in);
  bool take_body(Bytes piece);
  bool must_not_leave_again() const { return sent && !repeatable; }
  bool may_connect(void* ssl_ctx);
  bool may_send();
  bool configure(const HttpRequest& request, curl_slist* headers);
  Result<Response> finish(CURLcode code);

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) noexcept;
  static std::size_t on_header(char* data, std::size_t size, std::size_t count,
                               void* user) noexcept;
  static CURLcode on_ssl_ctx(CURL* easy, void* ssl_ctx, void* user) noexcept;
  static int before_request(void* user, char* remote, char* local, int port,
                            int local_port) noexcept;
};

// Nothing may be thrown through libcurl's C code: what is thrown inside a callback is kept, and
// perform() throws it on.
std::size_t HttpClient::State::on_body(char* data, std::size_t size, std::size_t count,
                                       void* user) noexcept {
  auto& state = *static_cast<State*>(user);
  const bool go_on = guarded(state.exception, [&] {
    return state.take_body(as_bytes(std::string_view(data, size * count)));
  });
  // An empty piece would make 0 mean success; libcurl hands out none.
  return go_on ? size * count : size * count + 1;
}

std::size_t HttpClient::State::on_header(char* data, std::size_t size, std::size_t count,
                                         void* user) noexcept {
  auto& state = *static_cast<State*>(user);
  const bool go_on = guarded(state.exception, [&] {
    auto taken = state.received.line(std::string_view(data, size * count));
    if (!taken) {
      state.error = std::move(taken).error();
    }
    return !state.error.has_value();
  });
  return go_on ? size * count : size * count + 1;
}

CURLcode HttpClient::State::on_ssl_ctx(CURL* /*easy*/, void* ssl_ctx, void* user) noexcept {
  auto& state = *static_cast<State*>(user);
  const bool go_on = guarded(state.exception, [&] { return state.may_connect(ssl_ctx); });
  return go_on ? CURLE_OK : CURLE_ABORTED_BY_CALLBACK;
}

int HttpClient::State::before_request(void* user, char* /*remote*/, char* /*local*/, int /*port*/,
                                      int /*local_port*/) noexcept {
  auto& state = *static_cast<State*>(user);
  const bool go_on = guarded(state.exception, [&] { return state.may_send(); });
  return go_on ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

void HttpClient::State::start(const Url& url, std::string_view method, const BodySink& sink_in) {
  host = url.host;
  over_tls = url.scheme == "https";
  guard.start_transfer();
  received = {};
  response = {};
  repeatable = method == "GET";
  sent = false;
  body_size = 0;
  sink = &sink_in;
  stopped = false;
  error.reset();
  exception = nullptr;
  curl_words.fill('\0');
}

// False ends the transfer: either `error` says why, or the sink has had enough.
bool HttpClient::State::take_body(Bytes piece) {
  if (piece.size() > limits.max_body - body_size) {
    error =
        transport_error(Code::too_large, "http.body",
                        "the answer is larger than " + std::to_string(limits.max_body) + " bytes");
    return false;
  }
  body_size += piece.size();
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (sink == nullptr || !*sink || status < 200 || status > 299) {
    response.body.insert(response.body.end(), piece.begin(), piece.end());
    return true;
  }
  response.status = status;
  response.headers = received.headers();
  auto more = (*sink)(response, piece);
  if (!more) {
    error = std::move(more).error();
    return false;
  }
  stopped = !*more;
  return *more;
}

// Asked by libcurl before each handshake. When a kept connection breaks under a request, libcurl
// makes a new one to ask again. For a request that may not be repeated it ends here: whatever that
// connection had to tell, another key or an old date, must not be mistaken for "nothing was sent".
bool HttpClient::State::may_connect(void* ssl_ctx) {
  if (must_not_leave_again()) {
    error = not_sent_again();
    return false;
  }
  return guard_handshakes(ssl_ctx, guard);
}

// Asked by libcurl when a connection, new or kept, is about to carry a request. The handshake has
// already decided; this catches a libcurl that never asked our callback, and a pin that expired on
// a connection that was kept.
bool HttpClient::State::may_send() {
  if (must_not_leave_again()) {  // the other connection was a kept one, or is without TLS
    error = not_sent_again();
    return false;
  }
  if (trust == Trust::pin && !guard.approved) {
    error = transport_error(Code::connection_failed, "tls.handshake",
                            "the TLS library did not ask whether the server's key is the pinned "
                            "one; nothing was sent");
    return false;
  }
  if (trust == Trust::pin && clock() >= pin->valid_until()) {
    error = failed("tls-06", transport_error(Code::expired, "tls.pin",
                                             "the pin expired while the connection was open"));
    return false;
  }
  sent = true;
  return true;
}

bool HttpClient::State::configure(const HttpRequest& request, curl_slist* headers) {
  curl_easy_reset(easy.get());  // keeps the connection, forgets every option
  Options options(easy.get());
  options.set(CURLOPT_URL, request.url.c_str());
  options.set(CURLOPT_PROTOCOLS_STR, over_http ? "https,http" : "https");
  options.set(CURLOPT_REDIR_PROTOCOLS_STR, "https");
  options.set(CURLOPT_FOLLOWLOCATION, 0L);
  options.set(CURLOPT_PROXY, "");
  options.set(CURLOPT_NOPROXY, "*");
  options.set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  options.set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  options.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  options.set(CURLOPT_NOSIGNAL, 1L);
  options.set(CURLOPT_MAXCONNECTS, 1L);

  options.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  options.set(CURLOPT_SSL_SESSIONID_CACHE, 0L);
  options.set(CURLOPT_SSL_CTX_FUNCTION, &State::on_ssl_ctx);
  options.set(CURLOPT_SSL_CTX_DATA, static_cast<void*>(this));
  // With a pin, VERIFYPEER makes OpenSSL ask, and our callback is what it asks. The host name is
  // the pin's matter (tls-05), and so are the anchors: libcurl's bundle is not even loaded.
  options.set(CURLOPT_SSL_VERIFYPEER, trust == Trust::evidence ? 0L : 1L);
  options.set(CURLOPT_SSL_VERIFYHOST, trust == Trust::published ? 2L : 0L);
  if (trust != Trust::published) {
    options.set(CURLOPT_CAINFO, static_cast<const char*>(nullptr));
    options.set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  options.set(CURLOPT_PREREQFUNCTION, &State::before_request);
  options.set(CURLOPT_PREREQDATA, static_cast<void*>(this));

  options.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect_timeout.count()));
  options.set(CURLOPT_TIMEOUT_MS, static_cast<long>(limits.timeout.count()));
  options.set(CURLOPT_LOW_SPEED_LIMIT, limits.stalled.count() > 0 ? 1L : 0L);
  options.set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits.stalled.count()));
  options.set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limits.max_body));

  options.set(CURLOPT_HTTPHEADER, headers);
  if (request.method == "POST") {
    options.set(CURLOPT_POST, 1L);
    options.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    // A null pointer would make libcurl read the body from standard input.
    options.set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
  } else {
    options.set(CURLOPT_HTTPGET, 1L);
  }
  options.set(CURLOPT_WRITEFUNCTION, &State::on_body);
  options.set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  options.set(CURLOPT_HEADERFUNCTION, &State::on_header);
  options.set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  options.set(CURLOPT_ERRORBUFFER, curl_words.data());
  return options.all_taken();
}

Result<Response> HttpClient::State::finish(CURLcode code) {
  for (const std::exception_ptr& thrown : {exception, guard.exception}) {
    if (thrown) {
      std::rethrow_exception(thrown);
    }
  }
  const Meaning* meaning = meaning_of(code);
  if (must_not_leave_again() && (guard.refusal || (meaning != nullptr && meaning->connecting))) {
    return not_sent_again();
  }
  if (guard.refusal) {
    return *std::move(guard.refusal);
  }
  if (error) {
    return *std::move(error);
  }
  if (code == CURLE_OK || stopped) {
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    response.status = status;
    response.headers = received.headers();
    // libcurl takes a cut TCP connection for an end. "A client that receives an incomplete response
    // message ... MUST record the message as incomplete" (RFC 9112, 8): over TLS, the end is said.
    if (!stopped && over_tls && !guard.goodbye && !received.frames_body(status)) {
      return transport_error(Code::bad_response, "http.body",
                             "the connection ended without close_notify: the answer may be cut");
    }
    return std::move(response);
  }
  if (guard.version_refused) {
    return failed("tls-07", transport_error(Code::connection_failed, "tls.version",
                                            "the server does not speak TLS 1.2 or 1.3"));
  }
  if (meaning != nullptr) {
    const bool own_words = meaning->explain && curl_words.front() != '\0';
    return transport_error(meaning->code, meaning->where,
                           own_words ? curl_words.data() : curl_easy_strerror(code));
  }
  if (received.complete()) {
    return transport_error(Code::bad_response, "http.body", curl_easy_strerror(code));
  }
  return transport_error(Code::connection_failed, "http.transfer", curl_easy_strerror(code));
}

HttpClient::HttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<HttpClient> HttpClient::create(Trust trust, HttpLimits limits, bool over_http) {
  // For libcurl a timeout of 0 is "never".
  if (limits.connect_timeout.count() <= 0 || limits.timeout.count() <= 0) {
    return transport_error(Code::invalid_argument, "http.timeout", "a timeout must be positive");
  }
  auto state = std::make_unique<State>(trust, limits, over_http);
  state->guard.leave_to_library = trust != Trust::pin;
  if (!curl_is_ready()) {
    return transport_error(Code::internal, "http", "libcurl could not be initialised");
  }
  state->easy.reset(curl_easy_init());
  if (!state->easy) {
    return transport_error(Code::internal, "http", "libcurl gave no handle");
  }
  return HttpClient(std::move(state));
}

Result<HttpClient> HttpClient::pinned(TlsPin pin, std::function<UnixTime()> clock,
                                      HttpLimits limits) {
  CUPEL_TRY(HttpClient client, create(Trust::pin, limits));
  State& state = *client.state_;  // stays where it is when the client is moved
  state.pin = std::move(pin);
  state.clock = std::move(clock);
  state.guard.decide = [&state](std::span<const ByteVector> chain) {
    return state.pin->check(chain, state.host, state.clock());
  };
  return client;
}

Result<HttpClient> HttpClient::for_evidence(HttpLimits limits, bool over_http) {
  return create(Trust::evidence, limits, over_http);
}

Result<HttpClient> HttpClient::for_published_files(HttpLimits limits) {
  return create(Trust::published, limits, true);
}

Result<Response> HttpClient::perform(const HttpRequest& request, const BodySink& sink) {
  State& state = *state_;
  CUPEL_TRY(const Url url, state.over_http ? parse_url(request.url, "http.request.url")
                                           : parse_https_url(request.url, "http.request.url"));
  if (request.method != "GET" && request.method != "POST") {
    return transport_error(Code::invalid_argument, "http.request.method", "only GET and POST");
  }
  CUPEL_TRY(const HeaderList headers, header_list(request.headers));

  state.start(url, request.method, sink);
  HttpRequest canonical = request;
  canonical.url = url.text();  // what was judged is what is connected to
  if (!state.configure(canonical, headers.get())) {
    return transport_error(Code::internal, "http",
                           "this libcurl does not take an option that security needs");
  }
  Result<Response> result = state.finish(curl_easy_perform(state.easy.get()));
  curl_easy_reset(state.easy.get());  // no pointer into this call's data stays behind
  return result;
}

}  // namespace cupel

// AttestedSession: evidence, verdict, pin, and only then a request.
#pragma once

#include <chrono>
#include <cstdint>
#include <cupel/collateral.hpp>
#include <cupel/policy.hpp>
#include <cupel/result.hpp>
#include <cupel/trust.hpp>
#include <cupel/verdict.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cupel {

/// Whether a nonce is sent with the request for evidence.
enum class Freshness : std::uint8_t {
  /// Send a nonce; the evidence must carry it. A static document is refused.
  required,
  /// Send a nonce; evidence without one is judged by the policy alone, and the verdict says that
  /// freshness was not proved. A policy that binds a nonce still demands it.
  if_supported,
};

struct SessionOptions {
  std::string api_url;  ///< "https://host[:port]": where requests go
  /// Where evidence is served; empty: same as api_url. https, or http where `evidence` is
  /// "blindai", whose servers have no TLS there.
  std::string attestation_url = {};
  std::string service = "blindllama";  ///< see services()
  std::string evidence = "document";   ///< how evidence is asked for; see evidence_protocols()
  std::string model = {};              ///< for services that want a model's name; empty: not sent
  Policy policy = {};
  TrustAnchors anchors = TrustAnchors({});
  Endorsements endorsements = {};
  Revocation revocation = Revocation::if_available;
  Freshness freshness = Freshness::if_supported;
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds timeout{120'000};             ///< of one whole request
  std::chrono::milliseconds attestation_timeout{20'000};  ///< of one whole evidence fetch
  /// An attestation older than this is made again before the next request, whatever its dates say:
  /// a machine can be changed after it was judged.
  std::chrono::seconds max_age{3600};
  std::map<std::string, std::string> headers = {};  ///< sent with every API request
  /// The clock. Empty: the system's. Tests and auditors may bring their own.
  std::function<UnixTime()> clock = {};
  /// Called with every verdict, accepted or not: an audit log's place to listen.
  std::function<void(const Verdict&)> on_verdict = {};
};

/// Services this build can talk to.
std::vector<std::string_view> services();

/// Ways of asking for evidence: "document", "nitro", "aci", "maa", …
std::vector<std::string_view> evidence_protocols();

/// Evidence fetched and judged; no API request has been made.
struct Attestation {
  Verdict verdict;
  std::optional<TlsPin> pin;  ///< set exactly when accepted and the policy binds a TLS key
  ByteVector evidence;        ///< as received
  UnixTime valid_until;       ///< the earliest of the verdict's end, the pin's, and `max_age`
};

/// Fetches evidence from the service and judges it. A verdict that refuses is a value, not an
/// Error. Errors: connection_failed, bad_response, too_large, and whatever parse and verify give.
Result<Attestation> attest(const SessionOptions& options);

struct Response {
  long status = 0;
  std::multimap<std::string, std::string> headers;  ///< names in lower case
  ByteVector body;
};

/// A session whose every connection is pinned inside the TLS handshake. Movable, not copyable; one
/// thread at a time.
class AttestedSession {
 public:
  /// Attests and keeps the pin. Errors: as attest(), `refused` when the policy says no (see
  /// `on_verdict` for the verdict), bad_policy when the policy binds no TLS key.
  static Result<AttestedSession> connect(SessionOptions options);

  ~AttestedSession();
  AttestedSession(AttestedSession&&) noexcept;
  AttestedSession& operator=(AttestedSession&&) noexcept;

  /// `path` starts with "/". Errors: pin_mismatch, expired, refused, connection_failed,
  /// bad_response (redirect to another origin included), too_large.
  Result<Response> get(std::string_view path);
  Result<Response> post(std::string_view path, std::string_view json_body);

  /// POSTs and hands each server-sent event's data to `on_event` until it returns false, the stream
  /// ends, or "[DONE]" arrives.
  Result<Unit> stream(std::string_view path, std::string_view json_body,
                      const std::function<bool(std::string_view data)>& on_event);

  /// One completion over the service's own API; the text of the answer.
  Result<std::string> complete(std::string_view prompt, unsigned max_tokens = 64);
  /// The same, handed over piece by piece as it is made.
  Result<Unit> complete_stream(std::string_view prompt, unsigned max_tokens,
                               const std::function<bool(std::string_view text)>& on_text);

  const Verdict& verdict() const noexcept;
  const TlsPin& pin() const noexcept;

 private:
  struct State;
  explicit AttestedSession(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Reads a policy from files, as load_policy(). Errors: also invalid_argument for a path that
/// cannot be read.
Result<Policy> load_policy_files(const std::vector<std::string>& paths);
Result<Policy> load_policy_file(const std::string& path);

/// The system clock.
UnixTime system_now();

/// 32 random bytes from the system.
ByteVector random_nonce();

}  // namespace cupel

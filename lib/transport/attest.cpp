// attest(): fetch evidence, authenticate it, judge it.
#include "transport/attest.hpp"

#include <algorithm>
#include <array>
#include <cupel/evidence.hpp>

#include "base/hex.hpp"
#include "crypto/digest.hpp"
#include "transport/http.hpp"
#include "transport/http_headers.hpp"

namespace cupel {
namespace {

// Evidence is small and quick; a server that dribbles it is not waited for.
constexpr std::chrono::seconds kStalledEvidence{10};

Error bad_option(std::string where, std::string detail) {
  return {Code::invalid_argument, std::move(where), kNoOffset, std::move(detail), {}};
}

const ByteVector* bytes_of(const Claims& claims, std::string_view name) {
  const Claim* claim = claims.find(name);
  return claim != nullptr ? std::get_if<ByteVector>(&claim->value) : nullptr;
}

constexpr std::size_t kKeyDigestSize = 32;

// What the bound data hold on both sides of the TLS key, when they are the very field in which the
// alternative finds that key.
struct BesideKey {
  Bytes before;
  Bytes after;
};

std::optional<BesideKey> beside_key(const Alternative& alternative, const Claims& claims) {
  const ByteVector* bound = bytes_of(claims, "common.bound_data");
  const ByteVector* field =
      alternative.tls_key ? bytes_of(claims, alternative.tls_key->claim) : nullptr;
  if (bound == nullptr || field == nullptr || !crypto::equal(*field, *bound)) {
    return std::nullopt;
  }
  const std::size_t offset = alternative.tls_key->offset;
  if (field->size() < kKeyDigestSize || offset > field->size() - kKeyDigestSize) {
    return std::nullopt;
  }
  const Bytes whole(*field);
  return BesideKey{whole.first(offset), whole.subspan(offset + kKeyDigestSize)};
}

bool all_zero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

// Whether this alternative accounts for the bound data without a nonce. Whatever stands beside the
// key and is not nothing may be another's nonce.
bool does_without_nonce(const Alternative& alternative, const Claims& claims) {
  if (alternative.nonce) {
    return false;
  }
  const ByteVector* bound = bytes_of(claims, "common.bound_data");
  if (bound == nullptr || bound->empty()) {
    return true;
  }
  const auto beside = beside_key(alternative, claims);
  return beside && all_zero(beside->before) && all_zero(beside->after);
}

// The policy, with the place of the nonce named wherever the field of the TLS key is that key and
// the nonce that was sent, and nothing else.
Policy with_nonce_beside_key(Policy policy, const Claims& claims, const ByteVector& nonce) {
  for (Alternative& alternative : policy.accept) {
    const auto beside = alternative.nonce ? std::nullopt : beside_key(alternative, claims);
    if (!beside) {
      continue;
    }
    const std::string& claim = alternative.tls_key->claim;
    if (beside->before.empty() && crypto::equal(beside->after, nonce)) {
      alternative.nonce = NonceBinding{claim, alternative.tls_key->offset + kKeyDigestSize};
    } else if (beside->after.empty() && crypto::equal(beside->before, nonce)) {
      alternative.nonce = NonceBinding{claim, 0};
    }
  }
  return policy;
}

// The alternatives for this family that demand no nonce, under the names they have in the policy.
Policy without_nonce(const Policy& policy, const Claims& claims) {
  Policy out{policy.name, policy.source, {}};
  for (std::size_t i = 0; i < policy.accept.size(); ++i) {
    Alternative alternative = policy.accept[i];
    if (alternative.family == claims.family() && does_without_nonce(alternative, claims)) {
      if (alternative.label.empty()) {
        alternative.label = "accept[" + std::to_string(i) + "]";
      }
      out.accept.push_back(std::move(alternative));
    }
  }
  return out;
}

std::size_t alternatives_for(const Policy& policy, const std::string& family) {
  std::size_t count = 0;
  for (const Alternative& alternative : policy.accept) {
    count += alternative.family == family ? 1U : 0U;
  }
  return count;
}

Result<ByteVector> fetch(HttpClient& http, const Url& url) {
  HttpRequest request{.method = "GET", .url = url.text()};
  request.headers.emplace("Accept", "application/json, */*");
  CUPEL_TRY(Response response, http.perform(request));
  if (response.status >= 300 && response.status <= 399) {
    // As in session.cpp, but there is no origin of which a redirect could be taken.
    return Error{Code::bad_response, "tls.redirect", kNoOffset,
                 "the request for evidence was answered with a redirect", "tls-08"};
  }
  if (response.status != 200) {
    return Error{
        Code::bad_response, "attestation.status", kNoOffset,
        "the request for evidence was answered with HTTP " + std::to_string(response.status)};
  }
  return std::move(response.body);
}

Result<EvidenceAnswer> fetch_evidence(const SessionOptions& options, const Endpoints& endpoints,
                                      const ByteVector& nonce) {
  CUPEL_TRY(HttpClient http, HttpClient::for_evidence({.connect_timeout = options.connect_timeout,
                                                       .timeout = options.attestation_timeout,
                                                       .stalled = kStalledEvidence,
                                                       .max_body = endpoints.protocol->max_size},
                                                      endpoints.evidence.front().scheme == "http"));
  std::vector<ByteVector> answers;
  for (Url url : endpoints.evidence) {
    url.query += (url.query.empty() ? "nonce=" : "&nonce=") + to_hex(nonce);
    CUPEL_TRY(ByteVector answer, fetch(http, url));
    answers.push_back(std::move(answer));
  }
  return endpoints.protocol->read(std::move(answers));
}

// Evidence proves itself, and the request for it says nothing but a nonce: where a protocol's
// servers have plain HTTP, that will do. Whoever could meddle there could meddle behind a
// certificate that nobody checks, too.
Result<Url> read_attestation_url(const std::string& text, const EvidenceProtocol& protocol) {
  constexpr std::string_view kWhere = "session.attestation_url";
  CUPEL_TRY(Url url, parse_url(text, kWhere));
  if (url.scheme == "http" && protocol.over_http) {
    return url;
  }
  auto checked = parse_https_url(text, kWhere);
  if (!checked && url.scheme == "http") {
    Error error = checked.error();
    error.detail += "; over http:// evidence is asked for by the protocol blindai alone";
    return error;
  }
  return checked;
}

// A URL with a path of its own is the document's; that needs a protocol with one document.
Result<std::vector<Url>> evidence_urls(const Url& base, const EvidenceProtocol& protocol,
                                       const Service& service) {
  const std::array<std::string_view, 1> own = {service.evidence_path};
  const std::span<const std::string_view> paths = protocol.paths.empty() ? own : protocol.paths;
  if (base.path != "/" && paths.size() != 1) {
    return bad_option("session.attestation_url",
                      "this way of asking has several addresses: name only https://host[:port]");
  }
  std::vector<Url> out;
  for (const std::string_view path : paths) {
    Url& url = out.emplace_back(base);
    if (url.path == "/") {
      url.path = path;
    }
  }
  return out;
}

}  // namespace

UnixTime now_by(const SessionOptions& options) {
  return options.clock ? options.clock() : system_now();
}

Result<Endpoints> read_endpoints(const SessionOptions& options) {
  const Service* service = find_service(options.service);
  if (service == nullptr) {
    return bad_option("session.service",
                      "no service is called '" + options.service.substr(0, 40) + "'");
  }
  const EvidenceProtocol* protocol = find_evidence_protocol(options.evidence);
  if (protocol == nullptr) {
    return bad_option("session.evidence",
                      "no way of asking is called '" + options.evidence.substr(0, 40) + "'");
  }
  if (options.max_age.count() <= 0) {
    return bad_option("session.max_age", "an attestation must be good for some time");
  }
  CUPEL_TRY(Url api, parse_https_url(options.api_url, "session.api_url"));
  if (api.path != "/" || !api.query.empty()) {
    return bad_option("session.api_url", "an origin is meant: https://host[:port], without a path");
  }
  Url base = api;
  if (!options.attestation_url.empty()) {
    CUPEL_TRY(base, read_attestation_url(options.attestation_url, *protocol));
  }
  CUPEL_TRY(std::vector<Url> evidence, evidence_urls(base, *protocol, *service));
  for (const auto& [name, value] : options.headers) {
    CUPEL_TRY([[maybe_unused]] auto fits, check_request_header(name, value, "session.headers"));
  }
  return Endpoints{service, protocol, std::move(api), std::move(evidence)};
}

Verdict judge_evidence(const Claims& claims, const Policy& policy, Freshness freshness,
                       const ByteVector& nonce, UnixTime now) {
  Verdict with_nonce =
      appraise(claims, with_nonce_beside_key(policy, claims, nonce), Challenge{now, nonce});
  if (freshness == Freshness::required || with_nonce.accepted() != nullptr) {
    return with_nonce;
  }
  const Policy rest = without_nonce(policy, claims);
  if (rest.accept.empty()) {
    return with_nonce;
  }
  Verdict by_policy_alone =
      appraise(claims, rest, Challenge{now, std::nullopt, /*nonce_unanswered=*/true});
  // When every alternative was judged, this verdict has no failed nonce check to mislead by.
  const bool all = rest.accept.size() == alternatives_for(policy, claims.family());
  return by_policy_alone.accepted() != nullptr || all ? by_policy_alone : with_nonce;
}

namespace {

UnixTime later(UnixTime time, std::chrono::seconds by) {
  return time.seconds() > kNoEnd.seconds() - by.count() ? kNoEnd
                                                        : UnixTime(time.seconds() + by.count());
}

}  // namespace

Result<Attestation> attest(const SessionOptions& options) {
  CUPEL_TRY(const Endpoints endpoints, read_endpoints(options));
  const ByteVector nonce = random_nonce();
  CUPEL_TRY(EvidenceAnswer answer, fetch_evidence(options, endpoints, nonce));
  // Asked after the fetch: a slow server must not stretch the validity of what it sends.
  const UnixTime now = now_by(options);
  CUPEL_TRY(const std::string_view family, recognise(answer.evidence));
  Endorsements endorsements = options.endorsements;
  for (const ByteVector& document : answer.endorsements) {
    CUPEL_TRY([[maybe_unused]] auto added, add_endorsement(endorsements, document));
  }
  CUPEL_TRY(const Claims claims, evaluate(family, answer.evidence, endorsements,
                                          VerifyContext{now, options.anchors, options.revocation}));
  Attestation out{judge_evidence(claims, options.policy, options.freshness, nonce, now),
                  std::nullopt, std::move(answer.evidence), kNoEnd};
  if (options.on_verdict) {
    options.on_verdict(out.verdict);
  }
  if (const Acceptance* acceptance = out.verdict.accepted()) {
    if (auto pin = acceptance->pin()) {
      out.pin = std::move(pin).value();
      out.valid_until = out.pin->valid_until();
    }
  }
  out.valid_until = std::min({out.valid_until, out.verdict.valid_until(),
                              later(out.verdict.appraised_at(), options.max_age)});
  return out;
}

}  // namespace cupel

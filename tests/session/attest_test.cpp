// Evidence: where it is fetched, how fresh it must be, how long it holds.
#include <gmock/gmock.h>

#include <set>

#include "session/fixture.hpp"

namespace cupel::test {
namespace {

class SessionAttest : public SessionTest {
 protected:
  // A CA in register 15 leaves the qualifying data to the nonce.
  void use_root_ca() {
    policy_ = ca_in_register_15();
    api_.present(issued_by(root_));
  }
  void answers_nonce_with(std::function<ByteVector(const ByteVector&)> extra_data) {
    evidence_.handle([this, extra_data](const Request& request) {
      return answer(
          200, std::string(as_text(tpm_.evidence({.extra_data = extra_data(nonce_of(request)),
                                                  .root_ca_pem = pem_of(root_.certificate)}))));
    });
  }

  Ca root_ = Ca::make("service root");
};

TEST_F(SessionAttest, AsksForTheServicesDocumentWithANewNonceEachTime) {
  std::set<ByteVector> nonces;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(attest(options()).ok());
  }
  for (const Request& request : evidence_.requests()) {
    EXPECT_EQ(request.method(), "GET");
    EXPECT_TRUE(request.target().starts_with("/attestation.json?nonce="));
    EXPECT_EQ(nonce_of(request).size(), 32U);
    nonces.insert(nonce_of(request));
    EXPECT_EQ(request.head.find(kApiKey), std::string::npos);
  }
  EXPECT_EQ(nonces.size(), 3U);
}

TEST_F(SessionAttest, AsksTheServiceItselfWithoutAnAttestationUrl) {
  const ByteVector document = tpm_.evidence({.extra_data = server_.spki_sha256()});
  api_.handle([document](const Request& request) {
    return answer(200, request.method() == "GET" ? std::string(as_text(document)) : "{}");
  });
  SessionOptions one = options();
  one.attestation_url.clear();
  auto session = AttestedSession::connect(one);
  ASSERT_TRUE(session.ok()) << to_string(session.error());
  EXPECT_TRUE(ask(*session).ok());
  EXPECT_EQ(evidence_.connections(), 0);
}

TEST_F(SessionAttest, AsksForTheDocumentThatTheUrlNames) {
  SessionOptions named = options();
  named.attestation_url = evidence_.url() + "/some/doc?vm=1";
  ASSERT_TRUE(attest(named).ok());
  EXPECT_TRUE(evidence_.requests()[0].target().starts_with("/some/doc?vm=1&nonce="));
}

TEST_F(SessionAttest, AsksInTheWayThatTheProtocolNames) {
  SessionOptions asked = options();
  for (const auto& [protocol, path] : {std::pair{"document", "/attestation.json"},
                                       {"nitro", "/enclave/attestation"},
                                       {"aci", "/attest/combined"},
                                       {"maa", "/attest/maa"}}) {
    asked.evidence = protocol;
    (void)attest(asked);  // the forged document is no answer of most of them
    const std::string target = evidence_.requests().back().target();
    EXPECT_EQ(target.substr(0, target.find('?')), path);
    EXPECT_EQ(nonce_of(evidence_.requests().back()).size(), 32U) << protocol;
  }
}

TEST_F(SessionAttest, RefusesADocumentThatIsTooLargeForItsProtocol) {
  evidence_.handle([](const Request&) { return answer(200, std::string(40'000, 'A')); });
  SessionOptions asked = options();
  asked.evidence = "nitro";
  const auto refused = attest(asked);
  ASSERT_FALSE(refused.ok());
  expect_error(refused.error(), Code::too_large, "http.body");
}

TEST_F(SessionAttest, RefusesAWayOfAskingThatNobodyKnows) {
  SessionOptions asked = options();
  asked.evidence = "carrier pigeon";
  const auto refused = attest(asked);
  ASSERT_FALSE(refused.ok());
  expect_error(refused.error(), Code::invalid_argument, "session.evidence");
  EXPECT_EQ(fetches(), 0U);
}

TEST_F(SessionAttest, ReturnsARefusalAsAVerdict) {
  says({.extra_data = server_.spki_sha256(), .boot_hash = ByteVector(32, 1)});
  const auto result = attest(options());
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->verdict.accepted(), nullptr);
  EXPECT_FALSE(result->pin.has_value());
  EXPECT_FALSE(result->evidence.empty());
  EXPECT_EQ(verdicts_, 1);
  expect_refused(connect(), Code::refused, "session.verdict", "policy-03");
  EXPECT_EQ(verdicts_, 2);
  EXPECT_EQ(api_.connections(), 0);
}

TEST_F(SessionAttest, AttestsAgainWhenTheEvidenceRunsOut) {
  tpm_ = ForgedTpm(kNow + 100);
  says({.extra_data = server_.spki_sha256()});
  auto session = connect();
  ASSERT_TRUE(ask(*session).ok());
  now_ = kNow + 99;
  ASSERT_TRUE(ask(*session).ok());
  EXPECT_EQ(fetches(), 1U);
  EXPECT_EQ(api_.connections(), 1);
  const std::size_t before = api_.bytes();
  now_ = kNow + 100;  // still accepted by the certificate's own date, but not for use
  expect_refused(ask(*session), Code::expired, "session.valid_until", "tls-10");
  EXPECT_EQ(fetches(), 2U);
  now_ = kNow + 101;
  expect_refused(ask(*session), Code::expired, "tpm.ak_certificate", "tpm-04");
  EXPECT_EQ(api_.bytes(), before);
}

TEST_F(SessionAttest, ChangesToNewEvidenceAndANewConnection) {
  policy_.accept[0].expires = UnixTime(kNow + 1000);
  says({.extra_data = server_.spki_sha256()});
  const ForgedTpm short_lived(kNow + 100);
  const std::string first(as_text(short_lived.evidence({.extra_data = server_.spki_sha256()})));
  const std::string second(as_text(tpm_.evidence({.extra_data = server_.spki_sha256()})));
  int count = 0;
  evidence_.handle([&](const Request&) { return answer(200, count++ == 0 ? first : second); });
  SessionOptions both = options();
  const TrustAnchors more = short_lived.anchors();
  for (const NamedDer& named : more.certificates()) {
    both.anchors.add_certificates("short", named.der).value();
  }
  auto session = AttestedSession::connect(both);
  ASSERT_TRUE(session.ok());
  ASSERT_TRUE(ask(*session).ok());
  now_ = kNow + 100;
  ASSERT_TRUE(ask(*session).ok());
  EXPECT_EQ(fetches(), 2U);
  EXPECT_EQ(api_.connections(), 2);
  EXPECT_EQ(verdicts_, 2);
  // The policy's own end is kept, too.
  now_ = kNow + 2000;
  const auto late = ask(*session);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, Code::refused);
}

TEST_F(SessionAttest, AttestsAgainWhenTheAttestationIsTooOld) {
  SessionOptions short_lived = options();
  short_lived.max_age = std::chrono::seconds(60);
  auto session = AttestedSession::connect(short_lived);
  ASSERT_TRUE(session.ok());
  now_ = kNow + 59;
  ASSERT_TRUE(ask(*session).ok());
  EXPECT_EQ(fetches(), 1U);
  now_ = kNow + 60;
  ASSERT_TRUE(ask(*session).ok());
  EXPECT_EQ(fetches(), 2U);
}

TEST_F(SessionAttest, RefusesAnAttestationThatWouldBeGoodForNoTime) {
  for (const std::int64_t seconds : {std::int64_t{0}, std::int64_t{-1}}) {
    SessionOptions never = options();
    never.max_age = std::chrono::seconds(seconds);
    expect_refused(AttestedSession::connect(never), Code::invalid_argument, "session.max_age");
    EXPECT_EQ(fetches(), 0U);
  }
  SessionOptions always = options();
  always.max_age = std::chrono::seconds::max();
  EXPECT_TRUE(AttestedSession::connect(always).ok());
}

TEST_F(SessionAttest, AttestsAgainWhenTheClockWasSetBack) {
  auto session = connect();
  ASSERT_TRUE(ask(*session).ok());
  now_ = kNow - 100;
  ASSERT_TRUE(ask(*session).ok());
  EXPECT_EQ(fetches(), 2U);
}

TEST_F(SessionAttest, RefusesAPolicyThatBindsNoKeyBeforeAnythingIsSent) {
  policy_.accept[0].tls_key.reset();
  expect_refused(connect(), Code::bad_policy, "policy.bind.tls_key");
  policy_.accept.clear();
  expect_refused(connect(), Code::bad_policy, "policy.accept");
  EXPECT_EQ(evidence_.connections(), 0);
  EXPECT_EQ(api_.connections(), 0);
}

TEST_F(SessionAttest, AppraisesAPolicyThatBindsNoKey) {
  use_root_ca();
  policy_.accept[0].tls_key.reset();
  answers_nonce_with([](const ByteVector& nonce) { return nonce; });
  const auto result = attest(options());
  ASSERT_TRUE(result.ok());
  EXPECT_NE(result->verdict.accepted(), nullptr);
  EXPECT_FALSE(result->pin.has_value());
}

TEST_F(SessionAttest, RefusesAddressesThatAreNoHttpsOrigin) {
  SessionOptions bad = options();
  bad.api_url = "http://localhost:" + std::to_string(api_.port());
  expect_refused(AttestedSession::connect(bad), Code::invalid_argument, "session.api_url",
                 "tls-09");
  for (const std::string& url : {api_.url() + "/v1", api_.url() + "/?q", std::string("localhost"),
                                 std::string("https://u:p@localhost/"), std::string()}) {
    bad.api_url = url;
    expect_refused(AttestedSession::connect(bad), Code::invalid_argument, "session.api_url");
  }
  bad = options();
  bad.attestation_url = "http://localhost:" + std::to_string(evidence_.port());
  expect_refused(AttestedSession::connect(bad), Code::invalid_argument, "session.attestation_url",
                 "tls-09");
  EXPECT_EQ(evidence_.connections(), 0);
}

TEST_F(SessionAttest, RefusesOptionsThatCannotBeMeant) {
  SessionOptions bad = options();
  bad.service = "no-such-service";
  expect_refused(AttestedSession::connect(bad), Code::invalid_argument, "session.service");
  bad = options();
  bad.headers["X-Key"] = std::string(kApiKey) + "\r\nX-Injected: 1";
  expect_refused(AttestedSession::connect(bad), Code::invalid_argument, "session.headers");
  bad = options();
  bad.headers["Host"] = "elsewhere";
  expect_refused(AttestedSession::connect(bad), Code::invalid_argument, "session.headers");
  bad = options();
  bad.timeout = std::chrono::milliseconds(0);
  expect_refused(AttestedSession::connect(bad), Code::invalid_argument, "http.timeout");
  bad = options();
  bad.attestation_timeout = std::chrono::milliseconds(-1);
  expect_refused(AttestedSession::connect(bad), Code::invalid_argument, "http.timeout");
  EXPECT_EQ(api_.connections(), 0);
}

TEST_F(SessionAttest, RefusesAnswersThatAreNoEvidence) {
  evidence_.handle([](const Request&) { return answer(503, "{}"); });
  expect_refused(connect(), Code::bad_response, "attestation.status");
  evidence_.handle([](const Request&) { return answer(200, "<html></html>", "text/html"); });
  expect_refused(connect(), Code::bad_encoding, "evidence");
  evidence_.handle([](const Request&) { return answer(200, ""); });
  expect_refused(connect(), Code::bad_response, "evidence.answer");
  evidence_.handle([](const Request&) { return answer(204, ""); });
  expect_refused(connect(), Code::bad_response, "attestation.status");
  EXPECT_EQ(api_.connections(), 0);
}

TEST_F(SessionAttest, RefusesOversizedEvidence) {
  evidence_.handle([](const Request&) { return answer(200, std::string((1U << 20U) + 1, ' ')); });
  expect_refused(connect(), Code::too_large, "http.body");
  evidence_.handle([](const Request&) {
    return event_stream(std::vector<std::string>(300, std::string(4096, ' ')));
  });
  expect_refused(connect(), Code::too_large, "http.body");
}

TEST_F(SessionAttest, FollowsNoRedirectToEvidence) {
  TlsServer elsewhere(self_signed(), [this](const Request&) {
    return answer(200, std::string(as_text(tpm_.evidence({.extra_data = server_.spki_sha256()}))));
  });
  for (const int status : {301, 302, 303, 307, 308}) {
    evidence_.handle([&](const Request&) { return redirect(status, elsewhere.url() + "/a"); });
    expect_refused(connect(), Code::bad_response, "tls.redirect", "tls-08");
    evidence_.handle([&](const Request&) { return redirect(status, "/other.json"); });
    expect_refused(connect(), Code::bad_response, "tls.redirect", "tls-08");
  }
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST_F(SessionAttest, PassesOnWhatAListenerThrows) {
  SessionOptions throwing = options();
  throwing.on_verdict = [](const Verdict&) { throw std::runtime_error("listener"); };
  EXPECT_THROW(static_cast<void>(AttestedSession::connect(throwing).ok()), std::runtime_error);
}

}  // namespace
}  // namespace cupel::test

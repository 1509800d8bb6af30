// The pin is decided inside the handshake: with the wrong server not one byte of a request leaves.
#include <gmock/gmock.h>

#include "session/fixture.hpp"
#include "transport/http.hpp"

namespace cupel::test {
namespace {

class SessionPin : public SessionTest {
 protected:
  void use_certificate_pin() {
    policy_ = key_in_extra_data(TlsBinding::Form::certificate_sha256);
    says({.extra_data = server_.leaf_sha256()});
  }
  void use_root_ca_pin(const std::string& names = kLoopbackNames) {
    policy_ = ca_in_register_15();
    says({.root_ca_pem = pem_of(root_.certificate)});
    api_.present(issued_by(root_, names));
  }
  void expect_nothing_was_sent(const TlsServer& server) const {
    EXPECT_EQ(server.bytes(), 0U);
    EXPECT_TRUE(server.requests().empty());
    EXPECT_EQ(server.handshakes(), 0);  // the client broke off before the handshake was over
  }

  Ca root_ = Ca::make("service root");
};

TEST_F(SessionPin, AcceptsTheAttestedKey) {
  auto session = connect();
  ASSERT_TRUE(session.ok()) << to_string(session.error());
  EXPECT_EQ(session->pin().kind(), TlsPin::Kind::spki_sha256);
  EXPECT_NE(session->verdict().accepted(), nullptr);
  const auto response = ask(*session);
  ASSERT_TRUE(response.ok()) << to_string(response.error());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(as_text(response->body), R"({"ok":true})");
  EXPECT_EQ(response->headers.find("content-type")->second, "application/json");
  const auto requests = api_.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].method(), "POST");
  EXPECT_EQ(requests[0].target(), "/v1/completions");
  EXPECT_NE(requests[0].head.find(kApiKey), std::string::npos);
  EXPECT_NE(requests[0].body.find(kPrompt), std::string::npos);
}

TEST_F(SessionPin, AcceptsTheAttestedCertificate) {
  use_certificate_pin();
  auto session = connect();
  ASSERT_TRUE(session.ok()) << to_string(session.error());
  EXPECT_TRUE(ask(*session).ok());
}

TEST_F(SessionPin, AcceptsAServerUnderTheAttestedCa) {
  use_root_ca_pin();
  auto session = connect();
  ASSERT_TRUE(session.ok()) << to_string(session.error());
  EXPECT_EQ(session->pin().kind(), TlsPin::Kind::root_ca);
  EXPECT_TRUE(ask(*session).ok());
  EXPECT_EQ(fetches(), 1U);
}

TEST_F(SessionPin, RefusesAnotherKeyAfterOneNewAttestation) {
  api_.present(other_);
  auto session = connect();
  ASSERT_TRUE(session.ok());
  expect_refused(ask(*session), Code::pin_mismatch, "tls.key", "tls-02");
  expect_nothing_was_sent(api_);
  EXPECT_EQ(fetches(), 2U);
  EXPECT_EQ(api_.connections(), 2);
}

TEST_F(SessionPin, RefusesAnotherCertificateOfTheSameKey) {
  use_certificate_pin();
  api_.present({server_.key, {make_certificate({}, server_.key)}});
  auto session = connect();
  ASSERT_TRUE(session.ok());
  expect_refused(ask(*session), Code::pin_mismatch, "tls.certificate", "tls-03");
  expect_nothing_was_sent(api_);
}

TEST_F(SessionPin, RefusesAServerUnderAnotherCa) {
  use_root_ca_pin();
  api_.present(issued_by(Ca::make("service root")));
  auto session = connect();
  ASSERT_TRUE(session.ok());
  expect_refused(ask(*session), Code::pin_mismatch, "tls.certificate", "tls-04");
  expect_nothing_was_sent(api_);
}

TEST_F(SessionPin, RefusesAServerForAnotherHost) {
  use_root_ca_pin("DNS:other.example");
  auto session = connect();
  ASSERT_TRUE(session.ok());
  expect_refused(ask(*session), Code::pin_mismatch, "tls.host", "tls-05");
  expect_nothing_was_sent(api_);
}

TEST_F(SessionPin, RefusesAnExpiredServerCertificateWithoutRetry) {
  use_root_ca_pin();
  api_.present(issued_by(root_, kLoopbackNames, {.not_after = kNow - 1}));
  auto session = connect();
  ASSERT_TRUE(session.ok());
  expect_refused(ask(*session), Code::expired, "tls.certificate", "tls-04");
  expect_nothing_was_sent(api_);
  EXPECT_EQ(fetches(), 1U);
  EXPECT_EQ(api_.connections(), 1);
}

TEST_F(SessionPin, HoldsForEveryVerb) {
  api_.present(other_);
  auto session = connect();
  ASSERT_TRUE(session.ok());
  const auto on_text = [](std::string_view) { return true; };
  expect_refused(session->get("/v1/models"), Code::pin_mismatch, "tls.key", "tls-02");
  expect_refused(session->post("/v1/completions", kPrompt), Code::pin_mismatch, "tls.key",
                 "tls-02");
  expect_refused(session->stream("/v1/completions", kPrompt, on_text), Code::pin_mismatch,
                 "tls.key", "tls-02");
  expect_refused(session->complete(kPrompt), Code::pin_mismatch, "tls.key", "tls-02");
  expect_refused(session->complete_stream(kPrompt, 8, on_text), Code::pin_mismatch, "tls.key",
                 "tls-02");
  expect_nothing_was_sent(api_);
}

TEST_F(SessionPin, HoldsOnTls12) {
  TlsServer old(other_, [](const Request&) { return answer(200, ""); },
                {TLS1_2_VERSION, TLS1_2_VERSION});
  SessionOptions to_old = options();
  to_old.api_url = old.url();
  auto session = AttestedSession::connect(to_old);
  ASSERT_TRUE(session.ok());
  expect_refused(ask(*session), Code::pin_mismatch, "tls.key", "tls-02");
  expect_nothing_was_sent(old);
  old.present(server_);
  EXPECT_TRUE(ask(*session).ok());
}

TEST_F(SessionPin, RefusesAKeySwappedBetweenTwoRequests) {
  api_.handle([](const Request&) {
    // Said, so that the client does not send on a connection that is about to end.
    Reply reply = answer(200, "{}", "application/json", "Connection: close\r\n");
    reply.close = true;
    return reply;
  });
  auto session = connect();
  ASSERT_TRUE(ask(*session).ok());
  const std::size_t before = api_.bytes();
  api_.present(other_);
  expect_refused(ask(*session), Code::pin_mismatch, "tls.key", "tls-02");
  EXPECT_EQ(api_.bytes(), before);
  EXPECT_EQ(api_.requests().size(), 1U);
}

TEST_F(SessionPin, FollowsAKeyThatWasRotatedOnce) {
  says_in_turn({{.extra_data = server_.spki_sha256()}, {.extra_data = other_.spki_sha256()}});
  auto session = connect();
  ASSERT_TRUE(session.ok());
  const TlsPin old = session->pin();
  api_.present(other_);
  const auto response = ask(*session);
  ASSERT_TRUE(response.ok()) << to_string(response.error());
  EXPECT_EQ(fetches(), 2U);
  EXPECT_EQ(verdicts_, 2);
  EXPECT_EQ(api_.requests().size(), 1U);
  EXPECT_FALSE(session->pin() == old);
  EXPECT_TRUE(ask(*session).ok());
  EXPECT_EQ(fetches(), 2U);
}

TEST_F(SessionPin, GivesUpOnAKeyThatRotatesEveryTime) {
  api_.present_each_time([] { return self_signed("new"); });
  auto session = connect();
  ASSERT_TRUE(session.ok());
  for (std::size_t round = 1; round <= 3; ++round) {
    expect_refused(ask(*session), Code::pin_mismatch, "tls.key", "tls-02");
    EXPECT_EQ(fetches(), 1 + round);
  }
  expect_nothing_was_sent(api_);
}

TEST_F(SessionPin, SendsNothingWhenTheNewAttestationIsRefused) {
  says_in_turn({{.extra_data = server_.spki_sha256()},
                {.extra_data = other_.spki_sha256(), .boot_hash = ByteVector(32, 0x66)}});
  auto session = connect();
  ASSERT_TRUE(session.ok());
  api_.present(other_);
  expect_refused(ask(*session), Code::refused, "session.verdict", "policy-03");
  // The old pin is not taken up again, not even for the server that it fits.
  api_.present(server_);
  expect_refused(ask(*session), Code::refused, "session.verdict", "policy-03");
  expect_nothing_was_sent(api_);
  EXPECT_EQ(verdicts_, 3);
  // When the evidence is good again, so is the session.
  says({.extra_data = server_.spki_sha256()});
  EXPECT_TRUE(ask(*session).ok());
}

TEST_F(SessionPin, RefusesTheEvidenceOfAnotherTpm) {
  const ForgedTpm stranger;
  const std::string document(as_text(stranger.evidence({.extra_data = server_.spki_sha256()})));
  evidence_.handle([document](const Request&) { return answer(200, document); });
  expect_refused(connect(), Code::untrusted_chain, "tpm.ak_certificate", "tpm-04");
  EXPECT_EQ(api_.connections(), 0);
}

TEST_F(SessionPin, RefusesASilentServer) {
  SilentListener silent;
  SessionOptions to_silent = options();
  to_silent.api_url = "https://localhost:" + std::to_string(silent.port());
  auto session = AttestedSession::connect(to_silent);
  ASSERT_TRUE(session.ok());
  expect_refused(ask(*session), Code::connection_failed, "tls.handshake");
}

TEST_F(SessionPin, RefusesAnOldTlsVersion) {
  TlsServer old(server_, [](const Request&) { return answer(200, "{}"); },
                {TLS1_VERSION, TLS1_1_VERSION});
  SessionOptions to_old = options();
  to_old.api_url = old.url();
  auto session = AttestedSession::connect(to_old);
  ASSERT_TRUE(session.ok());
  expect_refused(ask(*session), Code::connection_failed, "tls.version", "tls-07");
  expect_nothing_was_sent(old);
  SessionOptions old_evidence = options();
  old_evidence.attestation_url = old.url();
  expect_refused(AttestedSession::connect(old_evidence), Code::connection_failed, "tls.version",
                 "tls-07");
  expect_nothing_was_sent(old);
}

TEST_F(SessionPin, NeverResumesATlsSession) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsServer server(server_,
                     [](const Request&) {
                       Reply reply = answer(200, "{}", "application/json", "Connection: close\r\n");
                       reply.close = true;
                       return reply;
                     },
                     {version, version});
    SessionOptions to_it = options();
    to_it.api_url = server.url();
    auto session = AttestedSession::connect(to_it);
    ASSERT_TRUE(session.ok());
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(ask(*session).ok());
    }
    EXPECT_EQ(server.handshakes(), 4);
    EXPECT_EQ(server.resumed(), 0);
  }
}

TEST_F(SessionPin, KeepsOneConnectionForManyRequests) {
  auto session = connect();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(ask(*session).ok());
  }
  EXPECT_EQ(api_.connections(), 1);
  EXPECT_EQ(fetches(), 1U);
}

// The second request of a kept connection finds it closed without an answer.
TlsServer::Handler breaks_at_the_second(std::atomic<int>& asked) {
  return [&asked](const Request&) {
    Reply broken;
    broken.close = true;
    return ++asked == 2 ? broken : answer(200, "{}");
  };
}

TEST_F(SessionPin, SendsAPromptOnceWhenAKeptConnectionBreaksUnderIt) {
  std::atomic<int> asked{0};
  api_.handle(breaks_at_the_second(asked));
  auto session = connect();
  ASSERT_TRUE(session->post("/x", "{}").ok());
  expect_refused(session->post("/x", "{}"), Code::connection_failed, "http.send");
  EXPECT_EQ(asked, 2);
  ASSERT_TRUE(session->post("/x", "{}").ok());
  EXPECT_EQ(fetches(), 1U);
}

TEST_F(SessionPin, AsksAgainWhenAKeptConnectionBreaksUnderAGet) {
  std::atomic<int> asked{0};
  api_.handle(breaks_at_the_second(asked));
  auto session = connect();
  ASSERT_TRUE(session->get("/x").ok());
  EXPECT_TRUE(session->get("/x").ok());
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(api_.handshakes(), 2);
}

TEST_F(SessionPin, RefusesAKeptConnectionWhenThePinRunsOut) {
  const ForgedTpm short_lived(kNow + 100);
  HttpClient client =
      HttpClient::pinned(spki_pin(short_lived, server_), [this] { return UnixTime(now_); }, {})
          .value();
  const HttpRequest request{.method = "GET", .url = api_.url() + "/"};
  ASSERT_TRUE(client.perform(request).ok());
  const std::size_t before = api_.bytes();
  now_ = kNow + 100;
  expect_refused(client.perform(request), Code::expired, "tls.pin", "tls-06");
  EXPECT_EQ(api_.bytes(), before);
  EXPECT_EQ(api_.connections(), 1);
}

TEST_F(SessionPin, ThrowsOnWhatTheClockThrows) {
  bool broken = false;
  SessionOptions with_clock = options();
  with_clock.clock = [&broken] {
    if (broken) {
      throw std::runtime_error("clock");
    }
    return UnixTime(kNow);
  };
  HttpClient client = HttpClient::pinned(spki_pin(tpm_, server_), with_clock.clock, {}).value();
  broken = true;
  EXPECT_THROW(static_cast<void>(client.perform({.method = "GET", .url = api_.url()}).ok()),
               std::runtime_error);
  EXPECT_EQ(api_.bytes(), 0U);
}

TEST_F(SessionPin, StaysUsableWhenMoved) {
  auto session = connect();
  ASSERT_TRUE(session.ok());
  AttestedSession moved = std::move(session).value();
  ASSERT_TRUE(ask(moved).ok());
  AttestedSession again = std::move(moved);
  ASSERT_TRUE(ask(again).ok());
  EXPECT_EQ(api_.connections(), 1);
}

}  // namespace
}  // namespace cupel::test

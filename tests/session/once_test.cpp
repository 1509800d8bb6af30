// A prompt leaves once for each time it was given: nothing that a server, a library or a new
// attestation does makes it leave again.
#include <gmock/gmock.h>

#include "session/fixture.hpp"

namespace cupel::test {
namespace {

// Every way to POST, with its outcome alone.
struct Way {
  const char* name;
  std::function<Result<Unit>(AttestedSession&)> post;
};

std::vector<Way> ways_to_post() {
  const auto done = [](const auto& result) -> Result<Unit> {
    return result.ok() ? Result<Unit>(Unit{}) : result.error();
  };
  const auto on = [](std::string_view) { return true; };
  return {
      {"post", [=](AttestedSession& s) { return done(s.post("/v1/completions", kPrompt)); }},
      {"stream", [=](AttestedSession& s) { return s.stream("/v1/completions", kPrompt, on); }},
      {"complete", [=](AttestedSession& s) { return done(s.complete(kPrompt)); }},
      {"complete_stream", [=](AttestedSession& s) { return s.complete_stream(kPrompt, 8, on); }},
  };
}

class SessionOnce : public SessionTest {
 protected:
  /// An open session whose connection to `api_` is kept.
  AttestedSession kept() {
    api_.handle([](const Request&) { return answer(200, "{}"); });
    SessionOptions with_clock = options();
    with_clock.clock = [this] { return UnixTime(kNow + later_); };
    AttestedSession session = AttestedSession::connect(with_clock).value();
    must(session.get("/warm").ok(), "a first request");
    return session;
  }
  /// The next request is read; then `meanwhile` happens, and the connection ends unanswered.
  void breaks_after_reading(std::function<void()> meanwhile, bool goodbye = true) {
    api_.handle([meanwhile = std::move(meanwhile), goodbye](const Request&) {
      meanwhile();
      return Reply{"", true, !goodbye};
    });
  }
  int prompts() const {
    int count = 0;
    for (const Request& request : api_.requests()) {
      count += request.body.find(kPrompt) != std::string::npos ? 1 : 0;
    }
    return count;
  }

  std::atomic<std::int64_t> later_{0};  // set by servers, in threads of their own
};

TEST_F(SessionOnce, IsKeptWhenTheServersKeyChangesAsTheConnectionBreaks) {
  for (const bool goodbye : {true, false}) {
    for (const Way& way : ways_to_post()) {
      SCOPED_TRACE(way.name);
      api_.present(server_);
      says({.extra_data = server_.spki_sha256()});
      AttestedSession session = kept();
      // From now on the service is another machine, and a new attestation would accept it.
      says({.extra_data = other_.spki_sha256()});
      breaks_after_reading([this] { api_.present(other_); }, goodbye);
      const int before = prompts();
      const std::size_t attested = fetches();
      expect_refused(way.post(session), Code::connection_failed, "http.send");
      EXPECT_EQ(prompts(), before + 1);
      EXPECT_EQ(fetches(), attested);
      // What is asked after that is another request: it may attest, and it leaves once as well.
      api_.handle([](const Request&) { return answer(200, "{}"); });
      EXPECT_TRUE(session.post("/v1/completions", kPrompt).ok());
      EXPECT_EQ(prompts(), before + 2);
      EXPECT_EQ(fetches(), attested + 1);
    }
  }
}

TEST_F(SessionOnce, IsKeptForEveryKindOfPin) {
  const Ca root = Ca::make("service root");
  for (const bool by_ca : {true, false}) {
    if (by_ca) {
      policy_ = ca_in_register_15();
      says({.root_ca_pem = pem_of(root.certificate)});
      api_.present(issued_by(root));
    } else {
      policy_ = key_in_extra_data(TlsBinding::Form::certificate_sha256);
      says({.extra_data = server_.leaf_sha256()});
      api_.present(server_);
    }
    AttestedSession session = kept();
    breaks_after_reading([this] { api_.present(other_); });
    const int before = prompts();
    expect_refused(ask(session), Code::connection_failed, "http.send");
    EXPECT_EQ(prompts(), before + 1);
  }
}

TEST_F(SessionOnce, IsKeptWhenTheNewConnectionWouldFailOtherwise) {
  // Each of these is an error of its own when nothing was sent. After the request has left, it
  // would be a wrong word: a caller who reads "nothing was sent" asks again.
  const Ca root = Ca::make("service root");
  const std::vector<std::function<void()>> meanwhile = {
      [&] { api_.present(issued_by(root, kLoopbackNames, {.not_after = kNow - 1})); },
      [&] { api_.present(issued_by(root, kLoopbackNames, {.not_before = kNow + 1})); },
      [&] { api_.present(issued_by(root, "DNS:other.example")); },
      [&] { later_ = 365 * kDay; },  // the pin runs out
      [&] { api_.present(self_signed("odd", "secp256k1")); },
      [&] { api_.stop_accepting(); },  // for good, so it is the last
  };
  policy_ = ca_in_register_15();
  says({.root_ca_pem = pem_of(root.certificate)});
  for (const auto& happens : meanwhile) {
    later_ = 0;
    api_.present(issued_by(root));
    AttestedSession session = kept();
    breaks_after_reading(happens);
    const int before = prompts();
    expect_refused(ask(session), Code::connection_failed, "http.send");
    EXPECT_EQ(prompts(), before + 1);
  }
}

TEST_F(SessionOnce, IsKeptWhenARedirectedRequestBreaks) {
  AttestedSession session = kept();
  says({.extra_data = other_.spki_sha256()});
  api_.handle([this](const Request& request) {
    if (request.target() == "/old") {
      return redirect(307, "/new");
    }
    api_.present(other_);
    return Reply{"", true, false};
  });
  expect_refused(session.post("/old", kPrompt), Code::connection_failed, "http.send");
  EXPECT_EQ(prompts(), 2);  // the server itself asked for the second, at the other path
  EXPECT_EQ(api_.requests().back().target(), "/new");
  EXPECT_EQ(fetches(), 1U);
}

TEST_F(SessionOnce, IsKeptWhenTheServerDemandsCredentials) {
  SessionOptions without_key = options();
  without_key.headers.clear();
  for (const char* scheme : {"Basic realm=\"x\"", "Digest realm=\"x\", nonce=\"1\", qop=\"auth\"",
                             "NTLM", "Negotiate", "Bearer"}) {
    for (const int status : {401, 407}) {
      for (const bool close : {false, true}) {
        api_.handle([&](const Request&) {
          Reply reply =
              answer(status, "{}", "application/json",
                     std::string(status == 401 ? "WWW" : "Proxy") + "-Authenticate: " + scheme +
                         "\r\n" + (close ? "Connection: close\r\n" : ""));
          reply.close = close;
          return reply;
        });
        AttestedSession session = AttestedSession::connect(without_key).value();
        const int before = prompts();
        const auto response = ask(session);
        ASSERT_TRUE(response.ok()) << scheme << ": " << to_string(response.error());
        EXPECT_EQ(response->status, status);
        EXPECT_EQ(prompts(), before + 1) << scheme;
      }
    }
  }
}

TEST_F(SessionOnce, IsKeptWhenTheServerInvitesToRepeat) {
  for (const int status : {408, 413, 417, 421, 425, 426, 429, 500, 502, 503, 504}) {
    api_.handle([status](const Request&) {
      return answer(status, "{}", "application/json",
                    "Retry-After: 0\r\nUpgrade: h2c\r\nAlt-Svc: h2=\":1\"\r\n");
    });
    AttestedSession session = connect().value();
    const int before = prompts();
    const auto response = ask(session);
    ASSERT_TRUE(response.ok()) << status << ": " << to_string(response.error());
    EXPECT_EQ(response->status, status);
    EXPECT_EQ(prompts(), before + 1) << status;
  }
}

TEST_F(SessionOnce, IsNeverAnnouncedByAnExpectation) {
  // "100-continue" is the one expectation there is, and 417 the answer that repeats a request.
  AttestedSession session = kept();
  const std::string large = std::string(3U << 20U, 'x') + kPrompt;
  for (const int status : {200, 417}) {
    api_.handle([status](const Request&) { return answer(status, "{}"); });
    const int before = prompts();
    ASSERT_EQ(session.post("/v1/completions", large).value().status, status);
    EXPECT_EQ(prompts(), before + 1);
    EXPECT_EQ(api_.requests().back().head.find("Expect"), std::string::npos);
  }
  SessionOptions expecting = options();
  expecting.headers["Expect"] = "100-continue";
  expect_refused(AttestedSession::connect(expecting), Code::invalid_argument, "session.headers");
}

TEST_F(SessionOnce, IsKeptWhenAnInterimAnswerIsAllThatComes) {
  for (const char* interim :
       {"HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 "}) {
    AttestedSession session = kept();
    api_.handle([interim](const Request&) { return Reply{interim, true, false}; });
    const int before = prompts();
    EXPECT_FALSE(ask(session).ok());
    EXPECT_EQ(prompts(), before + 1) << interim;
  }
}

TEST_F(SessionOnce, IsNotLeftToAProtocolThatRepeats) {
  // HTTP/2 may refuse a stream, and libcurl asks again then: it is not offered.
  AttestedSession session = kept();
  EXPECT_THAT(api_.offered_protocols(), testing::Each("http/1.1"));
  EXPECT_THAT(api_.offered_protocols(), testing::SizeIs(1));
}

TEST_F(SessionOnce, IsAskedAgainWhenItOnlyReads) {
  AttestedSession session = kept();
  says({.extra_data = other_.spki_sha256()});
  std::atomic<int> read{0};
  api_.handle([this, &read](const Request&) {
    if (++read == 1) {
      api_.present(other_);
      return Reply{"", true, false};
    }
    return answer(200, "{}");
  });
  EXPECT_TRUE(session.get("/v1/models").ok());
  EXPECT_EQ(read, 2);
  EXPECT_EQ(fetches(), 2U);
}

}  // namespace
}  // namespace cupel::test

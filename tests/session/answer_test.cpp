// Answers: redirects, slow, cut and oversized ones, streams, and what errors may say.
#include <gmock/gmock.h>

#include "session/fixture.hpp"

namespace cupel::test {
namespace {

using testing::ElementsAre;

class SessionAnswer : public SessionTest {
 protected:
  AttestedSession open() { return connect().value(); }
};

TEST_F(SessionAnswer, GivesEveryStatusAsAValue) {
  AttestedSession session = open();
  for (const int status : {200, 201, 400, 401, 404, 429, 500, 503}) {
    api_.handle([status](const Request&) { return answer(status, "{}"); });
    const auto response = ask(session);
    ASSERT_TRUE(response.ok()) << to_string(response.error());
    EXPECT_EQ(response->status, status);
  }
}

TEST_F(SessionAnswer, SendsHeadersOnceAndItsOwnOnlyWhereMissing) {
  SessionOptions with = options();
  with.headers["content-TYPE"] = "application/x-mine";
  with.headers["X-Empty"] = "";
  AttestedSession session = AttestedSession::connect(with).value();
  ASSERT_TRUE(ask(session).ok());
  ASSERT_TRUE(session.get("/a/b?c=d").ok());
  const auto requests = api_.requests();
  EXPECT_NE(requests[0].head.find("content-TYPE: application/x-mine\r\n"), std::string::npos);
  EXPECT_EQ(requests[0].head.find("Content-Type"), std::string::npos);
  EXPECT_NE(requests[0].head.find("X-Empty:\r\n"), std::string::npos);
  EXPECT_EQ(requests[0].head.find("Expect"), std::string::npos);
  EXPECT_EQ(requests[1].target(), "/a/b?c=d");
  EXPECT_EQ(requests[1].body, "");
}

TEST_F(SessionAnswer, SendsALargeBodyWhole) {
  AttestedSession session = open();
  const std::string body(3U << 20U, 'x');
  ASSERT_TRUE(session.post("/big", body).ok());
  EXPECT_EQ(api_.requests()[0].body, body);
}

TEST_F(SessionAnswer, SendsAnEmptyBody) {
  AttestedSession session = open();
  ASSERT_TRUE(session.post("/empty", {}).ok());
  EXPECT_EQ(api_.requests()[0].body, "");
}

TEST_F(SessionAnswer, RefusesPathsThatAreNone) {
  AttestedSession session = open();
  for (const std::string path : {"", "v1", "https://evil.example/", "@evil.example/", ":1/", "/a b",
                                 "/a\r\nX: y", "/a#b", "/\xc3\xa4"}) {
    const auto response = session.get(path);
    ASSERT_FALSE(response.ok()) << path;
    expect_error(response.error(), Code::invalid_argument, "session.path");
  }
  EXPECT_EQ(api_.bytes(), 0U);
}

TEST_F(SessionAnswer, FollowsNoRedirectToAnotherOrigin) {
  TlsServer elsewhere(server_, [](const Request&) { return answer(200, "{}"); });
  SilentListener plain;
  const std::string port = std::to_string(api_.port());
  AttestedSession session = open();
  for (const int status : {301, 302, 303, 307, 308}) {
    for (const std::string& to :
         {elsewhere.url() + "/x", elsewhere.url("127.0.0.1"), "https://127.0.0.1:" + port + "/x",
          "http://localhost:" + port + "/x", "http://localhost:" + std::to_string(plain.port()),
          "//localhost:" + std::to_string(elsewhere.port()) + "/x",
          "https://localhost.evil.example:" + port + "/", "https://user@localhost:" + port + "/",
          std::string("ftp://localhost/"), std::string("file:///etc/passwd")}) {
      api_.handle([&](const Request&) { return redirect(status, to); });
      const auto posted = ask(session);
      ASSERT_FALSE(posted.ok()) << to;
      EXPECT_EQ(posted.error().code, Code::bad_response) << to;
      EXPECT_EQ(posted.error().where, "tls.redirect") << to;
      const auto got = session.get("/a");
      ASSERT_FALSE(got.ok()) << to;
      EXPECT_EQ(got.error().where, "tls.redirect") << to;
      const auto streamed = session.stream("/a", kPrompt, [](std::string_view) { return true; });
      ASSERT_FALSE(streamed.ok()) << to;
      EXPECT_EQ(streamed.error().where, "tls.redirect") << to;
    }
  }
  EXPECT_EQ(elsewhere.connections(), 0);
  EXPECT_EQ(elsewhere.bytes(), 0U);
  EXPECT_EQ(plain.connections(), 0);
}

TEST_F(SessionAnswer, NamesTheCheckOfARefusedRedirect) {
  AttestedSession session = open();
  api_.handle([](const Request&) { return redirect(307, "https://other.example/"); });
  expect_refused(ask(session), Code::bad_response, "tls.redirect", "tls-08");
}

TEST_F(SessionAnswer, FollowsARedirectOnTheSameOrigin) {
  AttestedSession session = open();
  for (const int status : {301, 302, 303, 307, 308}) {
    api_.handle([&](const Request& request) {
      return request.target() == "/old" ? redirect(status, "new?x=1") : answer(200, "here");
    });
    EXPECT_EQ(as_text(session.get("/old").value().body), "here") << status;
    EXPECT_EQ(api_.requests().back().target(), "/new?x=1");
    const auto posted = session.post("/old", kPrompt);
    if (status == 307 || status == 308) {
      ASSERT_TRUE(posted.ok()) << status;
      EXPECT_EQ(api_.requests().back().method(), "POST");
      EXPECT_EQ(api_.requests().back().body, kPrompt);
    } else {
      ASSERT_FALSE(posted.ok()) << status;
      expect_error(posted.error(), Code::bad_response, "tls.redirect", "tls-08");
    }
  }
}

TEST_F(SessionAnswer, FollowsThreeRedirectsAndNoMore) {
  AttestedSession session = open();
  api_.handle([](const Request& request) {
    const int left = std::stoi(request.target().substr(1));
    return left == 0 ? answer(200, "end") : redirect(302, "/" + std::to_string(left - 1));
  });
  EXPECT_TRUE(session.get("/3").ok());
  expect_refused(session.get("/4"), Code::bad_response, "tls.redirect", "tls-08");
}

TEST_F(SessionAnswer, RefusesAnAmbiguousRedirect) {
  AttestedSession session = open();
  api_.handle([](const Request& request) {
    return request.target() == "/a"
               ? answer(302, "", "text/plain", "Location: /b\r\nLocation: /c\r\n")
               : answer(200, "");
  });
  expect_refused(session.get("/a"), Code::bad_response, "tls.redirect", "tls-08");
}

TEST_F(SessionAnswer, GivesUpOnASlowServer) {
  SessionOptions hasty = options();
  hasty.timeout = std::chrono::milliseconds(600);
  AttestedSession session = AttestedSession::connect(hasty).value();
  api_.handle([](const Request&) {
    Reply reply = answer(200, std::string(1000, 'x'));
    reply.pause_per_byte = std::chrono::milliseconds(20);
    return reply;
  });
  expect_refused(ask(session), Code::connection_failed, "http.timeout");
  EXPECT_EQ(api_.requests().size(), 1U);  // and does not try again
}

TEST_F(SessionAnswer, GivesUpOnSlowEvidence) {
  evidence_.handle([](const Request&) {
    Reply reply = answer(200, std::string(1000, 'x'));
    reply.pause_per_byte = std::chrono::milliseconds(20);
    return reply;
  });
  SessionOptions hasty = options();
  hasty.attestation_timeout = std::chrono::milliseconds(600);
  expect_refused(AttestedSession::connect(hasty), Code::connection_failed, "http.timeout");
}

TEST_F(SessionAnswer, RefusesAnAnswerThatWasCutOff) {
  const std::string start = "HTTP/1.1 200 OK\r\n";
  const std::vector<Reply> cut = {
      {start + "Content-Length: 100\r\n\r\n{\"ok\"", true, false},
      {start + "Content-Length: 100\r\n\r\n{\"ok\"", true, true},
      {start + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true, false},
      {start + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", true, true},
      // Its length is given by the end of the connection, and that is not said properly.
      {start + "\r\n{\"ok\"", true, true},
  };
  AttestedSession session = open();
  for (const Reply& reply : cut) {
    api_.handle([&](const Request&) { return reply; });
    const auto response = ask(session);
    ASSERT_FALSE(response.ok()) << reply.bytes;
    expect_error(response.error(), Code::bad_response, "http.body");
  }
  EXPECT_EQ(api_.requests().size(), cut.size());
}

TEST_F(SessionAnswer, AcceptsALengthGivenByAProperEnd) {
  AttestedSession session = open();
  api_.handle([](const Request&) { return Reply{"HTTP/1.1 200 OK\r\n\r\nall", true, false}; });
  const auto response = ask(session);
  ASSERT_TRUE(response.ok()) << to_string(response.error());
  EXPECT_EQ(as_text(response->body), "all");
}

TEST_F(SessionAnswer, RefusesWhatIsNoHttp) {
  AttestedSession session = open();
  for (const std::string bytes :
       {"hello world\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\nContent-Length: 0\r\n\r\n", ""}) {
    api_.handle([bytes](const Request&) { return Reply{bytes, true, false}; });
    const auto response = ask(session);
    ASSERT_FALSE(response.ok()) << bytes;
    EXPECT_EQ(response.error().code, Code::bad_response) << to_string(response.error());
  }
}

TEST_F(SessionAnswer, RefusesAnOversizedAnswer) {
  AttestedSession session = open();
  api_.handle([](const Request&) {
    return Reply{"HTTP/1.1 200 OK\r\nContent-Length: 67108865\r\n\r\nx", true, false};
  });
  expect_refused(ask(session), Code::too_large, "http.body");
  api_.handle([](const Request&) {
    return event_stream(std::vector<std::string>(65, std::string(1U << 20U, 'x')));
  });
  expect_refused(ask(session), Code::too_large, "http.body");
  api_.handle([](const Request&) {
    return answer(200, "", "text/plain",
                  "X-Long: " + std::string(90'000, 'x') + "\r\n" +
                      "Y-Long: " + std::string(90'000, 'x') + "\r\n" +
                      "Z-Long: " + std::string(90'000, 'x') + "\r\n");
  });
  expect_refused(ask(session), Code::too_large, "http.headers");
}

TEST_F(SessionAnswer, ReportsAServerThatIsGone) {
  AttestedSession session = open();
  std::string gone;
  {
    TlsServer short_lived(server_, [](const Request&) { return answer(200, "{}"); });
    gone = short_lived.url();
  }
  SessionOptions to_gone = options();
  to_gone.api_url = gone;
  AttestedSession lost = AttestedSession::connect(to_gone).value();
  expect_refused(ask(lost), Code::connection_failed, "http.connect");
  EXPECT_EQ(fetches(), 2U);  // one for each session: a lost connection is no reason to attest
}

TEST_F(SessionAnswer, AsksForACompletion) {
  AttestedSession session = open();
  api_.handle(
      [](const Request&) { return answer(200, R"({"choices":[{"index":0,"text":"cup"}]})"); });
  EXPECT_EQ(session.complete(kPrompt, 5).value(), "cup");
  EXPECT_EQ(api_.requests()[0].target(), "/v1/completions");
  EXPECT_EQ(api_.requests()[0].body,
            std::string(R"({"prompt":")") + kPrompt + R"(","max_tokens":5,"stream":false})");
}

TEST_F(SessionAnswer, AsksBlindllamaForACompletion) {
  SessionOptions triton = options();
  triton.service = "blindllama";
  AttestedSession session = AttestedSession::connect(triton).value();
  api_.handle([](const Request&) { return answer(200, R"({"text_output":" cup\n"})"); });
  EXPECT_EQ(session.complete(kPrompt).value(), "cup");
  EXPECT_EQ(api_.requests()[0].target(), "/v2/models/ensemble/generate");
  api_.handle([](const Request&) {
    return event_stream(
        {"data: {\"text_output\":\"a \"}\n\n", "data: {\"text_output\":\"cup\"}\n\n"});
  });
  std::vector<std::string> pieces;
  ASSERT_TRUE(session
                  .complete_stream(kPrompt, 5,
                                   [&](std::string_view text) {
                                     pieces.emplace_back(text);
                                     return true;
                                   })
                  .ok());
  EXPECT_THAT(pieces, ElementsAre("a ", "cup"));
  EXPECT_EQ(api_.requests()[1].target(), "/v2/models/ensemble/generate_stream");
}

TEST_F(SessionAnswer, RepeatsNothingOfAServicesError) {
  AttestedSession session = open();
  const std::string error =
      std::string(R"({"error":{"message":"bad prompt )") + kPrompt + " key " + kApiKey + "\"}}";
  const auto on_text = [](std::string_view) { return true; };
  for (const int status : {400, 401, 500}) {
    api_.handle([&](const Request&) { return answer(status, error); });
    expect_refused(session.complete(kPrompt), Code::bad_response, "service.status");
    expect_refused(session.complete_stream(kPrompt, 5, on_text), Code::bad_response,
                   "service.status");
  }
  api_.handle([&](const Request&) { return answer(200, error); });
  expect_refused(session.complete(kPrompt), Code::bad_response, "service.error");
  api_.handle([&](const Request&) { return event_stream({"data: " + error + "\n\n"}); });
  expect_refused(session.complete_stream(kPrompt, 5, on_text), Code::bad_response, "service.error");
}

class SessionStream : public SessionAnswer {
 protected:
  Result<Unit> stream(AttestedSession& session, std::size_t stop_after = 1000) {
    seen_.clear();
    return session.stream("/v1/completions", kPrompt, [this, stop_after](std::string_view data) {
      seen_.emplace_back(data);
      return seen_.size() < stop_after;
    });
  }
  void sends(const std::vector<std::string>& chunks, bool whole = true) {
    api_.handle([=](const Request&) { return event_stream(chunks, whole); });
  }
  std::vector<std::string> seen_;
};

TEST_F(SessionStream, HandsOverEventsUntilTheEndMark) {
  AttestedSession session = open();
  sends({": hi\n\ndata: o", "ne\n\ndata: two\r\n\r\n", "data: [DONE]\n\n"});
  const auto streamed = stream(session);
  ASSERT_TRUE(streamed.ok()) << to_string(streamed.error());
  EXPECT_THAT(seen_, ElementsAre("one", "two"));
  EXPECT_NE(api_.requests()[0].head.find("Accept: text/event-stream"), std::string::npos);
}

TEST_F(SessionStream, AsksForCompletionsInPieces) {
  AttestedSession session = open();
  sends({"data: {\"choices\":[{\"index\":0,\"text\":\"a\"}]}\n\n",
         "data: {\"choices\":[]}\n\ndata: {\"choices\":[{\"index\":0,\"text\":\"b\"}]}\n\n",
         "data: [DONE]\n\n"});
  std::string text;
  ASSERT_TRUE(session
                  .complete_stream(kPrompt, 5,
                                   [&](std::string_view piece) {
                                     text += piece;
                                     return true;
                                   })
                  .ok());
  EXPECT_EQ(text, "ab");
}

TEST_F(SessionStream, RefusesAStreamWithoutItsEndMark) {
  AttestedSession session = open();
  sends({"data: one\n\n"});
  expect_refused(stream(session), Code::bad_response, "sse.end");
  EXPECT_THAT(seen_, ElementsAre("one"));
}

TEST_F(SessionStream, RefusesAStreamThatEndsInsideAnEvent) {
  AttestedSession session = open();
  sends({"data: one\n\ndata: tw"});
  expect_refused(stream(session), Code::bad_response, "sse.end");
  sends({"data: [DONE]\n"});
  expect_refused(stream(session), Code::bad_response, "sse.end");
}

TEST_F(SessionStream, RefusesAStreamWhoseConnectionIsCut) {
  AttestedSession session = open();
  sends({"data: one\n\n"}, false);
  expect_refused(stream(session), Code::bad_response, "http.body");
}

TEST_F(SessionStream, RefusesACutTritonStream) {
  SessionOptions triton = options();
  triton.service = "blindllama";
  AttestedSession session = AttestedSession::connect(triton).value();
  sends({"data: one\n\n"});
  EXPECT_TRUE(stream(session).ok());
  sends({"data: one\n\n"}, false);
  expect_refused(stream(session), Code::bad_response, "http.body");
  sends({"data: one\n"});
  expect_refused(stream(session), Code::bad_response, "sse.end");
  sends({});
  expect_refused(stream(session), Code::bad_response, "sse.end");
}

TEST_F(SessionStream, RefusesAnAnswerThatIsNoEventStream) {
  AttestedSession session = open();
  api_.handle([](const Request&) { return answer(200, "data: [DONE]\n\n"); });
  expect_refused(stream(session), Code::bad_response, "sse.content_type");
  api_.handle([](const Request&) { return answer(204, "", "text/event-stream"); });
  expect_refused(stream(session), Code::bad_response, "sse.end");
  api_.handle([](const Request&) { return answer(500, "data: x\n\n", "text/event-stream"); });
  expect_refused(stream(session), Code::bad_response, "service.status");
  EXPECT_TRUE(seen_.empty());
}

TEST_F(SessionStream, RefusesALineWithoutEnd) {
  AttestedSession session = open();
  sends(std::vector<std::string>(3, std::string(1U << 20U, 'x')));
  expect_refused(stream(session), Code::too_large, "sse.line");
}

TEST_F(SessionStream, StopsWhenTheCallerHasEnough) {
  AttestedSession session = open();
  sends({"data: one\n\ndata: two\n\ndata: three\n\n", "data: [DONE]\n\n"});
  EXPECT_TRUE(stream(session, 2).ok());
  EXPECT_THAT(seen_, ElementsAre("one", "two"));
  EXPECT_TRUE(stream(session).ok());
  EXPECT_EQ(seen_.size(), 3U);
}

TEST_F(SessionStream, ThrowsOnWhatTheCallerThrows) {
  AttestedSession session = open();
  sends({"data: one\n\n", "data: [DONE]\n\n"});
  EXPECT_THROW(static_cast<void>(
                   session
                       .stream("/a", kPrompt,
                               [](std::string_view) -> bool { throw std::runtime_error("caller"); })
                       .ok()),
               std::runtime_error);
  EXPECT_TRUE(stream(session).ok());
}

}  // namespace
}  // namespace cupel::test

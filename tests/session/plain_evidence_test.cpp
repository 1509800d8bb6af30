// Evidence over plain HTTP: where it may be asked for, and what such a request carries.
#include <gmock/gmock.h>

#include <cupel/blindai.hpp>
#include <sstream>

#include "session/fixture.hpp"

namespace cupel::test {
namespace {

using testing::ElementsAre;

std::string reply(const std::string& status, const std::string& headers, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

// The names of a request's headers, as they came.
std::vector<std::string> header_names(const std::string& request) {
  std::istringstream lines(request);
  std::vector<std::string> out;
  std::string line;
  std::getline(lines, line);  // the request line
  while (std::getline(lines, line) && line != "\r") {
    out.push_back(line.substr(0, line.find(':')));
  }
  return out;
}

std::string line_of(const std::string& request) {
  return request.substr(0, request.find("\r\n"));
}

class PlainEvidence : public SessionTest {
 protected:
  SessionOptions over_http(const std::string& url) {
    SessionOptions out = options();
    out.evidence = "blindai";
    out.attestation_url = url;
    return out;
  }
  // Whoever answers, nothing may be sent to the API, and no secret to anyone.
  void expect_nothing_sent(const PlainServer& server) const {
    EXPECT_EQ(api_.connections(), 0);
    for (const std::string& request : server.requests()) {
      EXPECT_EQ(request.find(kApiKey), std::string::npos);
      EXPECT_EQ(request.find(kPrompt), std::string::npos);
    }
  }
};

TEST_F(PlainEvidence, IsAskedForWithoutAnythingOfTheCallers) {
  const PlainServer server(reply("200 OK", "", "\x44hurz"));
  SessionOptions asked = over_http(server.url());
  asked.headers["X-Tenant"] = kApiKey;
  expect_refused(AttestedSession::connect(asked), Code::bad_response, "evidence.certificate");

  const std::vector<std::string> requests = server.requests();
  ASSERT_EQ(requests.size(), 3U);
  const std::string nonce = line_of(requests[0]).substr(std::string("GET /?nonce=").size(), 64);
  EXPECT_EQ(line_of(requests[0]), "GET /?nonce=" + nonce + " HTTP/1.1");
  EXPECT_EQ(line_of(requests[1]), "GET /quote?nonce=" + nonce + " HTTP/1.1");
  EXPECT_EQ(line_of(requests[2]), "GET /collateral?nonce=" + nonce + " HTTP/1.1");
  for (const std::string& request : requests) {
    EXPECT_THAT(header_names(request), ElementsAre("Host", "Accept"));
    EXPECT_TRUE(request.ends_with("\r\n\r\n")) << "a body";
  }
  expect_nothing_sent(server);
}

TEST_F(PlainEvidence, OfTheClientForBlindAiCarriesNothingEither) {
  const PlainServer server(reply("200 OK", "", "\x44hurz"));
  expect_refused(blindai::Client::connect(over_http(server.url())), Code::bad_response,
                 "evidence.certificate");
  ASSERT_EQ(server.requests().size(), 3U);
  for (const std::string& request : server.requests()) {
    EXPECT_THAT(header_names(request), ElementsAre("Host", "Accept"));
  }
  expect_nothing_sent(server);
}

TEST_F(PlainEvidence, IsRefusedForEveryProtocolButBlindAi) {
  const PlainServer server(reply("200 OK", "", "{}"));
  std::size_t others = 0;
  for (const std::string_view protocol : evidence_protocols()) {
    if (protocol == "blindai") {
      continue;
    }
    SessionOptions asked = over_http(server.url());
    asked.evidence = protocol;
    expect_refused(attest(asked), Code::invalid_argument, "session.attestation_url", "tls-09");
    asked.attestation_url = server.url() + "/some/document";
    expect_refused(attest(asked), Code::invalid_argument, "session.attestation_url", "tls-09");
    ++others;
  }
  EXPECT_GE(others, 4U);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(PlainEvidence, NeverMakesAnAttestedPortOfPlainHttp) {
  const PlainServer server(reply("200 OK", "", "\x44hurz"));
  SessionOptions asked = over_http(server.url());
  asked.api_url = server.url();
  expect_refused(AttestedSession::connect(asked), Code::invalid_argument, "session.api_url",
                 "tls-09");
  expect_refused(blindai::Client::connect(asked), Code::invalid_argument, "session.api_url",
                 "tls-09");
  asked.attestation_url.clear();
  expect_refused(AttestedSession::connect(asked), Code::invalid_argument, "session.api_url",
                 "tls-09");
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(PlainEvidence, IsNotAskedForBySchemesBesideHttp) {
  for (const char* const scheme : {"ftp", "file", "ws", "gopher", "httpx"}) {
    const auto refused = attest(over_http(std::string(scheme) + "://localhost/"));
    ASSERT_FALSE(refused.ok()) << scheme;
    EXPECT_EQ(refused.error().code, Code::invalid_argument);
    EXPECT_EQ(refused.error().where, "session.attestation_url");
  }
  for (const char* const url : {"http://u:p@localhost/", "http://", "http:///", "http://host/#x",
                                "http://host/quote", "http://ho st/"}) {
    const auto refused = attest(over_http(url));
    ASSERT_FALSE(refused.ok()) << url;
    EXPECT_EQ(refused.error().where, "session.attestation_url") << url;
  }
}

TEST_F(PlainEvidence, FollowsNoRedirect) {
  const PlainServer elsewhere(reply("200 OK", "", "\x44hurz"));
  for (const std::string& target : {elsewhere.url() + "/", api_.url() + "/", std::string("/x")}) {
    for (const char* const status : {"301 Moved", "302 Found", "307 Go", "308 Go"}) {
      const PlainServer server(reply(status, "Location: " + target + "\r\n", ""));
      expect_refused(attest(over_http(server.url())), Code::bad_response, "tls.redirect", "tls-08");
      EXPECT_EQ(server.requests().size(), 1U);
      expect_nothing_sent(server);
    }
  }
  EXPECT_TRUE(elsewhere.requests().empty());
}

TEST_F(PlainEvidence, IsBoundedAsOverTls) {
  const PlainServer declared("HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\nx");
  expect_refused(attest(over_http(declared.url())), Code::too_large, "http.body");
  const PlainServer endless("HTTP/1.1 200 OK\r\n\r\n" + std::string((1U << 20U) + 1, 'x'));
  expect_refused(attest(over_http(endless.url())), Code::too_large, "http.body");
  const PlainServer cut("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort");
  expect_refused(attest(over_http(cut.url())), Code::bad_response, "http.body");
  const PlainServer missing(reply("404 Not Found", "", "x"));
  expect_refused(attest(over_http(missing.url())), Code::bad_response, "attestation.status");
}

// The TLS port of an API that is asked without TLS answers nothing that could be evidence.
TEST_F(PlainEvidence, IsNotFoundAtAPortThatSpeaksTls) {
  const auto refused = attest(over_http("http://localhost:" + std::to_string(api_.port())));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(api_.handshakes(), 0);
  EXPECT_EQ(api_.bytes(), 0U);
}

}  // namespace
}  // namespace cupel::test

// Collateral from publishers: plain http or https by the system's roots, no redirects, bounded.
#include <gtest/gtest.h>

#include <array>

#include "collateral/sources.hpp"
#include "session/tls_server.hpp"

namespace cupel::test {
namespace {

class Published : public testing::Test {
 protected:
  static Result<Endorsements> fetch(const std::string& url, const std::string& kind) {
    HttpSource source(std::chrono::milliseconds(20'000));
    const std::array<CollateralRequest, 1> requests{
        CollateralRequest{kind, url, "key", {{"X-Wanted", "yes"}}}};
    return source.fetch_all(requests);
  }
  static void expect_refused(const std::string& url, const std::string& kind, Code code) {
    const auto got = fetch(url, kind);
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.error().code, code) << to_string(got.error());
    EXPECT_EQ(got.error().where, "collateral." + kind);
  }
  static std::string http(const std::string& status, const std::string& headers,
                          const std::string& body) {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           headers + "\r\n" + body;
  }

  ByteVector root_ = der_of(Ca::make("vendor root").certificate);
};

TEST_F(Published, FetchesOverPlainHttp) {
  const PlainServer server(http("200 OK", "", std::string(as_text(root_))));
  const auto got = fetch(server.url() + "/root.crt", "certificate");
  ASSERT_TRUE(got.ok()) << to_string(got.error());
  EXPECT_EQ(got->certificates, std::vector<ByteVector>{root_});
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_TRUE(server.requests()[0].starts_with("GET /root.crt HTTP/1.1\r\n"));
  EXPECT_NE(server.requests()[0].find("X-Wanted: yes\r\n"), std::string::npos);
  EXPECT_EQ(server.requests()[0].find("Authorization"), std::string::npos);
}

TEST_F(Published, RefusesAnHttpsServerThatNoSystemRootVouchesFor) {
  TlsServer server(self_signed(), [](const Request&) { return answer(200, "x"); });
  expect_refused(server.url() + "/root.crt", "certificate", Code::collateral_unavailable);
  EXPECT_EQ(server.bytes(), 0U);
}

TEST_F(Published, FollowsNoRedirect) {
  const PlainServer elsewhere(http("200 OK", "", std::string(as_text(root_))));
  const PlainServer server(http("302 Found", "Location: " + elsewhere.url() + "/\r\n", ""));
  expect_refused(server.url(), "certificate", Code::collateral_unavailable);
  EXPECT_TRUE(elsewhere.requests().empty());
}

TEST_F(Published, RefusesWhatWasNotAskedFor) {
  const PlainServer server(http("200 OK", "", std::string(as_text(root_))));
  expect_refused(server.url(), "crl", Code::collateral_mismatch);
  const PlainServer page(http("200 OK", "", "<html></html>"));
  expect_refused(page.url(), "certificate", Code::collateral_mismatch);
  const PlainServer missing(http("404 Not Found", "", "x"));
  expect_refused(missing.url(), "certificate", Code::collateral_unavailable);
}

TEST_F(Published, RefusesACutDocument) {
  const PlainServer server("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort");
  expect_refused(server.url(), "certificate", Code::collateral_unavailable);
}

TEST_F(Published, RefusesAnOversizedDocument) {
  const PlainServer declared("HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\nx");
  expect_refused(declared.url(), "certificate", Code::too_large);
  const PlainServer endless("HTTP/1.1 200 OK\r\n\r\n" + std::string((16U << 20U) + 1, 'x'));
  expect_refused(endless.url(), "certificate", Code::too_large);
}

}  // namespace
}  // namespace cupel::test

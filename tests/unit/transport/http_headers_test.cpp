#include "transport/http_headers.hpp"

#include <gtest/gtest.h>

namespace cupel {
namespace {

TEST(RequestHeader, AcceptsTokensAndPlainValues) {
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"Authorization", "Bearer abc"},
                                          {"X-Empty", ""},
                                          {"x-tab", "a\tb"},
                                          {"X!#", "\xc3\xa4"}}) {
    EXPECT_TRUE(check_request_header(name, value, "h").ok()) << name;
  }
}

TEST(RequestHeader, RefusesLineEndsAndNeverRepeatsTheValue) {
  for (const std::string& value :
       {std::string("secret\r\nX: y"), std::string("secret\n"), std::string("secret\r"),
        std::string("secret\0", 7), std::string("secret\x7f"), std::string("secret\x1b")}) {
    const auto checked = check_request_header("X-Key", value, "h");
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().code, Code::invalid_argument);
    EXPECT_EQ(checked.error().where, "h");
    EXPECT_EQ(to_string(checked.error()).find("secret"), std::string::npos);
  }
}

TEST(RequestHeader, RefusesNamesThatAreNoTokens) {
  for (const std::string name : {"", "a b", "a:", "a\r\nb", "\xc3\xa4", "a\"", "(a)"}) {
    EXPECT_FALSE(check_request_header(name, "v", "h").ok()) << name;
  }
}

TEST(RequestHeader, RefusesHeadersThatFrameOrRoute) {
  for (const std::string name : {"Host", "host", "Content-Length", "Transfer-Encoding",
                                 "Connection", "Expect", "Upgrade", "Proxy-Authorization", "TE"}) {
    EXPECT_FALSE(check_request_header(name, "v", "h").ok()) << name;
  }
}

TEST(HeaderCollector, ReadsNamesInLowerCaseAndTrimsValues) {
  HeaderCollector headers;
  for (const std::string_view line :
       {"HTTP/1.1 200 OK\r\n", "Content-Type:  text/plain \r\n", "X-A:\r\n", "x-a: 2\r\n"}) {
    ASSERT_TRUE(headers.line(line).ok());
  }
  EXPECT_FALSE(headers.complete());
  ASSERT_TRUE(headers.line("\r\n").ok());
  EXPECT_TRUE(headers.complete());
  EXPECT_EQ(headers.headers().find("content-type")->second, "text/plain");
  EXPECT_EQ(headers.headers().count("x-a"), 2U);
}

TEST(HeaderCollector, ForgetsInterimAnswersAndIgnoresTrailers) {
  HeaderCollector headers;
  for (const std::string_view line :
       {"HTTP/1.1 103 Early Hints\r\n", "Link: x\r\n", "\r\n", "HTTP/1.1 200 OK\r\n", "A: 1\r\n",
        "\r\n", "Trailer-B: 2\r\n"}) {
    ASSERT_TRUE(headers.line(line).ok());
  }
  EXPECT_EQ(headers.headers(), (std::multimap<std::string, std::string>{{"a", "1"}}));
}

TEST(HeaderCollector, KnowsWhetherTheBodysEndIsSaid) {
  const auto framed = [](const std::string& header, long status) {
    HeaderCollector headers;
    EXPECT_TRUE(headers.line(header + "\r\n").ok());
    return headers.frames_body(status);
  };
  EXPECT_TRUE(framed("Content-Length: 0", 200));
  EXPECT_TRUE(framed("Transfer-Encoding: Chunked", 200));
  EXPECT_TRUE(framed("X: y", 204));
  EXPECT_TRUE(framed("X: y", 304));
  EXPECT_FALSE(framed("X: y", 200));
  EXPECT_FALSE(framed("X: y", 500));
  EXPECT_FALSE(framed("Transfer-Encoding: identity", 200));
}

TEST(HeaderCollector, RefusesWhatIsNoHeader) {
  for (const std::string_view line :
       {"no colon\r\n", ": no name\r\n", " folded\r\n", "a b: c\r\n", "a: \x01\r\n"}) {
    HeaderCollector headers;
    ASSERT_TRUE(headers.line("HTTP/1.1 200 OK\r\n").ok());
    const auto taken = headers.line(line);
    ASSERT_FALSE(taken.ok()) << line;
    EXPECT_EQ(taken.error().code, Code::bad_response);
    EXPECT_EQ(taken.error().where, "http.headers");
  }
}

TEST(HeaderCollector, RefusesHeadersWithoutEnd) {
  HeaderCollector headers;
  const std::string line = "a: " + std::string(1000, 'x') + "\r\n";
  Result<Unit> taken = Unit{};
  for (int i = 0; i < 300 && taken.ok(); ++i) {
    taken = headers.line(line);
  }
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().code, Code::too_large);
}

}  // namespace
}  // namespace cupel

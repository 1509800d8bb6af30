#include "transport/url.hpp"

#include <gtest/gtest.h>

namespace cupel {
namespace {

TEST(Url, TakesAnAddressApart) {
  const Url url = parse_url("HTTPS://Host.Example:8443/a/b?x=1&y=2", "u").value();
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "host.example");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.path, "/a/b");
  EXPECT_EQ(url.query, "x=1&y=2");
  EXPECT_EQ(url.text(), "https://host.example:8443/a/b?x=1&y=2");
}

TEST(Url, FillsInPathAndPort) {
  const Url url = parse_url("https://host", "u").value();
  EXPECT_EQ(url.port, 443);
  EXPECT_EQ(url.path, "/");
  EXPECT_EQ(parse_url("http://host", "u").value().port, 80);
}

TEST(Url, KeepsIpv6WithoutBrackets) {
  const Url url = parse_url("https://[::1]:99/x", "u").value();
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.text(), "https://[::1]:99/x");
}

TEST(Url, WritesOddIpv4AddressesInOneForm) {
  EXPECT_EQ(parse_url("https://127.1/", "u").value().host, "127.0.0.1");
  EXPECT_EQ(parse_url("https://0x7f000001/", "u").value().host, "127.0.0.1");
}

TEST(Url, RefusesWhatIsNoPlainAddress) {
  for (const std::string text : {"",
                                 "host",
                                 "//host/x",
                                 "/x",
                                 "https://",
                                 "https:///x",
                                 "https://host:0/",
                                 "https://host:65536/",
                                 "https://host:x/",
                                 "https://user@host/",
                                 "https://u:p@host/",
                                 "https://host/#part",
                                 "https://ho st/",
                                 "https://host/a b",
                                 "https://host/\n",
                                 "https://host/\x7f",
                                 "https://h\xc3\xb6st/",
                                 " https://host/",
                                 "https://host/\r\nX: y",
                                 "https://[::1/",
                                 "https://ho%00st/",
                                 "https://ho%c8st/",
                                 "https://ho%2fst/",
                                 "https://ho%25st/",
                                 "https://[fe80::1%25lo]/"}) {
    const auto url = parse_url(text, "place");
    ASSERT_FALSE(url.ok()) << text;
    EXPECT_EQ(url.error().code, Code::invalid_argument) << text;
    EXPECT_EQ(url.error().where, "place") << text;
  }
}

TEST(Url, RefusesEverythingButHttps) {
  for (const std::string text : {"http://localhost/", "http://127.0.0.1:8080/", "ftp://host/",
                                 "wss://host/", "httpss://host:1/"}) {
    const auto url = parse_https_url(text, "place");
    ASSERT_FALSE(url.ok()) << text;
    EXPECT_EQ(url.error().code, Code::invalid_argument) << text;
    EXPECT_EQ(url.error().where, "place") << text;
  }
  EXPECT_EQ(parse_https_url("http://host/", "place").error().check, "tls-09");
}

TEST(Url, ResolvesLocationsAsRfc3986Says) {
  const Url base = parse_url("https://host:444/a/b?q=1", "u").value();
  const auto to = [&](const std::string& location) {
    return resolve_location(base, location, "u").value().text();
  };
  EXPECT_EQ(to("/c"), "https://host:444/c");
  EXPECT_EQ(to("c"), "https://host:444/a/c");
  EXPECT_EQ(to("../c?z"), "https://host:444/c?z");
  EXPECT_EQ(to("https://host/c"), "https://host:443/c");
  EXPECT_EQ(to("//other/c"), "https://other:443/c");
  EXPECT_EQ(to("http://host:444/c"), "http://host:444/c");
}

TEST(Url, TellsOriginsApart) {
  const Url base = parse_url("https://host:444/a", "u").value();
  EXPECT_TRUE(base.same_origin(parse_url("https://HOST:444/b?c", "u").value()));
  EXPECT_FALSE(base.same_origin(parse_url("https://host/a", "u").value()));
  EXPECT_FALSE(base.same_origin(parse_url("http://host:444/a", "u").value()));
  EXPECT_FALSE(base.same_origin(parse_url("https://host.evil:444/a", "u").value()));
}

TEST(Url, RefusesLocationsThatAreNone) {
  const Url base = parse_url("https://host/a", "u").value();
  for (const std::string location : {"", "https://u:p@host/", "https://host:99999/", "a b"}) {
    const auto url = resolve_location(base, location, "place");
    ASSERT_FALSE(url.ok()) << location;
    EXPECT_EQ(url.error().code, Code::bad_response) << location;
    EXPECT_EQ(url.error().where, "place");
  }
}

}  // namespace
}  // namespace cupel

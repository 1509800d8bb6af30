#include "base/issuer.hpp"

#include <gtest/gtest.h>

namespace cupel {
namespace {

TEST(Issuer, AcceptsHostsOfTokenServices) {
  for (const auto* text : {"https://sharedeus2.eus2.attest.azure.net", "https://a.b",
                           "https://x-1.attest.azure.us", "https://1.example"}) {
    EXPECT_TRUE(canonical_issuer(text)) << text;
    EXPECT_EQ(issuer_of(text), text);
  }
}

TEST(Issuer, RefusesEverySecondTextOfAnIssuer) {
  for (const auto* text : {"",
                           "https://",
                           "http://a.example",
                           "HTTPS://a.example",
                           "https://A.example",
                           "https://a.example/",
                           "https://a.example:443",
                           "https://a.example/certs",
                           "https://a.example?",
                           "https://a.example#",
                           "https://u@a.example",
                           "https://a.example.",
                           "https://.a.example",
                           "https://a..example",
                           "https://a%2eexample",
                           "https://a_b.example",
                           "https://-a.example",
                           "https://a-.example",
                           " https://a.example",
                           "https://a.example ",
                           "https://localhost",
                           "https://127.0.0.1",
                           "https://[::1]",
                           "https://\xc3\xa9.example",
                           "https://a.example\n",
                           "a.example",
                           "//a.example",
                           "https:/a.example"}) {
    EXPECT_FALSE(canonical_issuer(text)) << text;
  }
  EXPECT_FALSE(canonical_issuer("https://" + std::string(64, 'a') + ".example"));
  EXPECT_TRUE(canonical_issuer("https://" + std::string(63, 'a') + ".example"));
  EXPECT_FALSE(canonical_issuer("https://a." + std::string(300, 'a')));
}

TEST(Issuer, UnderstandsWhatPeopleWriteInPolicies) {
  EXPECT_EQ(issuer_of("sharedeus2.eus2.attest.azure.net"),
            "https://sharedeus2.eus2.attest.azure.net");
  EXPECT_EQ(issuer_of("https://SharedEUS2.eus2.attest.azure.net/"),
            "https://sharedeus2.eus2.attest.azure.net");
  for (const auto* text : {"", "/", "http://a.example", "https://a.example//", "a.example/certs",
                           "a.example:443", "localhost", "https://https://a.example"}) {
    EXPECT_FALSE(issuer_of(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace cupel

// What holds when a caller says nothing. Every value here is a promise of the documentation; one
// that becomes weaker must be changed here as well, by somebody who means it.
#include <gtest/gtest.h>

#include <cupel/policy.hpp>
#include <cupel/session.hpp>
#include <cupel/trust.hpp>

#include "transport/http.hpp"

namespace cupel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Defaults, OfASessionTrustNobodyAndEndByThemselves) {
  const SessionOptions options;
  EXPECT_TRUE(options.anchors.empty());
  EXPECT_TRUE(options.policy.accept.empty());
  EXPECT_EQ(options.revocation, Revocation::if_available);
  EXPECT_EQ(options.freshness, Freshness::if_supported);
  EXPECT_EQ(options.max_age, seconds(3600));
  EXPECT_EQ(options.connect_timeout, milliseconds(10'000));
  EXPECT_EQ(options.timeout, milliseconds(120'000));
  EXPECT_EQ(options.attestation_timeout, milliseconds(20'000));
  EXPECT_EQ(options.evidence, "document");
  EXPECT_EQ(options.service, "blindllama");
  EXPECT_TRUE(options.api_url.empty());
  EXPECT_TRUE(options.attestation_url.empty());
  EXPECT_TRUE(options.headers.empty());
}

TEST(Defaults, OfAVerificationEnforceTheRevocationListsThatAreThere) {
  const VerifyContext context{UnixTime(0), TrustAnchors({})};
  EXPECT_EQ(context.revocation, Revocation::if_available);
  EXPECT_EQ(context.cache, nullptr);
  EXPECT_TRUE(context.anchors.empty());
}

TEST(Defaults, OfAnAlternativeAllowNothingDangerous) {
  const Alternative alternative;
  EXPECT_FALSE(alternative.dangerous_any_measurement);
  EXPECT_FALSE(alternative.dangerous_allow_debug);
  EXPECT_TRUE(alternative.require.empty());
}

TEST(Defaults, OfTheHttpClientAreNeverInfinite) {
  const HttpLimits limits;
  EXPECT_EQ(limits.connect_timeout, milliseconds(10'000));
  EXPECT_EQ(limits.timeout, milliseconds(120'000));
  EXPECT_EQ(limits.max_body, 64U << 20U);
}

}  // namespace
}  // namespace cupel

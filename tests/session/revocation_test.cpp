// Revocation lists are the session's matter, too: what the options say reaches the verification.
#include <gmock/gmock.h>

#include "session/fixture.hpp"

namespace cupel::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr std::array kModes = {Revocation::required, Revocation::if_available,
                               Revocation::dangerous_ignored};

class SessionRevocation : public SessionTest {
 protected:
  Result<AttestedSession> connect_with(Revocation revocation, std::vector<ByteVector> crls = {}) {
    SessionOptions out = options();
    out.revocation = revocation;
    out.endorsements.crls = std::move(crls);
    return AttestedSession::connect(out);
  }
  void expect_nobody_was_asked() const {
    EXPECT_EQ(api_.connections(), 0);
    EXPECT_EQ(verdicts_, 0);  // what is not authentic is not judged
  }
};

TEST_F(SessionRevocation, IsRefusedWhenRequiredAndNoListIsThere) {
  expect_refused(connect_with(Revocation::required), Code::revocation_unknown, "tpm.ak_certificate",
                 "tpm-04");
  expect_nobody_was_asked();
}

TEST_F(SessionRevocation, RefusesTheListOfAnotherAuthorityOfTheSameName) {
  const ForgedTpm other;
  for (const Revocation mode : {Revocation::required, Revocation::if_available}) {
    expect_refused(connect_with(mode, {other.crl(false)}), Code::bad_signature,
                   "tpm.ak_certificate", "tpm-04");
  }
  expect_nobody_was_asked();
}

TEST_F(SessionRevocation, RefusesARevokedLeaf) {
  for (const Revocation mode : {Revocation::required, Revocation::if_available}) {
    expect_refused(connect_with(mode, {tpm_.crl(true)}), Code::revoked, "tpm.ak_certificate",
                   "tpm-04");
  }
  expect_nobody_was_asked();
}

TEST_F(SessionRevocation, RefusesAListThatHasRunOut) {
  for (const Revocation mode : {Revocation::required, Revocation::if_available}) {
    const auto session = connect_with(mode, {tpm_.crl(false, kNow - 1)});
    ASSERT_FALSE(session.ok());
    EXPECT_EQ(session.error().where, "tpm.ak_certificate");
    EXPECT_EQ(session.error().check, "tpm-04");
  }
  expect_nobody_was_asked();
}

TEST_F(SessionRevocation, AcceptsALeafThatTheListDoesNotName) {
  for (const Revocation mode : kModes) {
    auto session = connect_with(mode, {tpm_.crl(false)});
    ASSERT_TRUE(session.ok()) << to_string(session.error());
    EXPECT_TRUE(ask(*session).ok());
  }
}

TEST_F(SessionRevocation, SaysWhatWasNotLookedAt) {
  auto without = connect_with(Revocation::if_available);
  ASSERT_TRUE(without.ok()) << to_string(without.error());
  EXPECT_THAT(without->verdict().not_proved(), Contains(HasSubstr("revocation")));
  auto ignored = connect_with(Revocation::dangerous_ignored, {tpm_.crl(true)});
  ASSERT_TRUE(ignored.ok()) << to_string(ignored.error());
  EXPECT_THAT(ignored->verdict().assumed(), Contains(HasSubstr("revo")));
}

TEST_F(SessionRevocation, IsJudgedAnewWithEachAttestation) {
  auto session = connect_with(Revocation::required, {tpm_.crl(false, kNow + 100)});
  ASSERT_TRUE(session.ok()) << to_string(session.error());
  ASSERT_TRUE(ask(*session).ok());
  now_ = kNow + 101;
  const std::size_t before = api_.bytes();
  const auto late = ask(*session);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().check, "tpm-04");
  EXPECT_EQ(api_.bytes(), before);
}

}  // namespace
}  // namespace cupel::test

// Freshness: which nonce the evidence must carry, where it may stand, and what is said without one.
#include <gmock/gmock.h>

#include "session/fixture.hpp"

namespace cupel::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr std::array kBoth = {Freshness::required, Freshness::if_supported};

ByteVector operator+(ByteVector first, const ByteVector& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

class SessionNonce : public SessionTest {
 protected:
  // A CA in register 15 leaves the qualifying data to the nonce.
  void use_root_ca() {
    policy_ = ca_in_register_15();
    api_.present(issued_by(root_));
    root_ca_pem_ = pem_of(root_.certificate);
  }
  void answers_nonce_with(std::function<ByteVector(const ByteVector&)> extra_data) {
    evidence_.handle([this, extra_data](const Request& request) {
      return answer(
          200, std::string(as_text(tpm_.evidence(
                   {.extra_data = extra_data(nonce_of(request)), .root_ca_pem = root_ca_pem_}))));
    });
  }
  Result<AttestedSession> connect_with(Freshness freshness) {
    SessionOptions out = options();
    out.freshness = freshness;
    return AttestedSession::connect(out);
  }

  Ca root_ = Ca::make("service root");
  std::string root_ca_pem_;  // what the evidence names; empty: nothing
};

TEST_F(SessionNonce, AcceptsAStaticDocumentAndSaysThatFreshnessIsNotProved) {
  use_root_ca();
  answers_nonce_with([](const ByteVector&) { return ByteVector{}; });
  auto session = connect();
  ASSERT_TRUE(session.ok()) << to_string(session.error());
  EXPECT_THAT(session->verdict().not_proved(),
              Contains(HasSubstr("a nonce was sent, but the evidence's bound data holds none")));
  EXPECT_TRUE(ask(*session).ok());
}

TEST_F(SessionNonce, RefusesAStaticDocumentWhereFreshnessIsRequired) {
  use_root_ca();
  answers_nonce_with([](const ByteVector&) { return ByteVector{}; });
  SessionOptions fresh = options();
  fresh.freshness = Freshness::required;
  expect_refused(AttestedSession::connect(fresh), Code::refused, "session.verdict", "policy-06");
  // A key in the place of the nonce is no nonce either.
  policy_ = key_in_extra_data(TlsBinding::Form::spki_sha256);
  says({.extra_data = server_.spki_sha256()});
  fresh = options();
  fresh.freshness = Freshness::required;
  expect_refused(AttestedSession::connect(fresh), Code::refused, "session.verdict", "policy-06");
  EXPECT_EQ(api_.connections(), 0);
}

TEST_F(SessionNonce, ProvesFreshnessByTheNonce) {
  use_root_ca();
  answers_nonce_with([](const ByteVector& nonce) { return nonce; });
  for (const Freshness freshness : kBoth) {
    auto session = connect_with(freshness);
    ASSERT_TRUE(session.ok()) << to_string(session.error());
    EXPECT_THAT(session->verdict().not_proved(), Not(Contains(HasSubstr("nonce"))));
    EXPECT_TRUE(ask(*session).ok());
  }
}

std::vector<std::function<ByteVector(ByteVector)>> changes_to_a_nonce() {
  return {
      [](const ByteVector&) { return ByteVector(32, 0x11); },
      [](ByteVector nonce) {
        nonce[31] ^= 1U;
        return nonce;
      },
      [](const ByteVector&) {
        ByteVector almost_nothing(32, 0);
        almost_nothing[31] = 1;
        return almost_nothing;
      },
      [](const ByteVector& nonce) { return sha256_of(nonce); },
      [](ByteVector nonce) {
        nonce.pop_back();
        return nonce;
      },
  };
}

TEST_F(SessionNonce, RefusesEveryOtherNonce) {
  use_root_ca();
  auto wrong = changes_to_a_nonce();
  wrong.emplace_back([](const ByteVector&) { return ByteVector(32, 0); });
  wrong.emplace_back([](const ByteVector& nonce) { return nonce + ByteVector{0}; });
  wrong.emplace_back([](const ByteVector& nonce) { return to_vector(as_bytes(to_hex(nonce))); });
  for (const auto& extra_data : wrong) {
    answers_nonce_with(extra_data);
    for (const Freshness freshness : kBoth) {
      expect_refused(connect_with(freshness), Code::refused, "session.verdict", "policy-06");
    }
  }
  EXPECT_EQ(api_.connections(), 0);
}

TEST_F(SessionNonce, RefusesEveryOtherNonceBesideTheKey) {
  for (const auto form : {TlsBinding::Form::spki_sha256, TlsBinding::Form::certificate_sha256}) {
    policy_ = key_in_extra_data(form);
    const ByteVector key =
        form == TlsBinding::Form::spki_sha256 ? server_.spki_sha256() : server_.leaf_sha256();
    for (const auto& change : changes_to_a_nonce()) {
      answers_nonce_with([&](const ByteVector& nonce) { return key + change(nonce); });
      for (const Freshness freshness : kBoth) {
        expect_refused(connect_with(freshness), Code::refused, "session.verdict", "policy-06");
      }
    }
  }
  EXPECT_EQ(api_.connections(), 0);
}

TEST_F(SessionNonce, ProvesFreshnessByTheNonceBesideTheKey) {
  answers_nonce_with([&](const ByteVector& nonce) { return server_.spki_sha256() + nonce; });
  for (const Freshness freshness : kBoth) {
    auto session = connect_with(freshness);
    ASSERT_TRUE(session.ok()) << to_string(session.error());
    EXPECT_THAT(session->verdict().proved(), Contains(HasSubstr("fresh")));
    EXPECT_TRUE(ask(*session).ok());
  }
}

TEST_F(SessionNonce, TakesZerosBesideTheKeyForNoNonce) {
  says({.extra_data = server_.spki_sha256() + ByteVector(32, 0)});
  auto session = connect();
  ASSERT_TRUE(session.ok()) << to_string(session.error());
  EXPECT_THAT(session->verdict().not_proved(),
              Contains(HasSubstr("a nonce was sent, but the evidence's bound data holds none")));
  expect_refused(connect_with(Freshness::required), Code::refused, "session.verdict", "policy-06");
}

TEST_F(SessionNonce, RefusesTheReplayOfAnAnswerToAnotherNonce) {
  use_root_ca();
  std::string recorded;
  evidence_.handle([&](const Request& request) {
    if (recorded.empty()) {
      recorded = as_text(tpm_.evidence(
          {.extra_data = nonce_of(request), .root_ca_pem = pem_of(root_.certificate)}));
    }
    return answer(200, recorded);
  });
  ASSERT_TRUE(connect().ok());
  expect_refused(connect(), Code::refused, "session.verdict", "policy-06");
}

TEST_F(SessionNonce, RefusesAStaticDocumentWhereThePolicyBindsANonce) {
  use_root_ca();
  policy_.accept[0].nonce = NonceBinding{"tpm.extra_data", 0};
  answers_nonce_with([](const ByteVector&) { return ByteVector{}; });
  expect_refused(connect(), Code::refused, "session.verdict", "policy-06");
  answers_nonce_with([](const ByteVector& nonce) { return nonce; });
  EXPECT_TRUE(connect().ok());
}

TEST_F(SessionNonce, LetsAnAlternativeWithoutNonceTakeAStaticDocument) {
  use_root_ca();
  Alternative with_nonce = policy_.accept[0];
  with_nonce.nonce = NonceBinding{"tpm.extra_data", 0};
  with_nonce.label = "fresh";
  policy_.accept.insert(policy_.accept.begin(), with_nonce);
  answers_nonce_with([](const ByteVector&) { return ByteVector{}; });
  const auto result = attest(options());
  ASSERT_TRUE(result.ok());
  ASSERT_NE(result->verdict.accepted(), nullptr);
  EXPECT_EQ(result->verdict.alternative(), "test");
  // A wrong nonce is not "none".
  answers_nonce_with([](const ByteVector&) { return ByteVector(32, 7); });
  expect_refused(connect(), Code::refused, "session.verdict", "policy-06");
}

}  // namespace
}  // namespace cupel::test

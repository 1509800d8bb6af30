// Freshness: a nonce that was sent must stand in the evidence, exactly.
#include "unit/appraise/support.hpp"

namespace cupel {
namespace {

using test::alternative;
using test::claims;
using test::failed;
using test::find;
using test::kNow;
using test::mentions;
using test::policy;

using Ids = std::vector<std::string>;

const ByteVector kNonce = test::digest_of("nonce");

Claims carrying(const ByteVector& data) {
  return claims([&](ClaimsBuilder& builder) {
    builder.set("tpm.extra_data", data).set("common.bound_data", data);
  });
}

Policy demanding(NonceBinding binding) {
  Alternative one = alternative();
  one.nonce = std::move(binding);
  return policy(one);
}

TEST(AppraiseNonce, AcceptsTheNonceThatWasSent) {
  const Challenge challenge{kNow, kNonce};
  for (const Policy& one : {policy(), demanding({"tpm.extra_data", 0})}) {
    const Verdict verdict = appraise(carrying(kNonce), one, challenge);
    EXPECT_NE(verdict.accepted(), nullptr);
    EXPECT_TRUE(mentions(verdict.proved(), "fresh"));
    EXPECT_FALSE(mentions(verdict.not_proved(), "fresh"));
  }
}

// L1: every other content of the field is refused, whatever the policy says about nonces.
TEST(AppraiseNonce, RefusesEverythingElse) {
  ByteVector flipped = kNonce;
  flipped.back() ^= 1U;
  ByteVector longer = kNonce;
  longer.push_back(0);
  ByteVector shifted(1, 0);
  shifted.insert(shifted.end(), kNonce.begin(), kNonce.end());
  const ByteVector cut(kNonce.begin(), kNonce.end() - 1);
  const Challenge challenge{kNow, kNonce};
  for (const ByteVector& data :
       {ByteVector{}, flipped, longer, shifted, cut, test::zeros(), test::digest_of("other")}) {
    for (const Policy& one : {policy(), demanding({"tpm.extra_data", 0})}) {
      const Verdict verdict = appraise(carrying(data), one, challenge);
      EXPECT_EQ(failed(verdict), Ids{"policy-06"});
      EXPECT_TRUE(mentions(verdict.not_proved(), "could be a replay"));
    }
  }
}

TEST(AppraiseNonce, RefusesWithoutOneWhenThePolicyDemandsIt) {
  const Verdict verdict =
      appraise(carrying(kNonce), demanding({"tpm.extra_data", 0}), Challenge{kNow});
  EXPECT_EQ(failed(verdict), Ids{"policy-06"});
  EXPECT_EQ(find(verdict, "policy-06")->actual, "no nonce was sent");
}

TEST(AppraiseNonce, RefusesAnEmptyNonce) {
  const Challenge empty{kNow, ByteVector{}};
  EXPECT_EQ(failed(appraise(carrying({}), policy(), empty)), Ids{"policy-06"});
  EXPECT_EQ(failed(appraise(carrying({}), demanding({"tpm.extra_data", 0}), empty)),
            Ids{"policy-06"});
}

TEST(AppraiseNonce, RefusesAMissingOrUnauthenticatedField) {
  const Challenge challenge{kNow, kNonce};
  EXPECT_EQ(failed(appraise(claims({}, "common.bound_data"), policy(), challenge)),
            Ids{"policy-06"});
  const Claims loose = claims(
      [](ClaimsBuilder& builder) { builder.supplied("common.bound_data", ClaimValue(kNonce)); });
  EXPECT_EQ(failed(appraise(loose, policy(), challenge)), Ids{"policy-06"});
  const Claims text =
      claims([](ClaimsBuilder& builder) { builder.set("common.bound_data", to_hex(kNonce)); });
  EXPECT_EQ(failed(appraise(text, policy(), challenge)), Ids{"policy-06"});
}

// A variable field must be the nonce and nothing else, so an offset has no room in it.
TEST(AppraiseNonce, RefusesAnOffsetIntoAFieldOfVariableSize) {
  ByteVector behind(4, 0);
  behind.insert(behind.end(), kNonce.begin(), kNonce.end());
  EXPECT_EQ(
      failed(appraise(carrying(behind), demanding({"tpm.extra_data", 4}), Challenge{kNow, kNonce})),
      Ids{"policy-06"});
  EXPECT_EQ(
      failed(appraise(carrying(kNonce), demanding({"tpm.extra_data", 4}), Challenge{kNow, kNonce})),
      Ids{"policy-06"});
}

// The nonce and the TLS key's digest may share a field of variable size, and nothing else may.
TEST(AppraiseNonce, SharesAVariableFieldWithTheKeyThatThePolicyBindsThere) {
  const ByteVector key = test::digest_of("key");
  const auto together = [](const ByteVector& first, const ByteVector& second) {
    ByteVector out = first;
    out.insert(out.end(), second.begin(), second.end());
    return out;
  };
  Alternative one = alternative();
  one.nonce = NonceBinding{"tpm.extra_data", 0};
  one.tls_key = TlsBinding{"tpm.extra_data", 32, TlsBinding::Form::spki_sha256};
  const Challenge challenge{kNow, kNonce};
  EXPECT_NE(appraise(carrying(together(kNonce, key)), policy(one), challenge).accepted(), nullptr);
  ByteVector longer = together(kNonce, key);
  longer.push_back(0);
  for (const ByteVector& data : {together(key, kNonce), longer, together(key, key)}) {
    EXPECT_EQ(failed(appraise(carrying(data), policy(one), challenge)), Ids{"policy-06"});
  }
  EXPECT_EQ(failed(appraise(carrying(kNonce), policy(one), challenge)),
            (Ids{"policy-06", "policy-08"}));
}

// A field of fixed size may hold more than the nonce.
TEST(AppraiseNonce, JudgesOnlyItsPlaceInAFieldOfFixedSize) {
  ByteVector field = test::digest_of("first half");
  const ByteVector behind = test::digest_of("second half");
  field.insert(field.end(), behind.begin(), behind.end());
  Assurance assurance;
  assurance.valid_until = test::kValidUntil;
  ClaimsBuilder builder("snp", detail::Sealer<test::Nothing>::seal(std::move(assurance)));
  builder.set("snp.measurement", ByteVector(48, 0xaa))
      .set("snp.vmpl", std::uint64_t{0})
      .set("snp.policy.migrate_ma", false)
      .set("snp.report_data", field)
      .set("common.debug", false);
  const Claims claims = std::move(builder).build();
  Alternative one;
  one.family = "snp";
  one.require = {{"snp.measurement", Requirement::Op::equals, {ByteVector(48, 0xaa)}}};
  one.nonce = NonceBinding{"snp.report_data", 0};
  const auto outcome = [&](const ByteVector& nonce) {
    return appraise(claims, policy(one), Challenge{kNow, nonce});
  };
  EXPECT_NE(outcome(ByteVector(field.begin(), field.begin() + 20)).accepted(), nullptr);
  EXPECT_NE(outcome(ByteVector(field.begin(), field.begin() + 32)).accepted(), nullptr);
  EXPECT_EQ(failed(outcome(ByteVector(field.begin() + 1, field.begin() + 21))), Ids{"policy-06"});
}

TEST(AppraiseNonce, SaysThatAShortNonceProvesLittle) {
  const ByteVector two = {0x90, 0x09};
  const Verdict verdict = appraise(carrying(two), policy(), Challenge{kNow, two});
  EXPECT_NE(verdict.accepted(), nullptr);
  EXPECT_TRUE(mentions(verdict.not_proved(), "only 2 bytes"));
}

}  // namespace
}  // namespace cupel

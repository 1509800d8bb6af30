// Judging claims: each check, accepted once and refused in every way.
#include "unit/appraise/support.hpp"

namespace cupel {
namespace {

using test::alternative;
using test::claims;
using test::equals;
using test::failed;
using test::find;
using test::kNow;
using test::mentions;
using test::policy;

using Ids = std::vector<std::string>;

const Challenge kChallenge{kNow};
const std::string kDisk = "tpm.supplied.application_disk_roothash";
const std::string kRootCa = "tpm.supplied.webserver_rootca";

Claims changed(const std::string& name, const ClaimValue& value) {
  return claims([&](ClaimsBuilder& builder) { builder.set(name, value); });
}
Claims supplied(const std::string& name, const ClaimValue& value) {
  return claims([&](ClaimsBuilder& builder) { builder.supplied(name, value); });
}

Policy requiring(Requirement requirement) {
  Alternative one = alternative();
  one.require.push_back(std::move(requirement));
  return policy(one);
}

TEST(Appraise, AcceptsWhatThePolicyDemands) {
  const Verdict verdict = appraise(claims(), policy(), kChallenge);
  ASSERT_NE(verdict.accepted(), nullptr);
  EXPECT_EQ(failed(verdict), Ids{});
  EXPECT_EQ(verdict.alternative(), "release 1");
  EXPECT_EQ(verdict.accepted()->label(), "release 1");
  EXPECT_EQ(verdict.family(), "tpm");
  EXPECT_EQ(verdict.appraised_at(), kNow);
  EXPECT_EQ(verdict.valid_until(), test::kValidUntil);
  EXPECT_EQ(verdict.accepted()->valid_until(), test::kValidUntil);
  for (const char* id : {"policy-01", "policy-03", "policy-04", "policy-05", "policy-07",
                         "policy-08", "policy-09"}) {
    EXPECT_NE(find(verdict, id), nullptr) << id;
  }
  const auto pin = verdict.accepted()->pin();
  ASSERT_TRUE(pin.ok());
  EXPECT_EQ(pin->kind(), TlsPin::Kind::root_ca);
  EXPECT_EQ(to_vector(pin->sha256()), crypto::digest(crypto::Hash::sha256, pin->root_ca()));
  EXPECT_EQ(pin->valid_until(), test::kValidUntil);
}

// L2: nothing demanded is nothing accepted.
TEST(Appraise, RefusesEverythingByTheEmptyPolicy) {
  const Verdict verdict = appraise(claims(), Policy{}, kChallenge);
  EXPECT_EQ(verdict.accepted(), nullptr);
  EXPECT_EQ(failed(verdict), Ids{"policy-01"});
  EXPECT_EQ(verdict.alternative(), "");
}

TEST(Appraise, RefusesEvidenceOfAnotherFamily) {
  Alternative one = alternative();
  one.family = "nitro";
  const Verdict verdict = appraise(claims(), policy(one), kChallenge);
  EXPECT_EQ(verdict.accepted(), nullptr);
  EXPECT_EQ(failed(verdict), Ids{"policy-01"});
  EXPECT_EQ(appraise(test::no_claims("nitro"), policy(), kChallenge).accepted(), nullptr);
}

// L6, L9: a set of claims that says nothing satisfies no policy, however lax.
TEST(Appraise, RefusesNoClaimsWhateverThePolicy) {
  Alternative lax;
  lax.family = "tpm";
  lax.dangerous_any_measurement = true;
  lax.dangerous_allow_debug = true;
  EXPECT_EQ(appraise(test::no_claims(), policy(lax), kChallenge).accepted(), nullptr);
  EXPECT_NE(appraise(claims(), policy(lax), kChallenge).accepted(), nullptr);
  EXPECT_EQ(appraise(test::no_claims(), policy(), kChallenge).accepted(), nullptr);
}

TEST(Appraise, RefusesAfterTheAlternativeExpired) {
  Alternative one = alternative();
  one.expires = kNow;
  const Verdict last_second = appraise(claims(), policy(one), kChallenge);
  ASSERT_NE(last_second.accepted(), nullptr);
  EXPECT_EQ(last_second.valid_until(), kNow);
  EXPECT_EQ(last_second.accepted()->pin()->valid_until(), kNow);
  one.expires = UnixTime(kNow.seconds() - 1);
  EXPECT_EQ(failed(appraise(claims(), policy(one), kChallenge)), Ids{"policy-02"});
}

TEST(Appraise, RefusesAnotherValue) {
  const Verdict verdict =
      appraise(changed("tpm.pcr.sha256.4", test::value(5)), policy(), kChallenge);
  EXPECT_EQ(failed(verdict), Ids{"policy-03"});
  const Check* check = find(verdict, "policy-03", "tpm.pcr.sha256.4");
  ASSERT_NE(check, nullptr);
  EXPECT_EQ(check->expected, to_hex(test::value(4)));
  EXPECT_EQ(check->actual, to_hex(test::value(5)));
  EXPECT_TRUE(find(verdict, "policy-03", "tpm.pcr.sha256.0")->passed);
}

// L8: leaving a claim out never helps.
TEST(Appraise, RefusesEveryMissingClaim) {
  for (const auto& [name, ids] :
       std::map<std::string, Ids>{{"tpm.pcr.sha256.0", {"policy-03"}},
                                  {"tpm.pcr.sha256.15", {"policy-03", "policy-04", "policy-08"}},
                                  {kDisk, {"policy-03", "policy-04", "policy-08"}},
                                  {kRootCa, {"policy-03", "policy-04", "policy-08"}},
                                  {"common.debug", {"policy-05"}}}) {
    EXPECT_EQ(failed(appraise(claims({}, name), policy(), kChallenge)), ids) << name;
  }
  const Verdict verdict =
      appraise(claims(), requiring(equals("tpm.event_log.secure_boot", true)), kChallenge);
  EXPECT_EQ(failed(verdict), Ids{"policy-03"});
  EXPECT_EQ(find(verdict, "policy-03", "tpm.event_log.secure_boot")->actual.rfind("missing", 0),
            0U);
}

TEST(Appraise, JudgesEachRule) {
  using Op = Requirement::Op;
  const std::string before = "tpm.ak.not_before";  // kNow - 3600
  struct Row {
    std::string claim;
    Op op;
    std::vector<ClaimValue> values;
    bool holds;
  };
  const auto number = [](std::uint64_t v) { return ClaimValue(v); };
  const auto time = [](std::int64_t shift) { return ClaimValue(UnixTime(kNow.seconds() + shift)); };
  const std::vector<Row> rows = {
      {"tpm.reset_count", Op::equals, {number(7)}, true},
      {"tpm.reset_count", Op::equals, {number(8)}, false},
      {"tpm.reset_count", Op::one_of, {number(6), number(7)}, true},
      {"tpm.reset_count", Op::one_of, {number(6), number(8)}, false},
      {"tpm.reset_count", Op::at_least, {number(7)}, true},
      {"tpm.reset_count", Op::at_least, {number(8)}, false},
      {"tpm.reset_count", Op::at_most, {number(7)}, true},
      {"tpm.reset_count", Op::at_most, {number(6)}, false},
      {"tpm.reset_count", Op::present, {}, true},
      {"tpm.restart_count", Op::present, {}, false},
      {"tpm.clock_safe", Op::equals, {true}, true},
      {"tpm.clock_safe", Op::equals, {false}, false},
      {before, Op::at_least, {time(-3600)}, true},
      {before, Op::at_least, {time(-3599)}, false},
      {before, Op::at_most, {time(-3600)}, true},
      {before, Op::at_most, {time(-3601)}, false},
      {before, Op::max_age_s, {number(3600)}, true},
      {before, Op::max_age_s, {number(3599)}, false},
  };
  for (const Row& row : rows) {
    const Verdict verdict =
        appraise(claims(), requiring({row.claim, row.op, row.values}), kChallenge);
    EXPECT_EQ(failed(verdict), row.holds ? Ids{} : Ids{"policy-03"})
        << row.claim << " " << static_cast<int>(row.op);
  }
}

TEST(Appraise, RefusesTimesFromTheFutureAndBeforeTime) {
  const Policy fresh =
      requiring({"tpm.ak.not_before", Requirement::Op::max_age_s, {std::uint64_t{3600}}});
  EXPECT_EQ(failed(appraise(changed("tpm.ak.not_before", UnixTime(kNow.seconds() + 1)), fresh,
                            kChallenge)),
            Ids{"policy-03"});
  const UnixTime dawn(std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(failed(appraise(changed("tpm.ak.not_before", dawn), fresh, kChallenge)),
            Ids{"policy-03"});
  const Policy any =
      requiring({"tpm.ak.not_before", Requirement::Op::max_age_s, {~std::uint64_t{0}}});
  EXPECT_EQ(failed(appraise(changed("tpm.ak.not_before", dawn), any, kChallenge)), Ids{});
}

// A claim of an unexpected type is no match, and no crash.
TEST(Appraise, RefusesClaimsOfAnotherType) {
  EXPECT_EQ(
      failed(appraise(changed("tpm.pcr.sha256.4", to_hex(test::value(4))), policy(), kChallenge)),
      Ids{"policy-03"});
  EXPECT_EQ(failed(appraise(changed("common.debug", std::string("false")), policy(), kChallenge)),
            Ids{"policy-05"});
  EXPECT_EQ(
      failed(appraise(changed("tpm.reset_count", std::string("9")),
                      requiring({"tpm.reset_count", Requirement::Op::at_least, {std::uint64_t{1}}}),
                      kChallenge)),
      Ids{"policy-03"});
  EXPECT_EQ(failed(appraise(supplied(kRootCa, test::digest_of("x")), policy(), kChallenge)),
            (Ids{"policy-03", "policy-04", "policy-08"}));
  EXPECT_EQ(failed(appraise(supplied(kDisk, std::string("x")), policy(), kChallenge)),
            (Ids{"policy-03", "policy-04", "policy-08"}));
}

// T15: the chain of register 15.
TEST(Appraise, RefusesRegister15InEveryOtherOrder) {
  const ByteVector ca = test::digest_of(test::data("ca.pem"));
  const ByteVector zeros = test::zeros();
  const std::vector<std::vector<ByteVector>> others = {
      {},
      {test::disk()},
      {test::disk(), zeros},
      {test::disk(), ca},
      {zeros, test::disk(), ca},
      {ca, zeros, test::disk()},
      {test::disk(), zeros, ca, zeros},
      {zeros, test::disk(), zeros, ca},
  };
  for (const auto& steps : others) {
    const Verdict verdict =
        appraise(changed("tpm.pcr.sha256.15", test::extended(steps)), policy(), kChallenge);
    EXPECT_EQ(failed(verdict), (Ids{"policy-03", "policy-04", "policy-08"}));
  }
  EXPECT_EQ(appraise(changed("tpm.pcr.sha256.15", test::extended({test::disk(), zeros, ca})),
                     policy(), kChallenge)
                    .accepted() != nullptr,
            true);
}

TEST(Appraise, RefusesAReplacedOrReformattedCa) {
  std::string crlf;
  for (const char c : test::data("ca.pem")) {
    crlf += c == '\n' ? "\r\n" : std::string(1, c);
  }
  std::string cut = test::data("ca.pem");
  cut.pop_back();
  for (const std::string& other : {test::data("other_ca.pem"), crlf, cut, std::string()}) {
    EXPECT_EQ(failed(appraise(supplied(kRootCa, other), policy(), kChallenge)),
              (Ids{"policy-03", "policy-04", "policy-08"}));
  }
}

// L11: a value that only came along counts for nothing, though it be right.
TEST(Appraise, RefusesUnauthenticatedValues) {
  const Claims all =
      claims([](ClaimsBuilder& builder) { builder.supplied("tpm.pcr.sha256.4", test::value(4)); });
  EXPECT_EQ(failed(appraise(all, policy(), kChallenge)), Ids{"policy-03"});
  const Claims debug =
      claims([](ClaimsBuilder& builder) { builder.supplied("common.debug", false); });
  EXPECT_EQ(failed(appraise(debug, policy(), kChallenge)), Ids{"policy-05"});
  const Claims register_15 = claims([](ClaimsBuilder& builder) {
    builder.supplied("tpm.pcr.sha256.15", test::register_15(test::data("ca.pem")));
  });
  EXPECT_EQ(failed(appraise(register_15, policy(), kChallenge)),
            (Ids{"policy-03", "policy-04", "policy-08"}));
}

TEST(Appraise, RefusesDebugUnlessSaidOutLoud) {
  const Claims debug = changed("common.debug", true);
  EXPECT_EQ(failed(appraise(debug, policy(), kChallenge)), Ids{"policy-05"});
  Alternative lax = alternative();
  lax.dangerous_allow_debug = true;
  const Verdict verdict = appraise(debug, policy(lax), kChallenge);
  EXPECT_NE(verdict.accepted(), nullptr);
  EXPECT_TRUE(mentions(verdict.assumed(), "dangerous_allow_debug"));
  EXPECT_EQ(failed(appraise(claims({}, "common.debug"), policy(lax), kChallenge)),
            Ids{"policy-05"});
}

TEST(Appraise, RefusesEvidenceThatOutlivedItsCertificates) {
  EXPECT_NE(appraise(claims({}, {}, kNow), policy(), kChallenge).accepted(), nullptr);
  const Verdict verdict =
      appraise(claims({}, {}, UnixTime(kNow.seconds() - 1)), policy(), kChallenge);
  EXPECT_EQ(failed(verdict), Ids{"policy-07"});
}

TEST(Appraise, ReportsTheAlternativeThatCameClosest) {
  Alternative far = alternative();
  far.label = "far";
  far.require = {equals("tpm.pcr.sha256.0", test::value(9)),
                 equals("tpm.pcr.sha256.4", test::value(9)), equals(kDisk, test::disk())};
  Alternative near = alternative();
  near.label = "";
  near.require[1] = equals("tpm.pcr.sha256.4", test::value(9));
  Alternative tie = near;
  tie.label = "tie";
  const Verdict refused = appraise(claims(), Policy{"", "", {far, near, tie}}, kChallenge);
  EXPECT_EQ(refused.accepted(), nullptr);
  EXPECT_EQ(refused.alternative(), "accept[1]");
  const Verdict accepted =
      appraise(claims(), Policy{"", "", {far, near, alternative()}}, kChallenge);
  EXPECT_NE(accepted.accepted(), nullptr);
  EXPECT_EQ(accepted.alternative(), "release 1");
}

// A policy made in code has no loader to refuse it.
TEST(Appraise, RefusesPoliciesThatWouldNotLoad) {
  std::vector<Alternative> wrong(8, alternative());
  wrong[0].require.clear();
  wrong[0].replay.clear();
  wrong[0].tls_key.reset();
  wrong[1].require.push_back({"tpm.reset_count", Requirement::Op::present, {std::uint64_t{7}}});
  wrong[2].require.push_back(equals("tpm.pcr.sha1.0", ByteVector(20, 1)));
  wrong[3].require = {{"tpm.pcr.sha256.4", Requirement::Op::present, {}}};
  wrong[4].require = {equals("tpm.pcr.sha256.16", test::value(16))};
  wrong[5].require.push_back(wrong[5].require.front());
  wrong[6].require.push_back(
      {"tpm.reset_count", Requirement::Op::one_of, {std::uint64_t{7}, std::uint64_t{7}}});
  wrong[7].nonce = NonceBinding{"tpm.pcr.sha256.4", 1};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(failed(appraise(claims(), policy(wrong[i]), kChallenge)), Ids{"policy-09"}) << i;
  }
  for (std::size_t i = 3; i < wrong.size(); ++i) {
    const Verdict verdict = appraise(claims(), policy(wrong[i]), kChallenge);
    EXPECT_EQ(verdict.accepted(), nullptr) << i;
    EXPECT_FALSE(find(verdict, "policy-09")->passed) << i;
  }
}

// A policy that holds nothing but a rule without values must not compare with nothing.
TEST(Appraise, RefusesRulesWithoutValues) {
  using Op = Requirement::Op;
  for (const Op op : {Op::equals, Op::one_of, Op::at_least, Op::at_most, Op::max_age_s}) {
    const Verdict verdict = appraise(claims(), requiring({"tpm.reset_count", op, {}}), kChallenge);
    EXPECT_EQ(failed(verdict), (Ids{"policy-03", "policy-09"}));
  }
}

TEST(Appraise, SaysWhatWasNotProved) {
  const Verdict verdict = appraise(claims(), policy(), kChallenge);
  EXPECT_TRUE(mentions(verdict.proved(), "a TPM signed"));
  EXPECT_TRUE(mentions(verdict.proved(), kRootCa));
  EXPECT_TRUE(mentions(verdict.not_proved(), "freshness: no nonce was sent"));
  EXPECT_TRUE(mentions(verdict.not_proved(), "tpm.pcr.sha256 1-3, 5-14"));
  EXPECT_TRUE(mentions(verdict.not_proved(), "memory is not encrypted"));
  EXPECT_TRUE(mentions(verdict.not_proved(), "relay"));
  EXPECT_TRUE(verdict.assumed().empty());
}

TEST(Appraise, SaysThatSuppliedValuesAreNotBound) {
  Alternative one = alternative();
  one.require.pop_back();
  one.replay.clear();
  one.tls_key.reset();
  const Verdict verdict = appraise(claims(), policy(one), kChallenge);
  ASSERT_NE(verdict.accepted(), nullptr);
  EXPECT_TRUE(mentions(verdict.not_proved(), kRootCa));
  EXPECT_TRUE(mentions(verdict.not_proved(), kDisk));
  EXPECT_FALSE(mentions(verdict.not_proved(), "relay"));
}

TEST(Appraise, SaysThatSecureBootWasNotLookedAt) {
  const Claims on = changed("tpm.event_log.secure_boot", false);
  EXPECT_TRUE(mentions(appraise(on, policy(), kChallenge).not_proved(), "secure boot"));
  const Policy looks = requiring(equals("tpm.event_log.secure_boot", false));
  EXPECT_FALSE(mentions(appraise(on, looks, kChallenge).not_proved(), "secure boot"));
}

TEST(Appraise, SaysOnlyOnceThatMemoryIsReadable) {
  const Claims said = claims([](ClaimsBuilder& builder) {
    builder.not_proved("that the memory is out of the host's sight");
  });
  std::size_t count = 0;
  const Verdict verdict = appraise(said, policy(), kChallenge);
  for (const std::string& statement : verdict.not_proved()) {
    count += statement.find("memory") != std::string::npos ? 1U : 0U;
  }
  EXPECT_EQ(count, 1U);
}

}  // namespace
}  // namespace cupel

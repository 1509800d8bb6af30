// L5: no field of a policy is accepted and then ignored. For each, one change of that field alone
// turns an acceptance into a refusal.
#include "unit/appraise/support.hpp"

namespace cupel {
namespace {

using test::equals;

struct Change {
  const char* field;
  std::function<void(Alternative&)> apply;
  std::vector<std::string> failed;
};

// Accepts fresh_claims() with every field in use.
Alternative full() {
  Alternative out = test::alternative();
  out.require.push_back({"tpm.pcr.sha256.1", Requirement::Op::one_of, {test::value(1)}});
  out.require.push_back({"tpm.reset_count", Requirement::Op::at_least, {std::uint64_t{7}}});
  out.require.push_back({"tpm.clock_safe", Requirement::Op::equals, {true}});
  out.require.push_back({"tpm.ak.spki_sha256", Requirement::Op::present, {}});
  out.require.push_back({"tpm.ak.not_before", Requirement::Op::max_age_s, {std::uint64_t{3600}}});
  out.nonce = NonceBinding{"tpm.extra_data", 0};
  out.expires = test::kNow;
  return out;
}

const ByteVector kNonce = test::digest_of("nonce");

Claims fresh_claims(bool debug = false) {
  return test::claims([&](ClaimsBuilder& builder) {
    builder.set("tpm.extra_data", kNonce)
        .set("common.bound_data", kNonce)
        .set("common.debug", debug);
  });
}

Verdict judge(const Alternative& one) {
  return appraise(fresh_claims(), test::policy(one), Challenge{test::kNow, kNonce});
}

TEST(PolicyFields, EachOneFlipsAVerdict) {
  ASSERT_NE(judge(full()).accepted(), nullptr);
  const std::vector<Change> changes = {
      {"family", [](Alternative& a) { a.family = "nitro"; }, {"policy-01"}},
      {"expires",
       [](Alternative& a) { a.expires = UnixTime(test::kNow.seconds() - 1); },
       {"policy-02"}},
      {"require.equals",
       [](Alternative& a) { a.require[0].values = {test::value(9)}; },
       {"policy-03"}},
      {"require.claim",
       [](Alternative& a) { a.require[0].claim = "tpm.pcr.sha256.2"; },
       {"policy-03"}},
      {"require.one_of",
       [](Alternative& a) { a.require[3].values = {test::value(9)}; },
       {"policy-03"}},
      {"require.at_least",
       [](Alternative& a) { a.require[4].values = {std::uint64_t{8}}; },
       {"policy-03"}},
      {"require.at_most",
       [](Alternative& a) {
         a.require[4].op = Requirement::Op::at_most;
         a.require[4].values = {std::uint64_t{6}};
       },
       {"policy-03"}},
      {"require.boolean", [](Alternative& a) { a.require[5].values = {false}; }, {"policy-03"}},
      {"require.present",
       [](Alternative& a) { a.require[6].claim = "tpm.ak.subject"; },
       {"policy-03"}},
      {"require.max_age_s",
       [](Alternative& a) { a.require[7].values = {std::uint64_t{3599}}; },
       {"policy-03"}},
      {"replay.claim",
       [](Alternative& a) { a.replay[0].claim = "tpm.pcr.sha256.14"; },
       {"policy-03", "policy-04", "policy-08"}},
      {"replay.digest",
       [](Alternative& a) { a.replay[0].steps[1].digest = test::value(1); },
       {"policy-03", "policy-04", "policy-08"}},
      {"replay.digest_of",
       [](Alternative& a) {
         a.replay[0].steps.push_back(
             {ReplayStep::Kind::digest_of, {}, "tpm.supplied.application_disk_roothash"});
       },
       {"policy-03", "policy-04", "policy-08"}},
      {"replay.order",
       [](Alternative& a) { std::swap(a.replay[0].steps[0], a.replay[0].steps[1]); },
       {"policy-03", "policy-04", "policy-08"}},
      {"replay.kind",
       [](Alternative& a) { a.replay[0].steps[0].kind = ReplayStep::Kind::digest_of; },
       {"policy-03", "policy-04", "policy-08"}},
      {"bind.tls_key.claim",
       [](Alternative& a) {
         a.tls_key = TlsBinding{"tpm.qualified_signer", 0, TlsBinding::Form::spki_sha256};
       },
       {"policy-08"}},
      {"bind.tls_key.offset",
       [](Alternative& a) {
         a.tls_key = TlsBinding{"tpm.pcr_digest", 1, TlsBinding::Form::certificate_sha256};
       },
       {"policy-08"}},
      {"bind.tls_key.form",
       [](Alternative& a) { a.tls_key->form = TlsBinding::Form::spki_sha256; },
       {"policy-08", "policy-09"}},
      {"bind.nonce.claim",
       [](Alternative& a) { a.nonce->claim = "tpm.qualified_signer"; },
       {"policy-06"}},
      {"bind.nonce.offset", [](Alternative& a) { a.nonce->offset = 1; }, {"policy-06"}},
  };
  for (const Change& change : changes) {
    Alternative one = full();
    change.apply(one);
    const Verdict verdict = judge(one);
    EXPECT_EQ(verdict.accepted(), nullptr) << change.field;
    EXPECT_EQ(test::failed(verdict), change.failed) << change.field;
  }
}

TEST(PolicyFields, NonceAloneDemandsOne) {
  const Challenge none{test::kNow};
  Alternative one = full();
  EXPECT_EQ(test::failed(appraise(fresh_claims(), test::policy(one), none)),
            std::vector<std::string>{"policy-06"});
  one.nonce.reset();
  EXPECT_NE(appraise(fresh_claims(), test::policy(one), none).accepted(), nullptr);
}

TEST(PolicyFields, DangerousSwitchesAreNeededForWhatTheyAllow) {
  const Challenge challenge{test::kNow, kNonce};
  Alternative debug = full();
  EXPECT_EQ(appraise(fresh_claims(true), test::policy(debug), challenge).accepted(), nullptr);
  debug.dangerous_allow_debug = true;
  EXPECT_NE(appraise(fresh_claims(true), test::policy(debug), challenge).accepted(), nullptr);

  Alternative any = full();
  any.require.clear();
  any.replay.clear();
  any.tls_key.reset();
  EXPECT_EQ(judge(any).accepted(), nullptr);
  any.dangerous_any_measurement = true;
  EXPECT_NE(judge(any).accepted(), nullptr);
}

// The label and the form of the key are the only fields that refuse nothing: they are reported.
TEST(PolicyFields, LabelAndKeyFormAreReported) {
  Alternative one = full();
  one.label = "another label";
  EXPECT_EQ(judge(one).alternative(), "another label");
  EXPECT_EQ(judge(one).accepted()->pin()->kind(), TlsPin::Kind::root_ca);
}

}  // namespace
}  // namespace cupel

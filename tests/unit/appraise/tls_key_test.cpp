// The TLS key that the evidence names, and the pin that an acceptance makes of it.
#include "unit/appraise/support.hpp"

namespace cupel {
namespace {

using test::alternative;
using test::claims;
using test::failed;
using test::find;
using test::kNow;
using test::policy;

using Ids = std::vector<std::string>;

const std::string kRootCa = "tpm.supplied.webserver_rootca";

// Claims whose register 15 binds this CA text.
Claims with_ca(const std::string& pem) {
  return claims([&](ClaimsBuilder& builder) {
    builder.supplied(kRootCa, pem).set("tpm.pcr.sha256.15", test::register_15(pem));
  });
}

Policy binding(TlsBinding key) {
  Alternative one = alternative();
  one.tls_key = std::move(key);
  return policy(one);
}

Claims carrying(const ByteVector& data) {
  return claims([&](ClaimsBuilder& builder) { builder.set("tpm.extra_data", data); });
}

TEST(AppraiseTlsKey, PinsTheDigestThatTheEvidenceNames) {
  const ByteVector digest = test::digest_of("key");
  for (const auto& [form, kind] :
       {std::pair{TlsBinding::Form::spki_sha256, TlsPin::Kind::spki_sha256},
        std::pair{TlsBinding::Form::certificate_sha256, TlsPin::Kind::certificate_sha256}}) {
    for (const std::size_t offset : {std::size_t{0}, std::size_t{5}}) {
      ByteVector data(offset, 0);
      data.insert(data.end(), digest.begin(), digest.end());
      const Verdict verdict =
          appraise(carrying(data), binding({"tpm.extra_data", offset, form}), Challenge{kNow});
      ASSERT_NE(verdict.accepted(), nullptr);
      const auto pin = verdict.accepted()->pin();
      ASSERT_TRUE(pin.ok());
      EXPECT_EQ(pin->kind(), kind);
      EXPECT_EQ(to_vector(pin->sha256()), digest);
      EXPECT_TRUE(pin->root_ca().empty());
    }
  }
}

TEST(AppraiseTlsKey, RefusesDigestsThatAreNotThere) {
  const auto key = [](std::size_t offset) {
    return binding({"tpm.extra_data", offset, TlsBinding::Form::spki_sha256});
  };
  const ByteVector digest = test::digest_of("key");
  const ByteVector cut(digest.begin(), digest.end() - 1);
  EXPECT_EQ(failed(appraise(carrying({}), key(0), Challenge{kNow})), Ids{"policy-08"});
  EXPECT_EQ(failed(appraise(carrying(cut), key(0), Challenge{kNow})), Ids{"policy-08"});
  EXPECT_EQ(failed(appraise(carrying(digest), key(1), Challenge{kNow})), Ids{"policy-08"});
  EXPECT_EQ(failed(appraise(carrying(digest), key(1U << 20U), Challenge{kNow})), Ids{"policy-08"});
  // A field that nobody filled.
  EXPECT_EQ(failed(appraise(carrying(test::zeros()), key(0), Challenge{kNow})), Ids{"policy-08"});
  EXPECT_EQ(failed(appraise(claims({}, "tpm.extra_data"), key(0), Challenge{kNow})),
            Ids{"policy-08"});
  const Claims text =
      claims([&](ClaimsBuilder& builder) { builder.set("tpm.extra_data", to_hex(digest)); });
  EXPECT_EQ(failed(appraise(text, key(0), Challenge{kNow})), Ids{"policy-08"});
}

TEST(AppraiseTlsKey, RefusesTextsThatAreNotOneValidCa) {
  const std::string ca = test::data("ca.pem");
  const std::vector<std::string> texts = {"",
                                          "trust me\n",
                                          ca + ca,
                                          ca + test::data("other_ca.pem"),
                                          test::data("leaf.pem"),
                                          test::data("ended_ca.pem"),
                                          ca.substr(0, ca.size() / 2),
                                          "x" + ca,
                                          ca + "x"};
  for (const std::string& text : texts) {
    const Verdict verdict = appraise(with_ca(text), policy(), Challenge{kNow});
    EXPECT_EQ(failed(verdict), Ids{"policy-08"}) << text;
    EXPECT_EQ(verdict.accepted(), nullptr);
  }
}

TEST(AppraiseTlsKey, RefusesACaThatIsNotYetValid) {
  const UnixTime before(1700000000);  // 2023-11-14
  EXPECT_EQ(failed(appraise(claims(), policy(), Challenge{before})), Ids{"policy-08"});
}

TEST(AppraiseTlsKey, EndsWithTheCa) {
  const Verdict verdict = appraise(claims({}, {}, kNoEnd), policy(), Challenge{kNow});
  ASSERT_NE(verdict.accepted(), nullptr);
  EXPECT_EQ(verdict.valid_until(), parse_time("2034-01-01").value());
  EXPECT_EQ(verdict.accepted()->pin()->valid_until(), verdict.valid_until());
}

TEST(AppraiseTlsKey, HasNoPinWithoutABinding) {
  Alternative one = alternative();
  one.tls_key.reset();
  const Verdict verdict = appraise(claims(), policy(one), Challenge{kNow});
  ASSERT_NE(verdict.accepted(), nullptr);
  const auto pin = verdict.accepted()->pin();
  ASSERT_FALSE(pin.ok());
  EXPECT_EQ(pin.error().code, Code::bad_policy);
  EXPECT_EQ(pin.error().where, "policy.bind.tls_key");
}

}  // namespace
}  // namespace cupel

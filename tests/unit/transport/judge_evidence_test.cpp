// Which evidence counts as carrying no nonce. What stands beside the TLS key's 32 bytes is looked
// at, too: a nonce that is not ours is a wrong one, wherever it stands.
#include <gmock/gmock.h>

#include "crypto/digest.hpp"
#include "transport/attest.hpp"

namespace cupel {
namespace {

struct NoEvidence {};

}  // namespace

namespace detail {

template <>
struct Sealer<NoEvidence> {
  static Verified<NoEvidence> seal() { return {NoEvidence{}, Assurance{}}; }
};

}  // namespace detail

namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr UnixTime kAt{1'800'000'000};

ByteVector digest_of(std::string_view text) {
  return crypto::digest(crypto::Hash::sha256, as_bytes(text));
}

const ByteVector kKey = digest_of("the service's key");
const ByteVector kNonce = digest_of("the nonce that was sent");
const ByteVector kZeros(32, 0);

ByteVector joined(std::initializer_list<ByteVector> parts) {
  ByteVector out;
  for (const ByteVector& part : parts) {
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

/// What a policy demands of SEV-SNP guests without a word.
void as_launched(ClaimsBuilder& builder) {
  builder.set("snp.vmpl", std::uint64_t{0}).set("snp.policy.migrate_ma", false);
}

/// A family whose quote has one field for what the attester wants signed.
struct Attester {
  std::string family;
  std::string measurement;
  std::string field;
  std::size_t measurement_size;

  Claims says(const ByteVector& data) const {
    ClaimsBuilder builder(family, detail::Sealer<NoEvidence>::seal());
    builder.set(measurement, ByteVector(measurement_size, 0xaa))
        .set(field, data)
        .set("common.bound_data", data)
        .set("common.debug", false);
    if (family == "snp") {
      as_launched(builder);
    }
    return std::move(builder).build();
  }
  /// Accepts the software, and takes the key from the field.
  Policy policy(std::size_t offset, TlsBinding::Form form) const {
    Alternative one;
    one.family = family;
    one.label = "test";
    one.require.push_back(
        {measurement, Requirement::Op::equals, {ByteVector(measurement_size, 0xaa)}});
    one.tls_key = TlsBinding{field, offset, form};
    return Policy{"test", "test", {one}};
  }
};

const Attester kTpm{"tpm", "tpm.pcr.sha256.4", "tpm.extra_data", 32};
const Attester kSnp{"snp", "snp.measurement", "snp.report_data", 48};

constexpr std::array kForms = {TlsBinding::Form::spki_sha256, TlsBinding::Form::certificate_sha256};
constexpr std::array kBoth = {Freshness::required, Freshness::if_supported};

std::vector<std::string> failed(const Verdict& verdict) {
  std::vector<std::string> ids;
  for (const Check& check : verdict.checks()) {
    if (!check.passed) {
      ids.push_back(check.id);
    }
  }
  return ids;
}

Verdict judged(const Attester& attester, const ByteVector& data, std::size_t key_at,
               Freshness freshness, TlsBinding::Form form = TlsBinding::Form::spki_sha256) {
  return judge_evidence(attester.says(data), attester.policy(key_at, form), freshness, kNonce, kAt);
}

struct Field {
  ByteVector data;
  std::size_t key_at;
};

std::vector<Field> with_another_nonce() {
  ByteVector flipped = kNonce;
  flipped.back() ^= 1U;
  ByteVector last_bit(32, 0);
  last_bit.back() = 1;
  ByteVector first_bit(32, 0);
  first_bit.front() = 0x80;
  std::vector<Field> out;
  for (const ByteVector& other : {flipped, last_bit, first_bit, digest_of("another nonce"),
                                  ByteVector(32, 0x11), kKey, to_vector(crypto::sha256(kNonce))}) {
    out.push_back({joined({kKey, other}), 0});
    out.push_back({joined({other, kKey}), 32});
  }
  return out;
}

TEST(JudgeEvidence, RefusesAnotherNonceBesideTheKey) {
  for (const Attester& attester : {kTpm, kSnp}) {
    for (const Field& field : with_another_nonce()) {
      for (const TlsBinding::Form form : kForms) {
        for (const Freshness freshness : kBoth) {
          const Verdict verdict = judged(attester, field.data, field.key_at, freshness, form);
          EXPECT_EQ(verdict.accepted(), nullptr) << attester.family << " at " << field.key_at;
          EXPECT_THAT(failed(verdict), Contains("policy-06"));
        }
      }
    }
  }
}

TEST(JudgeEvidence, RefusesWhatIsNotQuiteTheNonceBesideTheKey) {
  ByteVector cut = kNonce;
  cut.pop_back();
  const std::vector<Field> fields = {
      {joined({kKey, cut}), 0},
      {joined({kKey, kNonce, {0}}), 0},
      {joined({kKey, {0}, kNonce}), 0},
      {joined({kKey, {1}}), 0},
      {joined({{1}, kKey}), 1},
      {joined({kNonce, kKey}), 0},  // the policy takes the nonce for the key
      {kNonce, 1},                  // no 32 bytes are left for a key
  };
  for (const Field& field : fields) {
    for (const Freshness freshness : kBoth) {
      EXPECT_EQ(judged(kTpm, field.data, field.key_at, freshness).accepted(), nullptr);
    }
  }
}

TEST(JudgeEvidence, TakesTheKeyAloneForNoNonce) {
  const std::vector<std::pair<Attester, Field>> without = {
      {kTpm, {kKey, 0}},
      {kTpm, {joined({kKey, kZeros}), 0}},
      {kSnp, {joined({kKey, kZeros}), 0}},
      {kSnp, {joined({kZeros, kKey}), 32}},
  };
  for (const auto& [attester, field] : without) {
    for (const TlsBinding::Form form : kForms) {
      const Verdict verdict =
          judged(attester, field.data, field.key_at, Freshness::if_supported, form);
      EXPECT_NE(verdict.accepted(), nullptr) << attester.family << " at " << field.key_at;
      EXPECT_THAT(
          verdict.not_proved(),
          Contains(HasSubstr("a nonce was sent, but the evidence's bound data holds none")));
      EXPECT_THAT(verdict.not_proved(), Not(Contains(HasSubstr("no nonce was sent"))));
      EXPECT_EQ(judged(attester, field.data, field.key_at, Freshness::required, form).accepted(),
                nullptr);
    }
  }
}

TEST(JudgeEvidence, FindsTheNonceBesideTheKey) {
  for (const Attester& attester : {kTpm, kSnp}) {
    for (const Field& field :
         {Field{joined({kKey, kNonce}), 0}, Field{joined({kNonce, kKey}), 32}}) {
      for (const Freshness freshness : kBoth) {
        const Verdict verdict = judged(attester, field.data, field.key_at, freshness);
        EXPECT_NE(verdict.accepted(), nullptr) << attester.family << " at " << field.key_at;
        EXPECT_THAT(verdict.proved(), Contains(HasSubstr("fresh")));
        EXPECT_THAT(verdict.not_proved(), Not(Contains(HasSubstr("nonce"))));
      }
    }
  }
}

TEST(JudgeEvidence, LooksForTheNonceWhereThePolicySaysAndNowhereElse) {
  Policy policy = kSnp.policy(0, TlsBinding::Form::spki_sha256);
  policy.accept[0].nonce = NonceBinding{"snp.host_data", 0};
  for (const ByteVector& beside : {kNonce, kZeros}) {
    const Claims claims = kSnp.says(joined({kKey, beside}));
    for (const Freshness freshness : kBoth) {
      EXPECT_EQ(judge_evidence(claims, policy, freshness, kNonce, kAt).accepted(), nullptr);
    }
  }
}

TEST(JudgeEvidence, RefusesAFieldOfZerosWhereTheKeyStandsElsewhere) {
  // Zeros are "nothing" beside a key only: a whole field of them is an answer, and not ours.
  for (const ByteVector& data : {kZeros, joined({kZeros, kZeros})}) {
    Policy policy = kSnp.policy(0, TlsBinding::Form::spki_sha256);
    policy.accept[0].tls_key->claim = "snp.runtime.certificate_hash";
    ClaimsBuilder builder("snp", detail::Sealer<NoEvidence>::seal());
    builder.set("snp.measurement", ByteVector(48, 0xaa))
        .set("snp.runtime.certificate_hash", kKey)
        .set("common.bound_data", data)
        .set("common.debug", false);
    as_launched(builder);
    const Claims claims = std::move(builder).build();
    for (const Freshness freshness : kBoth) {
      const Verdict verdict = judge_evidence(claims, policy, freshness, kNonce, kAt);
      EXPECT_EQ(failed(verdict), std::vector<std::string>{"policy-06"});
    }
  }
}

}  // namespace
}  // namespace cupel

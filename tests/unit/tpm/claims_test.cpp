#include "tpm/claims.hpp"

#include <set>

#include "base/claims.hpp"
#include "support.hpp"

namespace cupel::tpm {
namespace {

using test::Key;
using test::QuoteSpec;

Verified<Quote> verified(const QuoteSpec& spec) {
  const auto trust = AkTrust::from_public_key("key", Key::rsa().spki()).value();
  return verify(spec.signed_by(Key::rsa()), trust, {}, {UnixTime(0), TrustAnchors({})}).value();
}

const ClaimDef* definition(std::string_view name) {
  for (const auto table : {claim_definitions(), common_claims()}) {
    for (const ClaimDef& def : table) {
      if (covers(def, name)) {
        return &def;
      }
    }
  }
  return nullptr;
}

template <class T>
T value(const Claims& claims, std::string_view name) {
  const Claim* claim = claims.find(name);
  return claim == nullptr ? T{} : std::get<T>(claim->value);
}

TEST(TpmClaims, SayWhatTheQuoteSays) {
  QuoteSpec spec;
  const Claims all = claims(verified(spec));
  EXPECT_EQ(value<ByteVector>(all, "tpm.pcr.sha256.0"), spec.values[0]);
  EXPECT_EQ(value<ByteVector>(all, "tpm.pcr.sha256.4"), spec.values[1]);
  EXPECT_EQ(value<ByteVector>(all, "tpm.pcr.sha256.15"), spec.values[2]);
  EXPECT_EQ(value<ByteVector>(all, "tpm.extra_data"), spec.attest.extra_data);
  EXPECT_EQ(value<ByteVector>(all, "common.bound_data"), spec.attest.extra_data);
  EXPECT_EQ(value<ByteVector>(all, "tpm.qualified_signer"), spec.attest.qualified_signer);
  EXPECT_EQ(value<std::uint64_t>(all, "tpm.clock"), spec.attest.clock);
  EXPECT_EQ(value<std::uint64_t>(all, "tpm.reset_count"), spec.attest.reset_count);
  EXPECT_EQ(value<std::uint64_t>(all, "tpm.restart_count"), spec.attest.restart_count);
  EXPECT_EQ(value<std::uint64_t>(all, "tpm.firmware_version"), spec.attest.firmware_version);
  EXPECT_TRUE(value<bool>(all, "tpm.clock_safe"));
  EXPECT_EQ(value<std::string>(all, "tpm.signature_scheme"), "rsassa");
  EXPECT_EQ(value<std::string>(all, "tpm.signature_hash"), "sha256");
  EXPECT_EQ(value<std::string>(all, "common.tee_class"), "measured_boot");
  EXPECT_EQ(value<std::string>(all, "common.tcb_status"), "none");
  EXPECT_FALSE(value<bool>(all, "common.debug"));
}

TEST(TpmClaims, HoldNoRegisterThatWasNotQuoted) {
  const Claims all = claims(verified(QuoteSpec{}));
  for (unsigned i = 0; i < kPcrCount; ++i) {
    const bool quoted = i == 0 || i == 4 || i == 15;
    EXPECT_EQ(all.find("tpm.pcr.sha256." + std::to_string(i)) != nullptr, quoted) << i;
    EXPECT_EQ(all.find("tpm.pcr.sha1." + std::to_string(i)), nullptr) << i;
  }
}

TEST(TpmClaims, AllHaveADefinitionOfTheirTypeAndSize) {
  QuoteSpec spec;
  spec.attest.pcr_select = {{HashAlg::sha1, {0}},
                            {HashAlg::sha256, {1}},
                            {HashAlg::sha384, {2}},
                            {HashAlg::sha512, {23}},
                            {HashAlg::sm3_256, {5}}};
  spec.values = {ByteVector(20, 1), ByteVector(32, 2), ByteVector(48, 3), ByteVector(64, 4),
                 ByteVector(32, 5)};
  const Claims all = claims(verified(spec));
  EXPECT_NE(all.find("tpm.pcr.sha512.23"), nullptr);
  for (const auto& [name, claim] : all.all()) {
    const ClaimDef* def = definition(name);
    ASSERT_NE(def, nullptr) << name;
    EXPECT_EQ(def->type, type_of(claim.value)) << name;
    if (def->size != 0) {
      EXPECT_EQ(std::get<ByteVector>(claim.value).size(), def->size) << name;
    }
  }
}

TEST(TpmClaims, DefineRegistersWithTheirTraps) {
  const ClaimDef* sha256 = definition("tpm.pcr.sha256.0");
  ASSERT_NE(sha256, nullptr);
  EXPECT_TRUE(sha256->measurement);
  EXPECT_FALSE(sha256->weak);
  EXPECT_EQ(sha256->extend_hash, "sha256");
  EXPECT_EQ(sha256->indices, kPcrCount);
  EXPECT_EQ(sha256->never_zero, 0xffU);
  EXPECT_EQ(sha256->resettable, (1U << 16U) | (1U << 23U));
  EXPECT_TRUE(definition("tpm.pcr.sha1.0")->weak);
  EXPECT_EQ(definition("tpm.pcr.sha256.24"), nullptr);
  EXPECT_EQ(definition("tpm.pcr.sm3_256.0"), nullptr);
}

TEST(TpmClaims, AreNamedOnceAndSayWhatTheyMean) {
  std::set<std::string_view> names;
  for (const ClaimDef& def : claim_definitions()) {
    EXPECT_TRUE(names.insert(def.name).second) << def.name;
    EXPECT_TRUE(def.name.starts_with("tpm.")) << def.name;
    EXPECT_FALSE(def.meaning.empty()) << def.name;
    EXPECT_FALSE(def.source.empty()) << def.name;
  }
}

}  // namespace
}  // namespace cupel::tpm

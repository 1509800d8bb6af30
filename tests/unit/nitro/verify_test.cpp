#include "nitro/claims.hpp"
#include "support.hpp"

namespace cupel::nitro {
namespace {

using test::Authority;
using test::authority;
using test::expect_error;
using test::Spec;

TEST(NitroVerify, AcceptsADocumentUnderATrustedRoot) {
  const Verified<Document> verified = Spec{}.verified();
  ASSERT_TRUE(verified->signer.has_value());
  EXPECT_EQ(verified->signer->anchor, "root");
  EXPECT_EQ(verified->signer->subject, "CN=Leaf");
  EXPECT_EQ(verified.assurance().valid_until, cupel::testing::kEnd);
  EXPECT_FALSE(verified.assurance().proved.empty());
}

TEST(NitroVerify, BelievesNothingButTheSignedBytes) {
  Document lie = Spec{}.document();
  lie.pcrs[0] = ByteVector(48, 0xff);
  lie.module_id = "another";
  lie.nonce = ByteVector{1};
  lie.certificate = {};
  lie.cabundle.clear();
  lie.kind = Kind::nitro_tpm;
  lie.signer = Signer{"nobody", "nothing", UnixTime(0), UnixTime(0)};
  const auto verified = verify(std::move(lie), {}, authority().context());
  ASSERT_TRUE(verified.ok()) << to_string(verified.error());
  EXPECT_EQ((**verified).pcrs.at(0), ByteVector(48, 0xa0));
  EXPECT_EQ((**verified).module_id, "i-0-enc0");
  EXPECT_EQ((**verified).nonce, std::nullopt);
  EXPECT_EQ((**verified).kind, Kind::enclave);
  EXPECT_EQ((**verified).signer->subject, "CN=Leaf");
}

TEST(NitroVerify, RefusesEveryFlippedBitOfTheSignature) {
  const ByteVector bytes = Spec{}.bytes();
  for (std::size_t i = bytes.size() - 96; i < bytes.size(); ++i) {
    Document document = parse(bytes).value();
    document.raw[i] ^= 0x10U;
    expect_error(verify(std::move(document), {}, authority().context()), Code::bad_signature,
                 "nitro.cose.signature", "nitro-06");
  }
}

TEST(NitroVerify, RefusesRawBytesThatAreNoDocument) {
  Document document = Spec{}.document();
  document.raw.push_back(0);
  expect_error(verify(std::move(document), {}, authority().context()), Code::trailing_bytes,
               "nitro.cose", "nitro-01");
}

TEST(NitroVerify, RefusesAnotherAuthority) {
  static const Authority kOther("other");
  Spec spec;
  spec.by = &kOther;
  spec.bundle = {authority().root.der, kOther.root.der, kOther.issuing.der};
  expect_error(verify(spec.document(), {}, authority().context()), Code::untrusted_chain,
               "nitro.certificate", "nitro-04");
}

TEST(NitroVerify, RefusesKeysOfOtherCurves) {
  const Authority other("curve", test::KeyKind::p256);
  Spec spec;
  spec.by = &other;
  spec.bundle = {other.root.der, other.issuing.der};
  expect_error(verify(spec.document(), {}, other.context()), Code::bad_key, "nitro.certificate",
               "nitro-05");
}

TEST(NitroVerify, JudgesDatesAtTheGivenTime) {
  const auto at = [](std::int64_t seconds) {
    return verify(Spec{}.document(), {}, authority().context(UnixTime(seconds)));
  };
  const std::int64_t start = cupel::testing::kStart.seconds();
  const std::int64_t end = cupel::testing::kEnd.seconds();
  EXPECT_TRUE(at(start).ok());
  EXPECT_TRUE(at(end).ok());
  expect_error(at(start - 1), Code::not_yet_valid, "nitro.certificate", "nitro-04");
  expect_error(at(end + 1), Code::expired, "nitro.certificate", "nitro-04");
}

TEST(NitroVerify, TakesHelpersFromTheEndorsements) {
  Spec spec;
  spec.bundle = {authority().root.der};
  expect_error(verify(spec.document(), {}, authority().context()), Code::untrusted_chain,
               "nitro.certificate", "nitro-04");
  Endorsements more;
  more.certificates = {authority().issuing.der};
  EXPECT_TRUE(verify(spec.document(), more, authority().context()).ok());
  more.certificates.push_back({1, 2, 3});
  expect_error(verify(spec.document(), more, authority().context()), Code::bad_certificate,
               "endorsements.certificates[1]", "nitro-04");
}

TEST(NitroVerify, RemembersSignaturesOnCertificatesOnly) {
  ChainCache cache;
  VerifyContext context = authority().context();
  context.cache = &cache;
  ASSERT_TRUE(verify(Spec{}.document(), {}, context).ok());
  EXPECT_GT(cache.size(), 0U);
  ASSERT_TRUE(verify(Spec{}.document(), {}, context).ok());
  Document bad = Spec{}.document();
  bad.raw.back() ^= 1U;
  expect_error(verify(std::move(bad), {}, context), Code::bad_signature, "nitro.cose.signature",
               "nitro-06");
  context.now = UnixTime(cupel::testing::kEnd.seconds() + 1);
  expect_error(verify(Spec{}.document(), {}, context), Code::expired, "nitro.certificate",
               "nitro-04");
}

TEST(NitroVerify, SaysWhatItDidNotProve) {
  Spec spec;
  spec.pcrs[5] = ByteVector(32, 1);
  const std::vector<std::string> words = spec.verified().assurance().not_proved;
  EXPECT_TRUE(std::any_of(words.begin(), words.end(), [](const std::string& text) {
    return text.find("register 5") != std::string::npos;
  }));
}

// ---- claims -------------------------------------------------------------------------------------

template <class T>
std::optional<T> value(const Claims& claims, std::string_view name) {
  const Claim* claim = claims.find(name);
  return claim == nullptr ? std::nullopt : std::optional<T>(std::get<T>(claim->value));
}

TEST(NitroClaims, SayWhatTheDocumentSays) {
  Spec spec;
  spec.public_key = ByteVector{1};
  spec.user_data = ByteVector{};
  const Claims all = claims(spec.verified());
  EXPECT_EQ(all.family(), "nitro");
  EXPECT_EQ(value<ByteVector>(all, "nitro.pcr.0"), ByteVector(48, 0xa0));
  EXPECT_EQ(value<std::string>(all, "nitro.kind"), "enclave");
  EXPECT_EQ(value<UnixTime>(all, "nitro.timestamp"), UnixTime(1718409540));
  EXPECT_EQ(value<ByteVector>(all, "nitro.public_key"), ByteVector{1});
  EXPECT_EQ(to_hex(*value<ByteVector>(all, "nitro.public_key_sha256")),
            "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a");
  EXPECT_EQ(value<ByteVector>(all, "nitro.user_data"), ByteVector{});
  EXPECT_EQ(all.find("nitro.nonce"), nullptr);
  EXPECT_EQ(value<ByteVector>(all, "common.bound_data"), ByteVector{});
  EXPECT_EQ(value<bool>(all, "common.debug"), false);
  EXPECT_EQ(value<std::string>(all, "common.tee_class"), "enclave");
}

TEST(NitroClaims, KeepTheRegistersOfTpmsApart) {
  Spec spec;
  spec.registers = "nitrotpm_pcrs";
  const Claims all = claims(spec.verified());
  EXPECT_EQ(all.find("nitro.pcr.0"), nullptr);
  EXPECT_EQ(value<ByteVector>(all, "nitro.tpm_pcr.0"), ByteVector(48, 0xa0));
  EXPECT_EQ(value<std::string>(all, "common.tee_class"), "measured_boot");
  EXPECT_EQ(value<bool>(all, "common.debug"), false);
}

TEST(NitroClaims, TakeAnyZeroOrMissingImageRegisterForDebugMode) {
  for (const unsigned index : {0U, 1U, 2U}) {
    Spec zero;
    zero.pcrs[index] = ByteVector(48, 0);
    EXPECT_EQ(value<bool>(claims(zero.verified()), "common.debug"), true) << index;
    Spec missing;
    missing.pcrs.erase(index);
    EXPECT_EQ(value<bool>(claims(missing.verified()), "common.debug"), true) << index;
    Spec other;
    other.pcrs[index] = ByteVector(48, 0);
    other.pcrs[index].back() = 1;
    EXPECT_EQ(value<bool>(claims(other.verified()), "common.debug"), false) << index;
  }
  Spec others;
  others.pcrs[3] = ByteVector(48, 0);
  EXPECT_EQ(value<bool>(claims(others.verified()), "common.debug"), false);
}

TEST(NitroClaims, LeaveOutRegistersThatAreNoSha384) {
  Spec spec;
  spec.pcrs[4] = ByteVector(32, 1);
  spec.pcrs[5] = ByteVector(64, 1);
  const Claims all = claims(spec.verified());
  EXPECT_EQ(all.find("nitro.pcr.4"), nullptr);
  EXPECT_EQ(all.find("nitro.pcr.5"), nullptr);
}

TEST(NitroClaims, AreAllInTheTable) {
  Spec spec;
  spec.public_key = spec.user_data = spec.nonce = ByteVector{1};
  spec.pcrs[31] = ByteVector(48, 1);
  const Claims all = claims(spec.verified());
  for (const auto& entry : all.all()) {
    const auto& name = entry.first;
    const auto& claim = entry.second;
    if (name.starts_with("common.")) {
      continue;
    }
    const auto table = claim_definitions();
    EXPECT_TRUE(std::any_of(table.begin(), table.end(), [&](const ClaimDef& def) {
      const std::string stem = std::string(def.name) + ".";
      return (def.name == name || (def.indices != 0 && name.starts_with(stem))) &&
             type_of(claim.value) == def.type && def.provenance == claim.provenance;
    })) << name;
  }
}

}  // namespace
}  // namespace cupel::nitro

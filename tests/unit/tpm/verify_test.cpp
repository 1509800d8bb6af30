#include <algorithm>

#include "support.hpp"

namespace cupel::tpm {
namespace {

using test::Authority;
using test::certificate;
using test::expect_error;
using test::Key;
using test::QuoteSpec;

const Authority& authority() {
  static const Authority instance;
  return instance;
}

AkTrust chain_of(const ByteVector& leaf) {
  return AkTrust::from_chain(std::vector<ByteVector>{leaf, authority().intermediate}).value();
}

AkTrust trusted() {
  static const ByteVector leaf = authority().leaf(Key::rsa());
  return chain_of(leaf);
}

Result<Verified<Quote>> verify_here(Quote quote) {
  return verify(std::move(quote), trusted(), {}, authority().context());
}

bool mentions(const std::vector<std::string>& sentences, std::string_view part) {
  return std::any_of(sentences.begin(), sentences.end(), [&](const std::string& sentence) {
    return sentence.find(part) != std::string::npos;
  });
}

TEST(TpmVerify, AcceptsAQuoteWithACertifiedKey) {
  const QuoteSpec spec;
  const auto quote = verify_here(spec.signed_by(Key::rsa()));
  ASSERT_TRUE(quote.ok()) << to_string(quote.error());
  EXPECT_EQ((*quote)->attest.extra_data, spec.attest.extra_data);
  ASSERT_TRUE((*quote)->ak);
  ASSERT_TRUE((*quote)->ak->certificate);
  EXPECT_EQ((*quote)->ak->certificate->anchor, "test root");
  EXPECT_EQ((*quote)->ak->certificate->subject, "CN=Test AK");
  EXPECT_EQ(quote->assurance().valid_until, UnixTime(1'800'000'000));
  EXPECT_TRUE(mentions(quote->assurance().proved, "certified by test root"));
  EXPECT_TRUE(mentions(quote->assurance().proved, "PCR values"));
  EXPECT_TRUE(mentions(quote->assurance().not_proved, "not encrypted"));
  EXPECT_TRUE(quote->assurance().assumed.empty());
}

TEST(TpmVerify, FindsValuesBySignedSelectionAlone) {
  QuoteSpec spec;
  spec.attest.pcr_select = {{HashAlg::sha256, {0, 15}}, {HashAlg::sha1, {15}}};
  spec.values = {ByteVector(32, 1), ByteVector(32, 2), ByteVector(20, 3)};
  const auto quote = verify_here(spec.signed_by(Key::rsa()));
  ASSERT_TRUE(quote.ok()) << to_string(quote.error());
  EXPECT_EQ(*pcr(*quote, HashAlg::sha256, 0), spec.values[0]);
  EXPECT_EQ(*pcr(*quote, HashAlg::sha256, 15), spec.values[1]);
  EXPECT_EQ(*pcr(*quote, HashAlg::sha1, 15), spec.values[2]);
  EXPECT_EQ(pcr(*quote, HashAlg::sha1, 0), nullptr);
  EXPECT_EQ(pcr(*quote, HashAlg::sha256, 1), nullptr);
  EXPECT_EQ(pcr(*quote, HashAlg::sha384, 0), nullptr);
  EXPECT_TRUE(mentions(quote->assurance().not_proved, "sha1 bank"));
}

TEST(TpmVerify, AcceptsAQuoteWithoutValuesAndSaysWhatThatLeavesOpen) {
  Quote bare = QuoteSpec{}.signed_by(Key::rsa());
  bare.pcrs.reset();
  const auto quote = verify_here(std::move(bare));
  ASSERT_TRUE(quote.ok());
  EXPECT_EQ(pcr(*quote, HashAlg::sha256, 0), nullptr);
  EXPECT_TRUE(mentions(quote->assurance().not_proved, "what the PCRs hold"));
  EXPECT_FALSE(mentions(quote->assurance().proved, "PCR values"));
}

TEST(TpmVerify, DropsTheFilesOwnSelection) {
  const QuoteSpec spec;
  Quote quote = spec.signed_by(Key::rsa());
  quote.pcrs->claimed = spec.attest.pcr_select;
  const auto verified = verify_here(std::move(quote));
  ASSERT_TRUE(verified.ok());
  EXPECT_FALSE((*verified)->pcrs->claimed);
}

TEST(TpmVerify, BelievesTheMessageNotTheStructureItIsGiven) {
  const QuoteSpec spec;
  Quote quote = spec.signed_by(Key::rsa());
  quote.attest.extra_data = ByteVector(32, 0xee);
  quote.attest.clock_info.reset_count = 99;
  quote.ak = AttestationKey{};
  const auto verified = verify_here(std::move(quote));
  ASSERT_TRUE(verified.ok());
  EXPECT_EQ((*verified)->attest.extra_data, spec.attest.extra_data);
  EXPECT_EQ((*verified)->attest.clock_info.reset_count, spec.attest.reset_count);
  EXPECT_NE((*verified)->ak->spki_sha256, Sha256Digest{});
}

TEST(TpmVerify, AcceptsEverySchemeAndHash) {
  for (const auto hash : {HashAlg::sha256, HashAlg::sha384, HashAlg::sha512}) {
    QuoteSpec spec;
    spec.hash = hash;
    const ByteVector message = spec.message();
    const auto accept = [&](const ByteVector& signature, const Key& key) {
      Quote quote = parse(message, signature).value();
      quote.pcrs = PcrValues{spec.values, std::nullopt};
      const auto trust = AkTrust::from_public_key("key", key.spki()).value();
      const auto verified = verify(std::move(quote), trust, {}, authority().context());
      EXPECT_TRUE(verified.ok()) << to_string(hash) << ": " << to_string(verified.error());
    };
    accept(test::tpmt_rsa(hash, Key::rsa().sign_rsa(hash, message)), Key::rsa());
    for (const int salt : {RSA_PSS_SALTLEN_DIGEST, RSA_PSS_SALTLEN_MAX}) {
      accept(test::tpmt_rsa(hash, Key::rsa().sign_rsa(hash, message, RSA_PKCS1_PSS_PADDING, salt),
                            SignatureScheme::rsapss),
             Key::rsa());
    }
    for (const std::string curve : {"P-256", "P-384", "P-521"}) {
      const auto [r, s] = Key::ec(curve).sign_ecdsa(hash, message);
      accept(test::tpmt_ecdsa(hash, r, s), Key::ec(curve));
    }
  }
}

// ---- tpm-03 -------------------------------------------------------------------------------------

TEST(TpmVerify, RefusesWeakSignatureHashes) {
  for (const auto hash : {HashAlg::sha1, HashAlg::sm3_256}) {
    QuoteSpec spec;
    const ByteVector message = spec.message();
    Quote quote = parse(message, test::tpmt_rsa(hash, ByteVector(256, 1))).value();
    expect_error(verify_here(std::move(quote)), Code::unsupported_algorithm, "tpm.signature.hash",
                 "tpm-03");
  }
}

// ---- tpm-04 -------------------------------------------------------------------------------------

TEST(TpmVerify, RefusesAKeyWhoseChainLeadsElsewhere) {
  const Key& stranger = Key::ec("P-256", "stranger");
  const ByteVector root = certificate({.name = "Test Root", .key = &stranger, .ca = true});
  const ByteVector leaf = certificate({.name = "Test AK",
                                       .key = &Key::rsa(),
                                       .issuer_name = "Test Root",
                                       .issuer_key = &stranger,
                                       .extended_key_usage = "2.23.133.8.3"});
  const auto trust = AkTrust::from_chain(std::vector<ByteVector>{leaf, root}).value();
  expect_error(verify(QuoteSpec{}.signed_by(Key::rsa()), trust, {}, authority().context()),
               Code::untrusted_chain, "tpm.ak_certificate", "tpm-04");
}

TEST(TpmVerify, RefusesAMissingIntermediateAndAcceptsItFromTheEndorsements) {
  const auto trust =
      AkTrust::from_chain(std::vector<ByteVector>{authority().leaf(Key::rsa())}).value();
  const Quote quote = QuoteSpec{}.signed_by(Key::rsa());
  expect_error(verify(quote, trust, {}, authority().context()), Code::untrusted_chain,
               "tpm.ak_certificate", "tpm-04");
  const Endorsements endorsements{{authority().intermediate}, {}, {}};
  EXPECT_TRUE(verify(quote, trust, endorsements, authority().context()).ok());
}

TEST(TpmVerify, RefusesTheSecondAfterAndBeforeValidity) {
  const auto trust =
      chain_of(authority().leaf(Key::rsa(), "2.23.133.8.3", 1'740'000'000, 1'760'000'000));
  const Quote quote = QuoteSpec{}.signed_by(Key::rsa());
  EXPECT_TRUE(verify(quote, trust, {}, authority().context(1'740'000'000)).ok());
  EXPECT_TRUE(verify(quote, trust, {}, authority().context(1'760'000'000)).ok());
  expect_error(verify(quote, trust, {}, authority().context(1'739'999'999)), Code::not_yet_valid,
               "tpm.ak_certificate", "tpm-04");
  const auto late = verify(quote, trust, {}, authority().context(1'760'000'001));
  expect_error(late, Code::expired, "tpm.ak_certificate", "tpm-04");
  EXPECT_NE(late.error().detail.find("Test AK"), std::string::npos) << late.error().detail;
}

TEST(TpmVerify, RefusesWithoutAnyAnchor) {
  expect_error(verify(QuoteSpec{}.signed_by(Key::rsa()), trusted(), {},
                      {UnixTime(Authority::kNow), TrustAnchors({})}),
               Code::untrusted_chain, "tpm.ak_certificate", "tpm-04");
}

TEST(TpmVerify, RefusesWithoutARevocationListWhenOneIsRequired) {
  VerifyContext context = authority().context();
  context.revocation = Revocation::required;
  expect_error(verify(QuoteSpec{}.signed_by(Key::rsa()), trusted(), {}, context),
               Code::revocation_unknown, "tpm.ak_certificate", "tpm-04");
}

TEST(TpmVerify, NamesTheMissingRevocationList) {
  const auto quote = verify_here(QuoteSpec{}.signed_by(Key::rsa()));
  ASSERT_TRUE(quote.ok());
  EXPECT_GT(quote->assurance().not_proved.size(), 1U);
}

TEST(TpmVerify, RefusesEndorsementsThatAreNoCertificates) {
  const Quote quote = QuoteSpec{}.signed_by(Key::rsa());
  const auto certificate =
      verify(quote, trusted(), {{ByteVector(10, 1)}, {}, {}}, authority().context());
  expect_error(certificate, Code::bad_certificate, "endorsements.certificates[0]", "tpm-04");
  const auto crl = verify(quote, trusted(), {{}, {ByteVector(10, 1)}, {}}, authority().context());
  expect_error(crl, Code::bad_encoding, "endorsements.crls[0]", "tpm-04");
}

// ---- tpm-05 -------------------------------------------------------------------------------------

TEST(TpmVerify, RefusesACertificateOfAnotherPurpose) {
  for (const std::string usage : {"", "2.23.133.8.1", "serverAuth", "2.23.133.8.33"}) {
    const auto trust = chain_of(authority().leaf(Key::rsa(), usage));
    expect_error(verify(QuoteSpec{}.signed_by(Key::rsa()), trust, {}, authority().context()),
                 Code::bad_certificate, "tpm.ak_certificate", "tpm-05");
  }
}

TEST(TpmVerify, RefusesGooglesMarkUnderAnotherRoot) {
  const ByteVector leaf = certificate({.name = "Test AK",
                                       .key = &Key::rsa(),
                                       .issuer_name = "Test Intermediate",
                                       .issuer_key = &authority().intermediate_key,
                                       .instance_extension = "DER:3000"});
  expect_error(verify(QuoteSpec{}.signed_by(Key::rsa()), chain_of(leaf), {}, authority().context()),
               Code::bad_certificate, "tpm.ak_certificate", "tpm-05");
}

// ---- tpm-07 -------------------------------------------------------------------------------------

TEST(TpmVerify, RefusesQuoteSignedByAnotherKey) {
  expect_error(verify_here(QuoteSpec{}.signed_by(Key::rsa("other"))), Code::bad_signature,
               "tpm.signature", "tpm-07");
}

TEST(TpmVerify, RefusesASchemeThatTheKeyCannotHaveUsed) {
  const QuoteSpec spec;
  const ByteVector message = spec.message();
  Quote quote =
      parse(message, test::tpmt_ecdsa(HashAlg::sha256, ByteVector(32, 1), ByteVector(32, 1)))
          .value();
  expect_error(verify_here(std::move(quote)), Code::bad_key, "tpm.signature", "tpm-07");
}

TEST(TpmVerify, RefusesASchemeOrHashThatWasRelabelled) {
  const QuoteSpec spec;
  const ByteVector message = spec.message();
  const ByteVector raw = Key::rsa().sign_rsa(HashAlg::sha256, message);
  expect_error(
      verify_here(
          parse(message, test::tpmt_rsa(HashAlg::sha256, raw, SignatureScheme::rsapss)).value()),
      Code::bad_signature, "tpm.signature", "tpm-07");
  expect_error(verify_here(parse(message, test::tpmt_rsa(HashAlg::sha384, raw)).value()),
               Code::bad_signature, "tpm.signature", "tpm-07");
}

TEST(TpmVerify, RefusesEveryFlippedBitOfTheMessage) {
  const Quote quote = QuoteSpec{}.signed_by(Key::rsa());
  const auto trust = AkTrust::from_public_key("key", Key::rsa().spki()).value();
  const VerifyContext context = authority().context();
  for (std::size_t i = 0; i < quote.message.size() * 8; ++i) {
    Quote changed = quote;
    changed.message[i / 8] ^= static_cast<std::uint8_t>(1U << (i % 8));
    EXPECT_FALSE(verify(std::move(changed), trust, {}, context).ok()) << "bit " << i;
  }
}

TEST(TpmVerify, RefusesEveryFlippedBitOfTheSignature) {
  const Quote quote = QuoteSpec{}.signed_by(Key::rsa());
  const auto trust = AkTrust::from_public_key("key", Key::rsa().spki()).value();
  const VerifyContext context = authority().context();
  for (std::size_t i = 0; i < quote.signature.rsa.size() * 8; ++i) {
    Quote changed = quote;
    changed.signature.rsa[i / 8] ^= static_cast<std::uint8_t>(1U << (i % 8));
    expect_error(verify(std::move(changed), trust, {}, context), Code::bad_signature,
                 "tpm.signature", "tpm-07");
  }
}

// ---- tpm-08 to tpm-10 ---------------------------------------------------------------------------

TEST(TpmVerify, RefusesAQuoteOverNoRegister) {
  QuoteSpec none;
  none.attest.pcr_select.clear();
  none.values.clear();
  expect_error(verify_here(none.signed_by(Key::rsa())), Code::missing_field,
               "tpm.attest.pcr_select", "tpm-08");
  QuoteSpec empty_banks;
  empty_banks.attest.pcr_select = {{HashAlg::sha256, {}}, {HashAlg::sha1, {}}};
  empty_banks.values.clear();
  expect_error(verify_here(empty_banks.signed_by(Key::rsa())), Code::missing_field,
               "tpm.attest.pcr_select", "tpm-08");
}

TEST(TpmVerify, RefusesValuesUnderOtherLabels) {
  const QuoteSpec spec;  // quotes 0, 4 and 15
  for (const std::vector<PcrSelection>& claimed :
       std::vector<std::vector<PcrSelection>>{{{HashAlg::sha256, {0, 4, 16}}},
                                              {{HashAlg::sha256, {0, 4}}},
                                              {{HashAlg::sha256, {0, 4, 15, 16}}},
                                              {{HashAlg::sha1, {0, 4, 15}}},
                                              {{HashAlg::sha256, {0, 4, 15}}, {HashAlg::sha1, {}}},
                                              {}}) {
    Quote quote = spec.signed_by(Key::rsa());
    quote.pcrs->claimed = claimed;
    expect_error(verify_here(std::move(quote)), Code::digest_mismatch, "tpm.pcrs.selection",
                 "tpm-08");
  }
}

TEST(TpmVerify, RefusesTooFewAndTooManyValues) {
  for (const std::size_t count : {0U, 2U, 4U}) {
    Quote quote = QuoteSpec{}.signed_by(Key::rsa());
    quote.pcrs->digests.resize(count, ByteVector(32, 9));
    expect_error(verify_here(std::move(quote)), Code::bad_length, "tpm.pcrs", "tpm-08");
  }
}

TEST(TpmVerify, RefusesBytesMovedFromOneRegisterToItsNeighbour) {
  // The concatenation, and so the digest, stays the same.
  Quote quote = QuoteSpec{}.signed_by(Key::rsa());
  quote.pcrs->digests[0].resize(20);
  quote.pcrs->digests[1].insert(quote.pcrs->digests[1].begin(), 12, 1);
  expect_error(verify_here(std::move(quote)), Code::bad_length, "tpm.pcrs.sha256.0", "tpm-09");
}

TEST(TpmVerify, RefusesAValueOfAnotherBank) {
  Quote quote = QuoteSpec{}.signed_by(Key::rsa());
  quote.pcrs->digests[2] = ByteVector(48, 3);
  expect_error(verify_here(std::move(quote)), Code::bad_length, "tpm.pcrs.sha256.15", "tpm-09");
}

TEST(TpmVerify, RefusesEveryFlippedBitOfTheValues) {
  const Quote quote = QuoteSpec{}.signed_by(Key::rsa());
  const auto trust = AkTrust::from_public_key("key", Key::rsa().spki()).value();
  const VerifyContext context = authority().context();
  for (std::size_t value = 0; value < 3; ++value) {
    for (std::size_t bit = 0; bit < 256; ++bit) {
      Quote changed = quote;
      changed.pcrs->digests[value][bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      expect_error(verify(std::move(changed), trust, {}, context), Code::digest_mismatch,
                   "tpm.attest.pcr_digest", "tpm-10");
    }
  }
}

TEST(TpmVerify, RefusesSwappedValues) {
  Quote quote = QuoteSpec{}.signed_by(Key::rsa());
  std::swap(quote.pcrs->digests[0], quote.pcrs->digests[1]);
  expect_error(verify_here(std::move(quote)), Code::digest_mismatch, "tpm.attest.pcr_digest",
               "tpm-10");
}

TEST(TpmVerify, RefusesAPcrDigestOfAnotherLengthThanTheSignaturesHash) {
  test::AttestSpec attest;
  attest.pcr_digest = ByteVector(48, 1);
  const ByteVector message = attest.build();
  const Quote quote =
      parse(message, test::tpmt_rsa(HashAlg::sha256, Key::rsa().sign_rsa(HashAlg::sha256, message)))
          .value();
  expect_error(verify_here(quote), Code::bad_length, "tpm.attest.pcr_digest", "tpm-10");
}

TEST(TpmVerify, RefusesADigestMadeWithTheBanksHashInPlaceOfTheSignatures) {
  QuoteSpec spec;
  spec.attest.pcr_select = {{HashAlg::sha384, {0}}};
  spec.values = {ByteVector(48, 1)};
  spec.attest.pcr_digest = test::digest(EVP_sha384(), spec.values[0]);
  const ByteVector message = spec.attest.build();
  Quote quote =
      parse(message, test::tpmt_rsa(HashAlg::sha256, Key::rsa().sign_rsa(HashAlg::sha256, message)))
          .value();
  quote.pcrs = PcrValues{spec.values, std::nullopt};
  expect_error(verify_here(std::move(quote)), Code::bad_length, "tpm.attest.pcr_digest", "tpm-10");
}

// ---- trust --------------------------------------------------------------------------------------

TEST(TpmVerify, SaysThatANamedKeyIsTheCallersWord) {
  const auto trust = AkTrust::from_public_key("lab machine", Key::rsa().spki()).value();
  const auto quote =
      verify(QuoteSpec{}.signed_by(Key::rsa()), trust, {}, {UnixTime(0), TrustAnchors({})});
  ASSERT_TRUE(quote.ok()) << to_string(quote.error());
  EXPECT_FALSE((*quote)->ak->certificate);
  EXPECT_TRUE(mentions(quote->assurance().assumed, "lab machine"));
  EXPECT_TRUE(mentions(quote->assurance().not_proved, "lives in a TPM"));
  EXPECT_EQ(quote->assurance().valid_until, kNoEnd);
}

TEST(TpmTrust, RefusesNoCertificateAndWhatIsNone) {
  expect_error(AkTrust::from_chain({}), Code::missing_field, "tpm.ak_certificate");
  expect_error(AkTrust::from_chain(std::vector<ByteVector>{ByteVector(5, 0x30)}),
               Code::bad_certificate, "tpm.ak_certificate");
}

TEST(TpmTrust, RefusesWhatIsNoKey) {
  expect_error(AkTrust::from_public_key("x", {}), Code::bad_key, "tpm.ak_public");
  ByteVector trailing = Key::rsa().spki();
  trailing.push_back(0);
  expect_error(AkTrust::from_public_key("x", trailing), Code::bad_key, "tpm.ak_public");
}

}  // namespace
}  // namespace cupel::tpm

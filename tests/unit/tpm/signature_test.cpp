#include "support.hpp"

namespace cupel::tpm {
namespace {

using test::expect_error;
using test::tpmt_ecdsa;
using test::tpmt_rsa;

const ByteVector kRsa(256, 0x42);

TEST(TpmSignature, ReadsBothRsaSchemes) {
  for (const auto scheme : {SignatureScheme::rsassa, SignatureScheme::rsapss}) {
    const auto signature = parse_signature(tpmt_rsa(HashAlg::sha384, kRsa, scheme));
    ASSERT_TRUE(signature.ok()) << to_string(signature.error());
    EXPECT_EQ(signature->scheme, scheme);
    EXPECT_EQ(signature->hash, HashAlg::sha384);
    EXPECT_EQ(signature->rsa, kRsa);
    EXPECT_TRUE(signature->ecdsa_r.empty());
  }
}

TEST(TpmSignature, ReadsEcdsaWithoutPaddingItsNumbers) {
  const ByteVector r(31, 1);
  const ByteVector s(32, 2);
  const auto signature = parse_signature(tpmt_ecdsa(HashAlg::sha256, r, s));
  ASSERT_TRUE(signature.ok());
  EXPECT_EQ(signature->scheme, SignatureScheme::ecdsa);
  EXPECT_EQ(signature->ecdsa_r, r);
  EXPECT_EQ(signature->ecdsa_s, s);
  EXPECT_TRUE(signature->rsa.empty());
}

TEST(TpmSignature, ReadsWeakHashesSoThatVerifyCanRefuseThem) {
  EXPECT_TRUE(parse_signature(tpmt_rsa(HashAlg::sha1, kRsa)).ok());
  EXPECT_TRUE(parse_signature(tpmt_rsa(HashAlg::sm3_256, kRsa)).ok());
}

TEST(TpmSignature, RefusesEveryPrefixAndOneByteMore) {
  test::expect_exact_length(tpmt_rsa(HashAlg::sha256, kRsa), parse_signature, "tpm.signature");
  test::expect_exact_length(tpmt_ecdsa(HashAlg::sha256, ByteVector(32, 1), ByteVector(32, 2)),
                            parse_signature, "tpm.signature");
}

TEST(TpmSignature, RefusesOtherSchemes) {
  // NULL, HMAC, RSAES, OAEP, ECDAA, SM2, ECSCHNORR
  for (const unsigned id : {0x0010U, 0x0005U, 0x0015U, 0x0017U, 0x001aU, 0x001bU, 0x001cU}) {
    const auto signature = parse_signature(test::Writer().u16(id).u16(0x000b).sized(kRsa).bytes());
    expect_error(signature, Code::unsupported_algorithm, "tpm.signature.sig_alg");
    EXPECT_EQ(signature.error().offset, 0U);
  }
}

TEST(TpmSignature, RefusesUnknownHashes) {
  const auto signature =
      parse_signature(test::Writer().u16(0x0014).u16(0x0010).sized(kRsa).bytes());
  expect_error(signature, Code::unsupported_algorithm, "tpm.signature.hash");
  EXPECT_EQ(signature.error().offset, 2U);
}

TEST(TpmSignature, RefusesEmptyAndOversizedNumbers) {
  expect_error(parse_signature(tpmt_rsa(HashAlg::sha256, {})), Code::out_of_range,
               "tpm.signature.sig.size");
  expect_error(parse_signature(tpmt_rsa(HashAlg::sha256, ByteVector(513, 1))), Code::out_of_range,
               "tpm.signature.sig.size");
  expect_error(parse_signature(tpmt_ecdsa(HashAlg::sha256, {}, ByteVector(32, 1))),
               Code::out_of_range, "tpm.signature.signature_r.size");
  expect_error(parse_signature(tpmt_ecdsa(HashAlg::sha256, ByteVector(32, 1), ByteVector(67, 1))),
               Code::out_of_range, "tpm.signature.signature_s.size");
}

TEST(TpmSignature, RefusesABareSignatureUnlessAskedTo) {
  const ByteVector bare(256, 0x42);
  EXPECT_FALSE(parse_signature(bare).ok());
  const auto signature = bare_rsassa_sha256(bare);
  ASSERT_TRUE(signature.ok());
  EXPECT_EQ(signature->scheme, SignatureScheme::rsassa);
  EXPECT_EQ(signature->hash, HashAlg::sha256);
  EXPECT_EQ(signature->rsa, bare);
}

TEST(TpmSignature, RefusesBareSignaturesOfOtherLengths) {
  for (const std::size_t size : {0U, 128U, 255U, 257U, 262U, 1024U}) {
    expect_error(bare_rsassa_sha256(ByteVector(size, 1)), Code::bad_length, "tpm.signature");
  }
}

TEST(TpmSignature, RefusesWhatIsTooLarge) {
  expect_error(parse_signature(ByteVector(2049, 0)), Code::too_large, "tpm.signature");
}

TEST(TpmQuote, KeepsMessageAndSignatureAsReceived) {
  const ByteVector message = test::AttestSpec{}.build();
  const ByteVector signature = tpmt_rsa(HashAlg::sha256, kRsa);
  const auto quote = parse(message, signature);
  ASSERT_TRUE(quote.ok());
  EXPECT_EQ(quote->message, message);
  EXPECT_EQ(quote->signature_bytes, signature);
  EXPECT_FALSE(quote->pcrs);
  EXPECT_FALSE(quote->ak);
}

TEST(TpmQuote, RefusesABrokenHalf) {
  const ByteVector message = test::AttestSpec{}.build();
  EXPECT_EQ(parse(message, {}).error().where, "tpm.signature.sig_alg");
  EXPECT_EQ(parse({}, tpmt_rsa(HashAlg::sha256, kRsa)).error().where, "tpm.attest.magic");
}

}  // namespace
}  // namespace cupel::tpm

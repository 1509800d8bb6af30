#include "support.hpp"

namespace cupel::tpm {
namespace {

using test::AttestSpec;
using test::expect_error;

TEST(TpmAttest, ReadsEveryField) {
  const AttestSpec spec;
  const auto attest = parse_attest(spec.build());
  ASSERT_TRUE(attest.ok()) << to_string(attest.error());
  EXPECT_EQ(attest->qualified_signer, spec.qualified_signer);
  EXPECT_EQ(attest->extra_data, spec.extra_data);
  EXPECT_EQ(attest->clock_info.clock, spec.clock);
  EXPECT_EQ(attest->clock_info.reset_count, spec.reset_count);
  EXPECT_EQ(attest->clock_info.restart_count, spec.restart_count);
  EXPECT_TRUE(attest->clock_info.safe);
  EXPECT_EQ(attest->firmware_version, spec.firmware_version);
  EXPECT_EQ(attest->pcr_select, spec.pcr_select);
  EXPECT_EQ(attest->pcr_digest, spec.pcr_digest);
}

TEST(TpmAttest, AcceptsAnEmptyNonceAndAnUnsafeClock) {
  AttestSpec spec;
  spec.extra_data.clear();
  spec.safe = 0;
  const auto attest = parse_attest(spec.build());
  ASSERT_TRUE(attest.ok());
  EXPECT_TRUE(attest->extra_data.empty());
  EXPECT_FALSE(attest->clock_info.safe);
}

TEST(TpmAttest, AcceptsEveryBankAtOnce) {
  AttestSpec spec;
  spec.pcr_select = {{HashAlg::sha1, {0, 23}},
                     {HashAlg::sha256, {7, 8, 15, 16}},
                     {HashAlg::sha384, {}},
                     {HashAlg::sha512, {1}},
                     {HashAlg::sm3_256, {2}}};
  const auto attest = parse_attest(spec.build());
  ASSERT_TRUE(attest.ok());
  EXPECT_EQ(attest->pcr_select, spec.pcr_select);
}

TEST(TpmAttest, RefusesEveryPrefixAndOneByteMore) {
  test::expect_exact_length(AttestSpec{}.build(), parse_attest, "tpm.attest");
}

TEST(TpmAttest, RefusesWhatTheTpmDidNotMake) {
  AttestSpec spec;
  spec.magic = 0xff544346;
  const auto attest = parse_attest(spec.build());
  expect_error(attest, Code::bad_magic, "tpm.attest.magic", "tpm-01");
  EXPECT_EQ(attest.error().offset, 0U);
}

TEST(TpmAttest, RefusesEveryOtherKindOfAttestation) {
  for (const int type : {0x8014, 0x8015, 0x8016, 0x8017, 0x8019, 0x801a, 0x801c, 0x0000}) {
    AttestSpec spec;
    spec.type = static_cast<std::uint16_t>(type);
    const auto attest = parse_attest(spec.build());
    expect_error(attest, Code::bad_magic, "tpm.attest.type", "tpm-02");
    EXPECT_EQ(attest.error().offset, 4U);
  }
}

TEST(TpmAttest, RefusesAClockFlagThatIsNeitherYesNorNo) {
  AttestSpec spec;
  spec.safe = 2;
  expect_error(parse_attest(spec.build()), Code::out_of_range, "tpm.attest.clock_info.safe");
}

TEST(TpmAttest, RefusesAnUnknownBank) {
  AttestSpec spec;
  spec.pcr_select = {{static_cast<HashAlg>(0x0027), {0}}};  // SHA3-256
  const auto attest = parse_attest(spec.build());
  expect_error(attest, Code::unsupported_algorithm, "tpm.attest.pcr_select.hash");
  EXPECT_EQ(attest.error().offset, 4U + 2U + 36U + 5U + 25U + 4U);
}

TEST(TpmAttest, RefusesTheSameBankTwice) {
  AttestSpec spec;
  spec.pcr_select = {{HashAlg::sha256, {0}}, {HashAlg::sha256, {1}}};
  expect_error(parse_attest(spec.build()), Code::duplicate_field, "tpm.attest.pcr_select.hash");
}

// The selection's bytes, in a message that is right otherwise.
Result<Attest> with_selection(Bytes selection) {
  const AttestSpec spec;
  test::Writer w;
  w.u32(spec.magic).u16(spec.type).sized(spec.qualified_signer).sized(spec.extra_data);
  w.u64(1).u32(2).u32(3).u8(1).u64(4).raw(selection).sized(spec.pcr_digest);
  return parse_attest(w.bytes());
}

TEST(TpmAttest, AcceptsShortAndLongBitmapsOfLowRegisters) {
  for (const std::size_t size : {1U, 2U, 3U, 4U}) {
    ByteVector bitmap(size, 0);
    bitmap[0] = 0x81;
    const auto attest =
        with_selection(test::Writer().u32(1).u16(0x000b).u8(size).raw(bitmap).bytes());
    ASSERT_TRUE(attest.ok()) << to_string(attest.error());
    EXPECT_EQ(attest->pcr_select, (std::vector<PcrSelection>{{HashAlg::sha256, {0, 7}}}));
  }
}

TEST(TpmAttest, RefusesABitmapOfNoBytesOrMoreThanFour) {
  expect_error(with_selection(test::Writer().u32(1).u16(0x000b).u8(0).bytes()), Code::out_of_range,
               "tpm.attest.pcr_select.sizeof_select");
  expect_error(with_selection(test::hex("00000001000b050000000000")), Code::out_of_range,
               "tpm.attest.pcr_select.sizeof_select");
}

TEST(TpmAttest, RefusesRegister24) {
  expect_error(with_selection(test::hex("00000001000b0400000001")), Code::out_of_range,
               "tpm.attest.pcr_select.pcr_select");
}

TEST(TpmAttest, RefusesMoreBanksThanThereAre) {
  expect_error(with_selection(test::hex("00000011")), Code::out_of_range,
               "tpm.attest.pcr_select.count");
  expect_error(with_selection(test::hex("ffffffff")), Code::out_of_range,
               "tpm.attest.pcr_select.count");
}

TEST(TpmAttest, RefusesACountThatDoesNotFit) {
  // 12 banks need 36 bytes; the digest that follows has 34.
  expect_error(with_selection(test::hex("0000000c")), Code::truncated,
               "tpm.attest.pcr_select.count");
}

TEST(TpmAttest, AcceptsAnEmptySelectionAsStructure) {
  AttestSpec spec;
  spec.pcr_select.clear();
  const auto attest = parse_attest(spec.build());
  ASSERT_TRUE(attest.ok());
  EXPECT_TRUE(attest->pcr_select.empty());
}

TEST(TpmAttest, RefusesSizesAboveTheSpecifications) {
  AttestSpec name;
  name.qualified_signer = ByteVector(67, 0);
  expect_error(parse_attest(name.build()), Code::out_of_range, "tpm.attest.qualified_signer.size");
  AttestSpec nonce;
  nonce.extra_data = ByteVector(65, 0);
  expect_error(parse_attest(nonce.build()), Code::out_of_range, "tpm.attest.extra_data.size");
  AttestSpec digest;
  digest.pcr_digest = ByteVector(65, 0);
  expect_error(parse_attest(digest.build()), Code::out_of_range, "tpm.attest.pcr_digest.size");
}

TEST(TpmAttest, AcceptsTheLongestNonce) {
  AttestSpec spec;
  spec.extra_data = ByteVector(64, 7);
  EXPECT_TRUE(parse_attest(spec.build()).ok());
}

TEST(TpmAttest, RefusesMoreThanFourKibibytes) {
  expect_error(parse_attest(ByteVector(4097, 0xff)), Code::too_large, "tpm.attest");
}

TEST(TpmAttest, NeverSpeaksOfAnInternalErrorWhateverByteChanges) {
  const ByteVector whole = AttestSpec{}.build();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (unsigned value = 0; value < 256; ++value) {
      ByteVector changed = whole;
      changed[i] = static_cast<std::uint8_t>(value);
      const auto attest = parse_attest(changed);
      EXPECT_TRUE(attest.ok() || attest.error().code != Code::internal) << i << " " << value;
    }
  }
}

}  // namespace
}  // namespace cupel::tpm

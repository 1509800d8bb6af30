#include <openssl/core_names.h>

#include "crypto/signature.hpp"
#include "support.hpp"

namespace cupel::tpm {
namespace {

using test::expect_error;
using test::Key;
using test::Writer;

constexpr std::uint32_t kAkAttributes = 0x00050072;  // as Google and tpm2_createak set them

struct PublicSpec {
  std::uint16_t type = 0x0001;
  std::uint16_t name_alg = 0x000b;
  std::uint32_t attributes = kAkAttributes;
  std::uint16_t symmetric = 0x0010;
  std::uint16_t scheme = 0x0014;
  std::uint16_t key_bits = 2048;
  std::uint32_t exponent = 0;
  ByteVector modulus = Key::rsa().number(OSSL_PKEY_PARAM_RSA_N);

  ByteVector build() const {
    Writer w;
    w.u16(type).u16(name_alg).u32(attributes).sized({}).u16(symmetric);
    if (symmetric != 0x0010) {
      w.u16(128).u16(0x0043);
    }
    w.u16(scheme);
    if (scheme != 0x0010) {
      w.u16(0x000b);
    }
    return w.u16(key_bits).u32(exponent).sized(modulus).bytes();
  }
};

ByteVector ec_public(const Key& key, std::uint16_t curve, std::uint16_t scheme = 0x0018) {
  Writer w;
  w.u16(0x0023).u16(0x000b).u32(kAkAttributes).sized({}).u16(0x0010).u16(scheme);
  if (scheme != 0x0010) {
    w.u16(0x000b);
  }
  return w.u16(curve)
      .u16(0x0010)
      .sized(key.number(OSSL_PKEY_PARAM_EC_PUB_X))
      .sized(key.number(OSSL_PKEY_PARAM_EC_PUB_Y))
      .bytes();
}

ByteVector with_size(const ByteVector& area) {
  return Writer().sized(area).bytes();
}

TEST(TpmPublic, GivesTheSubjectPublicKeyInfoOfAnRsaKey) {
  const auto area = parse_public(PublicSpec{}.build());
  ASSERT_TRUE(area.ok()) << to_string(area.error());
  EXPECT_EQ(area->spki, Key::rsa().spki());
  EXPECT_EQ(area->name_alg, HashAlg::sha256);
  EXPECT_EQ(area->object_attributes, kAkAttributes);
  EXPECT_TRUE(area->restricted_signing());
}

TEST(TpmPublic, GivesTheSubjectPublicKeyInfoOfEachCurve) {
  const std::vector<std::pair<std::string, std::uint16_t>> curves{
      {"P-256", 3}, {"P-384", 4}, {"P-521", 5}};
  for (const auto& [name, id] : curves) {
    const auto area = parse_public(ec_public(Key::ec(name), id));
    ASSERT_TRUE(area.ok()) << to_string(area.error());
    EXPECT_EQ(area->spki, Key::ec(name).spki()) << name;
  }
}

TEST(TpmPublic, ReadsAnExponentThatIsSpelledOut) {
  PublicSpec spec;
  spec.exponent = 65537;
  EXPECT_EQ(parse_public(spec.build())->spki, Key::rsa().spki());
}

TEST(TpmPublic, ReadsTheSizedForm) {
  const ByteVector area = PublicSpec{}.build();
  const auto sized = parse_public(with_size(area));
  ASSERT_TRUE(sized.ok()) << to_string(sized.error());
  EXPECT_EQ(sized->name, parse_public(area)->name);
}

TEST(TpmPublic, NamesTheKeyByTheHashOfItsArea) {
  for (const auto& [id, alg] : std::vector<std::pair<std::uint16_t, HashAlg>>{
           {0x0004, HashAlg::sha1}, {0x000b, HashAlg::sha256}, {0x000c, HashAlg::sha384}}) {
    PublicSpec spec;
    spec.name_alg = id;
    const ByteVector bytes = spec.build();
    ByteVector expected{0, static_cast<std::uint8_t>(id)};
    const ByteVector hash = test::digest(test::md(alg), bytes);
    expected.insert(expected.end(), hash.begin(), hash.end());
    EXPECT_EQ(parse_public(bytes)->name, expected);
    EXPECT_EQ(parse_public(with_size(bytes))->name, expected);
  }
}

TEST(TpmPublic, SaysWhichKeysAreRestrictedSigningKeys) {
  const auto restricted = [](std::uint32_t attributes) {
    PublicSpec spec;
    spec.attributes = attributes;
    return parse_public(spec.build())->restricted_signing();
  };
  EXPECT_TRUE(restricted(0x00050472));   // Azure: noDA as well
  EXPECT_FALSE(restricted(0x00040072));  // not restricted
  EXPECT_FALSE(restricted(0x00010072));  // not signing
  EXPECT_FALSE(restricted(0x00050070));  // may leave its TPM
  EXPECT_FALSE(restricted(0x00070072));  // decrypts as well
  EXPECT_FALSE(restricted(0x00030072));  // a storage key
}

TEST(TpmPublic, ReadsAStorageKeySoThatItCanBeRefusedForWhatItIs) {
  PublicSpec spec;
  spec.symmetric = 0x0006;
  spec.scheme = 0x0010;
  spec.attributes = 0x00030072;
  const auto area = parse_public(spec.build());
  ASSERT_TRUE(area.ok()) << to_string(area.error());
  EXPECT_FALSE(area->restricted_signing());
}

TEST(TpmPublic, RefusesEveryPrefixAndOneByteMore) {
  for (const ByteVector& area : {PublicSpec{}.build(), ec_public(Key::ec("P-256"), 3)}) {
    test::expect_exact_length(area, parse_public, "tpm.public");
    test::expect_exact_length(with_size(area), parse_public, "tpm.public");
  }
}

TEST(TpmPublic, RefusesASizedFormWhoseSizeIsWrong) {
  ByteVector bytes = with_size(PublicSpec{}.build());
  ++bytes[1];
  expect_error(parse_public(bytes), Code::truncated, "tpm.public.size");
  bytes[1] = static_cast<std::uint8_t>(bytes[1] - 2);
  expect_error(parse_public(bytes), Code::trailing_bytes, "tpm.public");
  bytes[0] = bytes[1] = 0;
  expect_error(parse_public(bytes), Code::trailing_bytes, "tpm.public");
}

TEST(TpmPublic, RefusesReservedAttributes) {
  for (const unsigned bit : {0U, 3U, 12U, 15U, 20U, 31U}) {
    PublicSpec spec;
    spec.attributes |= 1U << bit;
    expect_error(parse_public(spec.build()), Code::reserved_not_zero,
                 "tpm.public.object_attributes");
  }
}

TEST(TpmPublic, RefusesKeysThatCannotSignQuotes) {
  PublicSpec keyed_hash;
  keyed_hash.type = 0x0008;
  expect_error(parse_public(keyed_hash.build()), Code::unsupported_algorithm, "tpm.public.type");
  PublicSpec nameless;
  nameless.name_alg = 0x0010;
  expect_error(parse_public(nameless.build()), Code::unsupported_algorithm, "tpm.public.name_alg");
  PublicSpec oaep;
  oaep.scheme = 0x0017;
  expect_error(parse_public(oaep.build()), Code::unsupported_algorithm,
               "tpm.public.parameters.scheme.scheme");
  expect_error(parse_public(ec_public(Key::ec("P-256"), 3, 0x001a)), Code::unsupported_algorithm,
               "tpm.public.parameters.scheme.scheme");
  expect_error(parse_public(ec_public(Key::ec("P-256"), 0x0010)), Code::unsupported_algorithm,
               "tpm.public.parameters.curve_id");
}

TEST(TpmPublic, RefusesModuliOfAnotherLengthThanTheySay) {
  PublicSpec small;
  small.key_bits = 1024;
  small.modulus.resize(128);
  expect_error(parse_public(small.build()), Code::unsupported_algorithm,
               "tpm.public.parameters.key_bits");
  PublicSpec shorter;
  shorter.modulus.pop_back();
  expect_error(parse_public(shorter.build()), Code::bad_length, "tpm.public.unique.size");
}

TEST(TpmPublic, RefusesAPointThatIsNotOnTheCurve) {
  ByteVector bytes = ec_public(Key::ec("P-256"), 3);
  bytes.back() ^= 1U;
  expect_error(parse_public(bytes), Code::bad_key, "tpm.public.unique");
}

TEST(TpmPublic, RefusesAnEvenExponent) {
  PublicSpec spec;
  spec.exponent = 65536;
  expect_error(parse_public(spec.build()), Code::bad_key, "tpm.public.unique");
}

TEST(TpmPublic, RefusesWhatIsTooLarge) {
  expect_error(parse_public(ByteVector(2049, 0)), Code::too_large, "tpm.public");
}

}  // namespace
}  // namespace cupel::tpm

#include "crypto/cose_signature.hpp"

#include <gtest/gtest.h>

#include "unit/crypto/test_ca.hpp"

namespace cupel::crypto {
namespace {

using testing::Key;
using testing::KeyKind;
using testing::make_key;

PublicKey load(const Key& key) {
  return PublicKey::from_spki(testing::spki_of(key), "key").value();
}

// What is about to be signed, with this algorithm in its protected header.
cose::Sign1 message(cose::Algorithm algorithm, std::string_view payload = "payload") {
  cbor::Writer header;
  header.map(1).integer(cose::kAlg).integer(static_cast<std::int64_t>(algorithm));
  cose::Sign1 out;
  out.protected_bytes = header.written();
  out.protected_header = cbor::parse(header.written(), "test").value();
  out.payload = to_vector(as_bytes(payload));
  return out;
}

ByteVector both(std::pair<ByteVector, ByteVector> numbers) {
  ByteVector out = std::move(numbers.first);
  out.insert(out.end(), numbers.second.begin(), numbers.second.end());
  return out;
}

cose::Sign1 signed_with(const Key& key, cose::Algorithm algorithm, const char* digest,
                        std::size_t width) {
  cose::Sign1 out = message(algorithm);
  out.signature =
      both(testing::sign_ecdsa(key, cose::to_be_signed(out), width, {.digest = digest}));
  return out;
}

cose::Sign1 signed_pss(const Key& key, cose::Algorithm algorithm, const testing::Signing& how) {
  cose::Sign1 out = message(algorithm);
  out.signature = testing::sign(key, cose::to_be_signed(out), how);
  return out;
}

void expect_refused(const Result<Unit>& result, Code code, std::string_view where) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(to_string(result.error().code), to_string(code)) << result.error().detail;
  EXPECT_EQ(result.error().where, where);
}

TEST(Sign1, AcceptsEachAlgorithmWithItsKey) {
  using enum cose::Algorithm;
  const Key p256 = make_key(KeyKind::p256);
  EXPECT_TRUE(verify_sign1(signed_with(p256, es256, "SHA256", 32), load(p256), es256, "m").ok());
  const Key p384 = make_key(KeyKind::p384);
  EXPECT_TRUE(verify_sign1(signed_with(p384, es384, "SHA384", 48), load(p384), es384, "m").ok());
  const Key p521 = make_key(KeyKind::p521);
  EXPECT_TRUE(verify_sign1(signed_with(p521, es512, "SHA512", 66), load(p521), es512, "m").ok());
  const Key rsa = make_key(KeyKind::rsa2048);
  for (const auto& [algorithm, digest] :
       {std::pair{ps256, "SHA256"}, {ps384, "SHA384"}, {ps512, "SHA512"}}) {
    const auto good = signed_pss(rsa, algorithm, {.digest = digest, .pss = true});
    EXPECT_TRUE(verify_sign1(good, load(rsa), algorithm, "m").ok()) << digest;
  }
}

TEST(Sign1, RefusesAnAlgorithmThatIsNotTheRequiredOne) {
  using enum cose::Algorithm;
  const Key p384 = make_key(KeyKind::p384);
  // A genuine signature of the wrong kind, and a genuine one that lies about its kind.
  expect_refused(verify_sign1(signed_with(p384, es256, "SHA256", 48), load(p384), es384, "m"),
                 Code::unsupported_algorithm, "m.alg");
  expect_refused(verify_sign1(signed_with(p384, es384, "SHA256", 48), load(p384), es384, "m"),
                 Code::bad_signature, "m.signature");
  cose::Sign1 none = signed_with(p384, es384, "SHA384", 48);
  none.protected_header = cbor::Value(cbor::Map{});
  expect_refused(verify_sign1(none, load(p384), es384, "m"), Code::missing_field, "m.alg");
}

TEST(Sign1, RefusesAKeyOfAnotherType) {
  using enum cose::Algorithm;
  const Key p256 = make_key(KeyKind::p256);
  const Key rsa = make_key(KeyKind::rsa2048);
  expect_refused(verify_sign1(signed_with(p256, es384, "SHA384", 32), load(p256), es384, "m"),
                 Code::bad_key, "m.signature");
  expect_refused(verify_sign1(signed_with(p256, ps384, "SHA384", 32), load(p256), ps384, "m"),
                 Code::bad_key, "m.signature");
  const auto pss = signed_pss(rsa, es384, {.digest = "SHA384", .pss = true});
  expect_refused(verify_sign1(pss, load(rsa), es384, "m"), Code::bad_key, "m.signature");
}

TEST(Sign1, RefusesWhatWasChangedAfterSigning) {
  using enum cose::Algorithm;
  const Key key = make_key(KeyKind::p384);
  const cose::Sign1 good = signed_with(key, es384, "SHA384", 48);
  cose::Sign1 payload = good;
  payload.payload.back() ^= 1U;
  expect_refused(verify_sign1(payload, load(key), es384, "m"), Code::bad_signature, "m.signature");
  // Read as the same header, but not the bytes that were signed.
  cose::Sign1 header = good;
  header.protected_bytes = {0xbf, 0x01, 0x38, 0x22, 0xff};
  expect_refused(verify_sign1(header, load(key), es384, "m"), Code::bad_signature, "m.signature");
  expect_refused(verify_sign1(good, load(make_key(KeyKind::p384, "other")), es384, "m"),
                 Code::bad_signature, "m.signature");
}

TEST(Sign1, RefusesSignaturesOfOtherLengthsAndForms) {
  using enum cose::Algorithm;
  const Key key = make_key(KeyKind::p384);
  const cose::Sign1 good = signed_with(key, es384, "SHA384", 48);
  const auto refused = [&](ByteVector signature) {
    cose::Sign1 bad = good;
    bad.signature = std::move(signature);
    expect_refused(verify_sign1(bad, load(key), es384, "m"), Code::bad_signature, "m.signature");
  };
  refused({});
  refused(ByteVector(good.signature.begin(), good.signature.end() - 1));
  ByteVector longer = good.signature;
  longer.push_back(0);
  refused(longer);
  refused(ByteVector(96, 0x00));
  refused(ByteVector(96, 0xff));
  refused(testing::sign(key, cose::to_be_signed(good), {.digest = "SHA384"}));  // DER
  // Both numbers with a leading zero more: the same numbers, another length.
  refused(both(testing::sign_ecdsa(key, cose::to_be_signed(good), 49, {.digest = "SHA384"})));
}

TEST(Sign1, RefusesPssWithOtherParametersAndPkcs1) {
  using enum cose::Algorithm;
  const Key rsa = make_key(KeyKind::rsa2048);
  for (const testing::Signing& how :
       {testing::Signing{.digest = "SHA384"}, testing::Signing{.digest = "SHA256", .pss = true},
        testing::Signing{.digest = "SHA384", .pss = true, .salt_length = 32},
        testing::Signing{.digest = "SHA384", .pss = true, .mgf1_digest = "SHA256"}}) {
    expect_refused(verify_sign1(signed_pss(rsa, ps384, how), load(rsa), ps384, "m"),
                   Code::bad_signature, "m.signature");
  }
}

TEST(EcdsaFixed, RefusesAnRsaKey) {
  const Key rsa = make_key(KeyKind::rsa2048);
  const auto refused =
      verify_ecdsa_fixed(load(rsa), Hash::sha384, as_bytes("m"), ByteVector(96, 1), "sig");
  expect_refused(refused, Code::bad_key, "sig");
}

}  // namespace
}  // namespace cupel::crypto

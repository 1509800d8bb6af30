#include "crypto/signature.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <algorithm>
#include <thread>

#include "codec/pem.hpp"
#include "unit/crypto/test_ca.hpp"

namespace cupel::crypto {
namespace {

using testing::Key;
using testing::key_number;
using testing::KeyKind;
using testing::make_key;
using testing::sign;
using testing::sign_ecdsa;
using testing::spki_of;

const Bytes kMessage = as_bytes("a message that somebody signed");
const Bytes kOther = as_bytes("a message that nobody signed");

PublicKey load(const Key& key) {
  return PublicKey::from_spki(spki_of(key), "key").value();
}

void expect_code(const Result<Unit>& result, Code code) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(to_string(result.error().code), to_string(code)) << result.error().detail;
  EXPECT_EQ(result.error().where, "sig");
  EXPECT_EQ(ERR_peek_error(), 0U);
}

template <class T>
void expect_bad_key(const Result<T>& result) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(to_string(result.error().code), "bad_key") << result.error().detail;
  EXPECT_EQ(result.error().where, "key");
  EXPECT_EQ(ERR_peek_error(), 0U);
}

// ---- loading ------------------------------------------------------------------------------------

TEST(PublicKeyLoad, AcceptsRsaAndTheThreeCurves) {
  const PublicKey rsa = load(make_key(KeyKind::rsa2048));
  EXPECT_EQ(rsa.type(), KeyType::rsa);
  EXPECT_EQ(rsa.bits(), 2048U);
  EXPECT_EQ(rsa.spki(), spki_of(make_key(KeyKind::rsa2048)));
  EXPECT_EQ(rsa.spki_sha256(), sha256(rsa.spki()));
  EXPECT_EQ(load(make_key(KeyKind::rsa3072)).bits(), 3072U);
  EXPECT_EQ(load(make_key(KeyKind::p256)).type(), KeyType::ec_p256);
  EXPECT_EQ(load(make_key(KeyKind::p384)).type(), KeyType::ec_p384);
  EXPECT_EQ(load(make_key(KeyKind::p521)).type(), KeyType::ec_p521);
  EXPECT_EQ(load(make_key(KeyKind::p521)).bits(), 521U);
}

TEST(PublicKeyLoad, RefusesOtherKindsOfKey) {
  for (const KeyKind kind :
       {KeyKind::rsa1024, KeyKind::rsa_pss, KeyKind::p224, KeyKind::k256, KeyKind::ed25519}) {
    expect_bad_key(PublicKey::from_spki(spki_of(make_key(kind)), "key"));
  }
}

TEST(PublicKeyLoad, RefusesExplicitCurveParametersEvenOfANamedCurve) {
  const Key key = testing::generate_key(KeyKind::p256);
  ASSERT_EQ(EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_ENCODING, "explicit"), 1);
  const ByteVector explicit_spki = spki_of(key);
  ASSERT_GT(explicit_spki.size(), 200U);
  expect_bad_key(PublicKey::from_spki(explicit_spki, "key"));
}

TEST(PublicKeyLoad, RefusesCutLongAndChangedEncodings) {
  for (const KeyKind kind : {KeyKind::rsa2048, KeyKind::p256}) {
    const ByteVector spki = spki_of(make_key(kind));
    for (std::size_t n = 0; n < spki.size(); ++n) {
      expect_bad_key(PublicKey::from_spki(Bytes(spki).first(n), "key"));
    }
    ByteVector longer = spki;
    longer.push_back(0);
    expect_bad_key(PublicKey::from_spki(longer, "key"));
  }
  expect_bad_key(PublicKey::from_spki(ByteVector(5000, 0x30), "key"));
  // A BER length with a leading zero byte means the same and is not DER.
  ByteVector ber = spki_of(make_key(KeyKind::p256));
  ASSERT_EQ(ber.at(1), ber.size() - 2);
  ber.insert(ber.begin() + 1, 0x81);
  expect_bad_key(PublicKey::from_spki(ber, "key"));
}

TEST(PublicKeyLoad, RefusesPointsThatAreNotOnTheCurve) {
  ByteVector spki = spki_of(make_key(KeyKind::p256));
  spki.back() ^= 1U;
  expect_bad_key(PublicKey::from_spki(spki, "key"));
  // The point at infinity is encoded as one zero byte (SEC 1 section 2.3.3).
  ByteVector infinity(spki.begin(), spki.end() - 65);
  infinity.push_back(0);
  infinity.at(1) = static_cast<std::uint8_t>(infinity.size() - 2);
  infinity.at(infinity.size() - 3) = 2;  // BIT STRING of two bytes: unused bits, point
  expect_bad_key(PublicKey::from_spki(infinity, "key"));
}

TEST(PublicKeyLoad, RsaFromNumbersIsTheSameKey) {
  const Key key = make_key(KeyKind::rsa2048);
  const ByteVector n = key_number(key, "n");
  const ByteVector e = key_number(key, "e");
  EXPECT_EQ(PublicKey::from_rsa(n, e, "key").value().spki(), spki_of(key));
  ByteVector padded = n;
  padded.insert(padded.begin(), 3, 0);
  EXPECT_EQ(PublicKey::from_rsa(padded, e, "key").value().spki(), spki_of(key));
}

TEST(PublicKeyLoad, RefusesRsaNumbersThatAreNoKey) {
  const ByteVector n = key_number(make_key(KeyKind::rsa2048), "n");
  const ByteVector e = {1, 0, 1};
  ByteVector even = n;
  even.back() &= 0xfeU;
  expect_bad_key(PublicKey::from_rsa(even, e, "key"));
  expect_bad_key(PublicKey::from_rsa(n, ByteVector{1}, "key"));
  expect_bad_key(PublicKey::from_rsa(n, ByteVector{2}, "key"));
  expect_bad_key(PublicKey::from_rsa(n, ByteVector{1, 0, 0}, "key"));
  expect_bad_key(PublicKey::from_rsa(n, ByteVector{}, "key"));
  expect_bad_key(PublicKey::from_rsa(n, ByteVector{0, 0}, "key"));
  expect_bad_key(PublicKey::from_rsa(n, ByteVector(9, 0xff), "key"));
  expect_bad_key(PublicKey::from_rsa(n, ByteVector(5000, 0xff), "key"));
  expect_bad_key(PublicKey::from_rsa(ByteVector(2000, 0xff), e, "key"));
  expect_bad_key(PublicKey::from_rsa(ByteVector(128, 0xff), e, "key"));
  expect_bad_key(PublicKey::from_rsa(ByteVector{}, e, "key"));
  ByteVector bits2047(256, 0xff);
  bits2047.front() = 0x7f;
  expect_bad_key(PublicKey::from_rsa(bits2047, e, "key"));
  EXPECT_TRUE(PublicKey::from_rsa(n, ByteVector{3}, "key").ok());
  EXPECT_TRUE(PublicKey::from_rsa(n, ByteVector(8, 0xff), "key").ok());
  EXPECT_TRUE(PublicKey::from_rsa(ByteVector(1024, 0xff), e, "key").ok());
  expect_bad_key(PublicKey::from_rsa(ByteVector(1025, 0xff), e, "key"));
}

// Failure class N10: a coordinate whose first byte is zero loses it in careless code.
TEST(PublicKeyLoad, EcFromCoordinatesPadsShortOnes) {
  for (int i = 0; i < 5000; ++i) {
    const Key key = testing::generate_key(KeyKind::p256);
    const ByteVector x = key_number(key, "qx");
    const ByteVector y = key_number(key, "qy");
    if (x.size() == 32 && y.size() == 32) {
      continue;
    }
    EXPECT_EQ(PublicKey::from_ec(KeyType::ec_p256, x, y, "key").value().spki(), spki_of(key));
    return;
  }
  FAIL() << "no key with a short coordinate in 5000";
}

TEST(PublicKeyLoad, EcFromCoordinatesTakesAndRefuses) {
  const std::vector<std::pair<KeyKind, KeyType>> curves = {{KeyKind::p256, KeyType::ec_p256},
                                                           {KeyKind::p384, KeyType::ec_p384},
                                                           {KeyKind::p521, KeyType::ec_p521}};
  for (const auto& [kind, type] : curves) {
    const ByteVector x = key_number(make_key(kind), "qx");
    ByteVector y = key_number(make_key(kind), "qy");
    EXPECT_EQ(PublicKey::from_ec(type, x, y, "key").value().spki(), spki_of(make_key(kind)));
    ByteVector padded = x;
    padded.insert(padded.begin(), 9, 0);
    EXPECT_TRUE(PublicKey::from_ec(type, padded, y, "key").ok());
    y.back() ^= 1U;
    expect_bad_key(PublicKey::from_ec(type, x, y, "key"));
    expect_bad_key(PublicKey::from_ec(type, {}, {}, "key"));
    expect_bad_key(PublicKey::from_ec(type, ByteVector(67, 1), y, "key"));
  }
  const ByteVector x = key_number(make_key(KeyKind::p256), "qx");
  expect_bad_key(PublicKey::from_ec(KeyType::rsa, x, x, "key"));
  expect_bad_key(PublicKey::from_ec(KeyType::ec_p384, x, x, "key"));
}

TEST(PublicKeyLoad, TakesOnePemBlockOrDer) {
  const ByteVector spki = spki_of(make_key(KeyKind::p256));
  const std::string text = pem::dump("PUBLIC KEY", spki);
  EXPECT_EQ(PublicKey::from_pem_or_der(as_bytes(text), "key").value().spki(), spki);
  EXPECT_EQ(PublicKey::from_pem_or_der(spki, "key").value().spki(), spki);
  EXPECT_EQ(PublicKey::from_pem_or_der(as_bytes(text + text), "key").error().code,
            Code::bad_encoding);
  EXPECT_EQ(
      PublicKey::from_pem_or_der(as_bytes(pem::dump("RSA PUBLIC KEY", spki)), "key").error().code,
      Code::bad_encoding);
  expect_bad_key(PublicKey::from_pem_or_der(as_bytes("hello"), "key"));
  expect_bad_key(PublicKey::from_pem_or_der({}, "key"));
}

// ---- RSA ----------------------------------------------------------------------------------------

TEST(VerifyRsa, AcceptsSignaturesOfEachHash) {
  const Key key = make_key(KeyKind::rsa2048);
  const std::vector<std::pair<Hash, const char*>> hashes = {
      {Hash::sha256, "SHA256"}, {Hash::sha384, "SHA384"}, {Hash::sha512, "SHA512"}};
  for (const auto& [hash, name] : hashes) {
    const ByteVector pkcs1 = sign(key, kMessage, {.digest = name});
    EXPECT_TRUE(verify_rsa_pkcs1(load(key), hash, kMessage, pkcs1, "sig").ok());
    const ByteVector pss = sign(key, kMessage, {.digest = name, .pss = true});
    EXPECT_TRUE(verify_rsa_pss(load(key), hash, kMessage, pss, kPssSaltDigest, "sig").ok());
    EXPECT_TRUE(verify_rsa_pss(load(key), hash, kMessage, pss, kPssSaltAuto, "sig").ok());
  }
  EXPECT_TRUE(verify_rsa_pkcs1(load(key), Hash::sha256, {}, sign(key, {}), "sig").ok());
}

TEST(VerifyRsa, RefusesAnotherMessageHashKeyOrScheme) {
  const Key key = make_key(KeyKind::rsa2048);
  const PublicKey loaded = load(key);
  const ByteVector pkcs1 = sign(key, kMessage);
  const ByteVector pss = sign(key, kMessage, {.pss = true});
  expect_code(verify_rsa_pkcs1(loaded, Hash::sha256, kOther, pkcs1, "sig"), Code::bad_signature);
  expect_code(verify_rsa_pkcs1(loaded, Hash::sha384, kMessage, pkcs1, "sig"), Code::bad_signature);
  expect_code(verify_rsa_pkcs1(load(make_key(KeyKind::rsa2048, "other")), Hash::sha256, kMessage,
                               pkcs1, "sig"),
              Code::bad_signature);
  expect_code(verify_rsa_pkcs1(loaded, Hash::sha256, kMessage, pss, "sig"), Code::bad_signature);
  expect_code(verify_rsa_pss(loaded, Hash::sha256, kMessage, pkcs1, kPssSaltAuto, "sig"),
              Code::bad_signature);
  expect_code(verify_rsa_pss(loaded, Hash::sha512, kMessage, pss, kPssSaltAuto, "sig"),
              Code::bad_signature);
}

TEST(VerifyRsa, RefusesEveryFlippedBitAndEveryOtherLength) {
  const Key key = make_key(KeyKind::rsa2048);
  const PublicKey loaded = load(key);
  const ByteVector good = sign(key, kMessage);
  for (std::size_t bit = 0; bit < good.size() * 8; bit += 61) {
    ByteVector bad = good;
    bad.at(bit / 8) ^= static_cast<std::uint8_t>(1U << (bit % 8));
    expect_code(verify_rsa_pkcs1(loaded, Hash::sha256, kMessage, bad, "sig"), Code::bad_signature);
  }
  for (std::size_t n = 0; n < good.size(); n += 15) {
    expect_code(verify_rsa_pkcs1(loaded, Hash::sha256, kMessage, Bytes(good).first(n), "sig"),
                Code::bad_signature);
  }
  ByteVector longer = good;
  longer.push_back(0);
  expect_code(verify_rsa_pkcs1(loaded, Hash::sha256, kMessage, longer, "sig"), Code::bad_signature);
  longer = good;
  longer.insert(longer.begin(), 0);
  expect_code(verify_rsa_pkcs1(loaded, Hash::sha256, kMessage, longer, "sig"), Code::bad_signature);
  expect_code(verify_rsa_pkcs1(loaded, Hash::sha256, kMessage, ByteVector(256), "sig"),
              Code::bad_signature);
  expect_code(verify_rsa_pkcs1(loaded, Hash::sha256, kMessage, ByteVector(256, 0xff), "sig"),
              Code::bad_signature);
}

TEST(VerifyRsa, PssSaltLengthIsPartOfTheRule) {
  const Key key = make_key(KeyKind::rsa2048);
  const PublicKey loaded = load(key);
  const ByteVector empty = sign(key, kMessage, {.pss = true, .salt_length = 0});
  const ByteVector longest = sign(key, kMessage, {.pss = true, .salt_length = RSA_PSS_SALTLEN_MAX});
  for (const ByteVector& signature : {empty, longest}) {
    EXPECT_TRUE(
        verify_rsa_pss(loaded, Hash::sha256, kMessage, signature, kPssSaltAuto, "sig").ok());
    expect_code(verify_rsa_pss(loaded, Hash::sha256, kMessage, signature, kPssSaltDigest, "sig"),
                Code::bad_signature);
    expect_code(verify_rsa_pss(loaded, Hash::sha256, kMessage, signature, 20, "sig"),
                Code::bad_signature);
  }
  EXPECT_TRUE(verify_rsa_pss(loaded, Hash::sha256, kMessage, empty, 0, "sig").ok());
  expect_code(verify_rsa_pss(loaded, Hash::sha256, kMessage, empty, -3, "sig"),
              Code::invalid_argument);
}

TEST(VerifyRsa, PssMaskHashMustBeTheSame) {
  const Key key = make_key(KeyKind::rsa2048);
  const ByteVector mixed = sign(key, kMessage, {.pss = true, .mgf1_digest = "SHA1"});
  expect_code(verify_rsa_pss(load(key), Hash::sha256, kMessage, mixed, kPssSaltAuto, "sig"),
              Code::bad_signature);
}

TEST(VerifyRsa, RefusesWeakHashesAndKeysOfAnotherType) {
  const Key key = make_key(KeyKind::rsa2048);
  const ByteVector sha1 = sign(key, kMessage, {.digest = "SHA1"});
  for (const Hash hash : {Hash::sha1, Hash::sm3}) {
    expect_code(verify_rsa_pkcs1(load(key), hash, kMessage, sha1, "sig"),
                Code::unsupported_algorithm);
    expect_code(verify_rsa_pss(load(key), hash, kMessage, sha1, kPssSaltAuto, "sig"),
                Code::unsupported_algorithm);
  }
  const PublicKey ec = load(make_key(KeyKind::p256));
  expect_code(verify_rsa_pkcs1(ec, Hash::sha256, kMessage, sha1, "sig"), Code::bad_key);
  expect_code(verify_rsa_pss(ec, Hash::sha256, kMessage, sha1, kPssSaltAuto, "sig"), Code::bad_key);
}

TEST(VerifyRsa, OneKeyServesManyThreadsAndSchemes) {
  const Key key = make_key(KeyKind::rsa2048);
  const PublicKey loaded = load(key);
  const ByteVector pkcs1 = sign(key, kMessage);
  const ByteVector pss = sign(key, kMessage, {.pss = true});
  std::array<int, 4> right{};
  std::vector<std::thread> threads;
  for (int& count : right) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        count += verify_rsa_pss(loaded, Hash::sha256, kMessage, pss, kPssSaltDigest, "sig").ok();
        count += verify_rsa_pkcs1(loaded, Hash::sha256, kMessage, pkcs1, "sig").ok();
        count += !verify_rsa_pkcs1(loaded, Hash::sha256, kMessage, pss, "sig").ok();
        count += !verify_rsa_pkcs1(loaded, Hash::sha512, kMessage, pkcs1, "sig").ok();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(right, (std::array<int, 4>{200, 200, 200, 200}));
}

// ---- ECDSA --------------------------------------------------------------------------------------

struct CurveCase {
  KeyKind kind;
  std::size_t size;
  Hash hash;
  const char* digest;
};
const std::vector<CurveCase> kCurveCases = {{KeyKind::p256, 32, Hash::sha256, "SHA256"},
                                            {KeyKind::p384, 48, Hash::sha384, "SHA384"},
                                            {KeyKind::p521, 66, Hash::sha512, "SHA512"}};

TEST(VerifyEcdsa, AcceptsNumbersWithAndWithoutLeadingZeros) {
  for (const CurveCase& c : kCurveCases) {
    const Key key = make_key(c.kind);
    const auto [r, s] = sign_ecdsa(key, kMessage, c.size, {.digest = c.digest});
    EXPECT_TRUE(verify_ecdsa(load(key), c.hash, kMessage, r, s, "sig").ok());
    ByteVector wide = r;
    wide.insert(wide.begin(), 24, 0);  // AMD writes 72 bytes
    EXPECT_TRUE(verify_ecdsa(load(key), c.hash, kMessage, wide, s, "sig").ok());
  }
  const Key key = make_key(KeyKind::p256);
  for (int i = 0; i < 5000; ++i) {
    const auto [r, s] = sign_ecdsa(key, kMessage, 32);
    if (r.front() != 0 && s.front() != 0) {
      continue;
    }
    EXPECT_TRUE(verify_ecdsa(load(key), Hash::sha256, kMessage, r, s, "sig").ok());
    const auto stripped = [](const ByteVector& n) {
      return ByteVector(std::find_if(n.begin(), n.end(), [](auto b) { return b != 0; }), n.end());
    };
    EXPECT_TRUE(
        verify_ecdsa(load(key), Hash::sha256, kMessage, stripped(r), stripped(s), "sig").ok());
    return;
  }
  FAIL() << "no signature with a leading zero in 5000";
}

TEST(VerifyEcdsa, AcceptsNumbersWhoseTopBitIsSet) {
  const Key key = make_key(KeyKind::p256);
  for (int i = 0; i < 200; ++i) {
    const auto [r, s] = sign_ecdsa(key, kMessage, 32);
    if (r.front() >= 0x80 && s.front() >= 0x80) {
      EXPECT_TRUE(verify_ecdsa(load(key), Hash::sha256, kMessage, r, s, "sig").ok());
      return;
    }
  }
  FAIL() << "no signature with top bits set in 200";
}

TEST(VerifyEcdsa, RefusesAnotherMessageHashOrKey) {
  for (const CurveCase& c : kCurveCases) {
    const Key key = make_key(c.kind);
    const auto [r, s] = sign_ecdsa(key, kMessage, c.size, {.digest = c.digest});
    expect_code(verify_ecdsa(load(key), c.hash, kOther, r, s, "sig"), Code::bad_signature);
    expect_code(verify_ecdsa(load(key), c.hash, kMessage, s, r, "sig"), Code::bad_signature);
    expect_code(verify_ecdsa(load(make_key(c.kind, "other")), c.hash, kMessage, r, s, "sig"),
                Code::bad_signature);
    const Hash other = c.hash == Hash::sha512 ? Hash::sha256 : Hash::sha512;
    expect_code(verify_ecdsa(load(key), other, kMessage, r, s, "sig"), Code::bad_signature);
  }
}

TEST(VerifyEcdsa, RefusesZeroAndNumbersOutOfRange) {
  for (const CurveCase& c : kCurveCases) {
    const Key key = make_key(c.kind);
    const PublicKey loaded = load(key);
    const auto [r, s] = sign_ecdsa(key, kMessage, c.size, {.digest = c.digest});
    const ByteVector order = key_number(key, OSSL_PKEY_PARAM_EC_ORDER);
    const ByteVector zero(c.size);
    ByteVector above = order;
    ++above.back();
    const ByteVector longer(c.size + 1, 1);
    for (const ByteVector& bad : {ByteVector(), ByteVector{0}, zero, order, above, longer}) {
      expect_code(verify_ecdsa(loaded, c.hash, kMessage, bad, s, "sig"), Code::bad_signature);
      expect_code(verify_ecdsa(loaded, c.hash, kMessage, r, bad, "sig"), Code::bad_signature);
      expect_code(verify_ecdsa(loaded, c.hash, kMessage, bad, bad, "sig"), Code::bad_signature);
    }
  }
}

// r + n is congruent to r, and fits in 66 bytes for P-521 or in the field for none of the others.
TEST(VerifyEcdsa, RefusesNumbersThatAreOnlyCongruent) {
  const Key key = make_key(KeyKind::p521);
  const auto [r, s] = sign_ecdsa(key, kMessage, 66, {.digest = "SHA512"});
  ByteVector sum(66);
  const ByteVector order = key_number(key, OSSL_PKEY_PARAM_EC_ORDER);
  unsigned carry = 0;
  for (std::size_t i = 66; i-- > 0;) {
    const unsigned total = carry + r.at(i) + order.at(i);
    sum.at(i) = static_cast<std::uint8_t>(total & 0xffU);
    carry = total >> 8U;
  }
  ASSERT_EQ(carry, 0U);
  expect_code(verify_ecdsa(load(key), Hash::sha512, kMessage, sum, s, "sig"), Code::bad_signature);
}

TEST(VerifyEcdsa, RefusesWeakHashesAndRsaKeys) {
  const Key key = make_key(KeyKind::p256);
  const auto [r, s] = sign_ecdsa(key, kMessage, 32, {.digest = "SHA1"});
  expect_code(verify_ecdsa(load(key), Hash::sha1, kMessage, r, s, "sig"),
              Code::unsupported_algorithm);
  expect_code(verify_ecdsa(load(key), Hash::sm3, kMessage, r, s, "sig"),
              Code::unsupported_algorithm);
  expect_code(verify_ecdsa(load(make_key(KeyKind::rsa2048)), Hash::sha256, kMessage, r, s, "sig"),
              Code::bad_key);
}

// ---- a key that is met once
// ----------------------------------------------------------------------

struct Coordinates {
  ByteVector x;
  ByteVector y;

  Result<Unit> verify(KeyType curve, Hash hash, Bytes message, Bytes r, Bytes s) const {
    return verify_ecdsa_by_point({curve, x, y, "key"}, hash, message, r, s, "sig");
  }
};

TEST(VerifyEcdsaByPoint, AgreesWithTheKeyThatIsKept) {
  for (const CurveCase& c : kCurveCases) {
    const Key key = make_key(c.kind);
    const Coordinates point{key_number(key, "qx"), key_number(key, "qy")};
    const KeyType type = load(key).type();
    const auto [r, s] = sign_ecdsa(key, kMessage, c.size, {.digest = c.digest});
    EXPECT_TRUE(point.verify(type, c.hash, kMessage, r, s).ok());
    expect_code(point.verify(type, c.hash, kOther, r, s), Code::bad_signature);
    expect_code(point.verify(type, c.hash, kMessage, s, r), Code::bad_signature);
    expect_code(point.verify(type, c.hash, kMessage, {}, s), Code::bad_signature);
    expect_code(point.verify(type, c.hash, kMessage, r, ByteVector(c.size, 0)),
                Code::bad_signature);
    expect_code(point.verify(type, c.hash, kMessage, ByteVector(c.size + 1, 1), s),
                Code::bad_signature);
    expect_code(point.verify(type, Hash::sha1, kMessage, r, s), Code::unsupported_algorithm);
    const Key other = make_key(c.kind, "other");
    const Coordinates wrong{key_number(other, "qx"), key_number(other, "qy")};
    expect_code(wrong.verify(type, c.hash, kMessage, r, s), Code::bad_signature);
  }
}

TEST(VerifyEcdsaByPoint, RefusesPointsThatAreNoKey) {
  for (const CurveCase& c : kCurveCases) {
    const Key key = make_key(c.kind);
    const KeyType type = load(key).type();
    const auto [r, s] = sign_ecdsa(key, kMessage, c.size, {.digest = c.digest});
    const Coordinates good{key_number(key, "qx"), key_number(key, "qy")};
    Coordinates off = good;
    off.y.back() ^= 1U;
    expect_bad_key(off.verify(type, c.hash, kMessage, r, s));
    // (0, 0) is what some write for the point at infinity; one more than any field has; too long.
    for (const std::size_t size : {std::size_t{0}, c.size}) {
      expect_bad_key(Coordinates{ByteVector(size, 0), ByteVector(size, 0)}.verify(type, c.hash,
                                                                                  kMessage, r, s));
    }
    expect_bad_key(
        Coordinates{ByteVector(c.size, 0xff), good.y}.verify(type, c.hash, kMessage, r, s));
    expect_bad_key(
        Coordinates{ByteVector(c.size + 1, 1), good.y}.verify(type, c.hash, kMessage, r, s));
    expect_bad_key(good.verify(KeyType::rsa, c.hash, kMessage, r, s));
  }
  const Key key = make_key(KeyKind::p256);
  const Coordinates good{key_number(key, "qx"), key_number(key, "qy")};
  const auto [r, s] = sign_ecdsa(key, kMessage, 32, {.digest = "SHA256"});
  expect_bad_key(good.verify(KeyType::ec_p384, Hash::sha256, kMessage, r, s));
}

TEST(VerifyEcdsa, RefusesFlippedBits) {
  const Key key = make_key(KeyKind::p384);
  const auto [r, s] = sign_ecdsa(key, kMessage, 48, {.digest = "SHA384"});
  for (std::size_t bit = 0; bit < 48 * 8; bit += 37) {
    ByteVector bad = r;
    bad.at(bit / 8) ^= static_cast<std::uint8_t>(1U << (bit % 8));
    expect_code(verify_ecdsa(load(key), Hash::sha384, kMessage, bad, s, "sig"),
                Code::bad_signature);
  }
}

}  // namespace
}  // namespace cupel::crypto

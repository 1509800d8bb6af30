#include "crypto/digest.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"

namespace cupel::crypto {
namespace {

std::string hex_digest(Hash hash, std::string_view text) {
  return to_hex(digest(hash, as_bytes(text)));
}

// FIPS 180-4 examples ("abc"); GB/T 32905 annex A.1 for SM3.
TEST(Digest, MatchesPublishedExamples) {
  EXPECT_EQ(hex_digest(Hash::sha1, "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex_digest(Hash::sha256, "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_digest(Hash::sha384, "abc"),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
            "8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(hex_digest(Hash::sha512, "abc"),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  EXPECT_EQ(hex_digest(Hash::sm3, "abc"),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, OfPartsIsTheDigestOfTheirConcatenation) {
  for (const Hash hash : {Hash::sha1, Hash::sha256, Hash::sha384, Hash::sha512, Hash::sm3}) {
    EXPECT_EQ(digest(hash, {as_bytes("ab"), {}, as_bytes("c")}), digest(hash, as_bytes("abc")));
    EXPECT_EQ(digest(hash, {}).size(), digest_size(hash));
    Digester digester(hash);
    digester.update(as_bytes("a"));
    digester.update(as_bytes("bc"));
    EXPECT_EQ(digester.finish(), digest(hash, as_bytes("abc")));
  }
}

TEST(Digest, FinishesOnce) {
  Digester digester(Hash::sha256);
  (void)digester.finish();
  EXPECT_THROW((void)digester.finish(), std::logic_error);
  EXPECT_THROW(digester.update(as_bytes("x")), std::logic_error);
}

TEST(Digest, NamesAreExact) {
  for (const Hash hash : {Hash::sha1, Hash::sha256, Hash::sha384, Hash::sha512, Hash::sm3}) {
    EXPECT_EQ(hash_by_name(to_string(hash)), hash);
  }
  for (const char* name : {"", "SHA256", "sha-256", "sha2", "sha3_256", "md5", "sha256 "}) {
    EXPECT_EQ(hash_by_name(name), std::nullopt) << name;
  }
}

TEST(Equal, ComparesLengthsAndBytes) {
  EXPECT_TRUE(equal({}, {}));
  EXPECT_TRUE(equal(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(equal(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(equal(as_bytes("abc"), as_bytes("ab")));
  EXPECT_FALSE(equal({}, as_bytes("a")));
}

}  // namespace
}  // namespace cupel::crypto

// What the tests of this room share: documents written by hand, and a small authority.
#pragma once

#include <gtest/gtest.h>

#include <cupel/nitro.hpp>
#include <functional>

#include "base/hex.hpp"
#include "codec/cose.hpp"
#include "unit/crypto/test_ca.hpp"

namespace cupel::nitro::test {

using cupel::testing::Issued;
using cupel::testing::Key;
using cupel::testing::KeyKind;
using cupel::testing::make_key;

inline constexpr UnixTime kNow = cupel::testing::kNow;
inline constexpr std::uint64_t kTimestamp = 1718409540500;  // a minute before kNow

template <class T>
void expect_error(const Result<T>& result, Code code, std::string_view where,
                  std::string_view check) {
  ASSERT_FALSE(result.ok()) << "accepted; expected " << to_string(code) << " at " << where;
  EXPECT_EQ(to_string(result.error().code), to_string(code)) << to_string(result.error());
  EXPECT_EQ(result.error().where, where) << to_string(result.error());
  EXPECT_EQ(result.error().check, check) << to_string(result.error());
}

/// Root, one authority, leaf.
struct Authority {
  Issued root;
  Issued issuing;
  Issued leaf;

  explicit Authority(const std::string& label = "nitro", KeyKind leaf_kind = KeyKind::p384) {
    const cupel::testing::Signing sha384{.digest = "SHA384"};
    const std::string usage = "keyCertSign,cRLSign";
    root = cupel::testing::issue(
        {.subject = "Root", .ca = true, .key_usage = usage, .signing = sha384},
        make_key(KeyKind::p384, label + " root"));
    issuing = cupel::testing::issue(
        {.subject = "Issuing", .ca = true, .key_usage = usage, .signing = sha384},
        make_key(KeyKind::p384, label + " issuing"), &root);
    leaf = cupel::testing::issue(
        {.subject = "Leaf", .key_usage = "digitalSignature", .signing = sha384},
        make_key(leaf_kind, label + " leaf"), &issuing);
  }

  VerifyContext context(UnixTime now = kNow) const {
    VerifyContext out{now, TrustAnchors({})};
    EXPECT_TRUE(out.anchors.add_certificates("root", root.der).ok());
    return out;
  }
};

inline const Authority& authority() {
  static const Authority made;
  return made;
}

/// A document as it should be; tests change one thing.
struct Spec {
  std::string registers = "pcrs";
  std::map<unsigned, ByteVector> pcrs{
      {0, ByteVector(48, 0xa0)}, {1, ByteVector(48, 0xa1)}, {2, ByteVector(48, 0xa2)}};
  std::optional<ByteVector> public_key{};
  std::optional<ByteVector> user_data{};
  std::optional<ByteVector> nonce{};
  std::uint64_t timestamp = kTimestamp;
  const Authority* by = &authority();
  std::vector<ByteVector> bundle{authority().root.der, authority().issuing.der};

  ByteVector payload() const {
    cbor::Writer out;
    out.map(9).text("module_id").text("i-0-enc0").text("digest").text("SHA384");
    out.text("timestamp").unsigned_integer(timestamp).text(registers).map(pcrs.size());
    for (const auto& [index, value] : pcrs) {
      out.unsigned_integer(index).bytes(value);
    }
    out.text("certificate").bytes(by->leaf.der).text("cabundle").array(bundle.size());
    for (const ByteVector& der : bundle) {
      out.bytes(der);
    }
    const auto optional = [&](std::string_view name, const std::optional<ByteVector>& value) {
      out.text(name);
      value ? out.bytes(*value) : out.null();
    };
    optional("public_key", public_key);
    optional("user_data", user_data);
    optional("nonce", nonce);
    return out.written();
  }

  ByteVector bytes() const {
    const ByteVector header = from_hex("a1013822", "test").value();
    const ByteVector body = payload();
    cbor::Writer signed_bytes;
    signed_bytes.array(4).text("Signature1").bytes(header).bytes(Bytes{}).bytes(body);
    auto [r, s] =
        cupel::testing::sign_ecdsa(by->leaf.key, signed_bytes.written(), 48, {.digest = "SHA384"});
    r.insert(r.end(), s.begin(), s.end());
    cbor::Writer out;
    out.array(4).bytes(header).map(0).bytes(body).bytes(r);
    return out.written();
  }

  Document document() const { return parse(bytes()).value(); }
  Verified<Document> verified() const { return verify(document(), {}, by->context()).value(); }
};

}  // namespace cupel::nitro::test

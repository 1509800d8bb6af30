// Tokens signed here, for the tests of this room.
#pragma once

#include <gtest/gtest.h>

#include <cupel/maa.hpp>
#include <string>

#include "base/base64.hpp"
#include "codec/json.hpp"
#include "unit/crypto/test_ca.hpp"

namespace cupel::maa::test {

inline constexpr UnixTime kNow{1718452800};  // 2024-06-15T12:00:00Z
inline const std::string kIssuer = "https://unit.eus.attest.azure.net";

template <class T>
void expect_error(const Result<T>& result, Code code, std::string_view where,
                  std::string_view check = {}) {
  ASSERT_FALSE(result.ok()) << "accepted; expected " << to_string(code) << " at " << where;
  EXPECT_EQ(to_string(result.error().code), to_string(code)) << to_string(result.error());
  EXPECT_EQ(result.error().where, where) << to_string(result.error());
  EXPECT_EQ(result.error().check, check) << to_string(result.error());
}

inline json::Object payload() {
  return {{"iss", kIssuer},
          {"exp", std::uint64_t{1718478000}},
          {"iat", std::uint64_t{1718449200}},
          {"nbf", std::uint64_t{1718449200}},
          {"x-ms-ver", "1.0"},
          {"x-ms-attestation-type", "sevsnpvm"},
          {"x-ms-sevsnpvm-is-debuggable", false}};
}

inline json::Object with(json::Object object, const std::string& name, json::Value value) {
  for (auto& [member, old] : object) {
    if (member == name) {
      old = std::move(value);
      return object;
    }
  }
  object.emplace_back(name, std::move(value));
  return object;
}

inline std::string sign(const testing::Key& key, const json::Object& body,
                        const std::string& kid = "one") {
  const auto part = [](const json::Value& value) {
    return to_base64url(as_bytes(json::dump(value)));
  };
  const std::string input =
      part(json::Object{{"alg", "RS256"}, {"kid", kid}, {"typ", "JWT"}}) + "." + part(body);
  return input + "." + to_base64url(testing::sign(key, as_bytes(input)));
}

inline std::string key_set(const testing::Key& key, const std::string& kid = "one") {
  return json::dump(json::Object{
      {"keys", json::Array{json::Object{{"kty", "RSA"},
                                        {"kid", kid},
                                        {"n", to_base64url(testing::key_number(key, "n"))},
                                        {"e", to_base64url(testing::key_number(key, "e"))}}}}});
}

inline testing::Key rsa(const std::string& label) {
  return testing::make_key(testing::KeyKind::rsa2048, label);
}

inline VerifyContext context(const testing::Key& key, UnixTime now = kNow) {
  TrustAnchors anchors({});
  EXPECT_TRUE(anchors.add_issuer_keys(kIssuer, as_bytes(key_set(key))).ok());
  return {.now = now, .anchors = std::move(anchors)};
}

}  // namespace cupel::maa::test

#include "codec/thim.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "codec/json.hpp"
#include "codec/pem.hpp"

namespace cupel {
namespace {

// PEM is all this reader looks at: whether a block is a certificate is asked elsewhere.
std::string block(std::uint8_t number) {
  return pem::dump("CERTIFICATE", ByteVector{0x30, 0x03, 0x02, 0x01, number});
}

json::Object good() {
  return {{"vcekCert", block(1)},
          {"tcbm", "DB18000000000004"},
          {"certificateChain", block(2) + block(3)},
          {"cacheControl", "86400"}};
}

Result<thim::Certificates> parse(const json::Object& document) {
  return thim::parse(json::dump(json::Value(document)), "thim");
}

void set(json::Object& document, std::string_view name, json::Value value) {
  for (auto& [key, content] : document) {
    if (key == name) {
      content = std::move(value);
    }
  }
}

void expect_refused(const std::function<void(json::Object&)>& change, Code code,
                    const std::string& where) {
  json::Object document = good();
  change(document);
  const auto got = parse(document);
  ASSERT_FALSE(got.ok()) << where;
  EXPECT_EQ(got.error().code, code) << to_string(got.error());
  EXPECT_EQ(got.error().where, where);
}

TEST(Thim, HandsOutTheProcessorsCertificateFirst) {
  const auto got = parse(good());
  ASSERT_TRUE(got.ok()) << to_string(got.error());
  ASSERT_EQ(got->ders.size(), 3U);
  for (std::size_t i = 0; i < got->ders.size(); ++i) {
    EXPECT_EQ(got->ders.at(i).back(), i + 1);
  }
  EXPECT_EQ(got->tcbm, "DB18000000000004");
}

TEST(Thim, NeedsNoCacheControl) {
  json::Object document = good();
  document.pop_back();
  EXPECT_TRUE(parse(document).ok());
}

TEST(Thim, IsRecognisedByItsMember) {
  EXPECT_TRUE(thim::looks_like(as_bytes(" \r\n{\"vcekCert\": 1}")));
  for (const char* text :
       {"", "[\"vcekCert\"]", "{\"vlekCert\": 1}", "vcekCert", "{\"vcekCert\\\": 1}"}) {
    EXPECT_FALSE(thim::looks_like(as_bytes(text))) << text;
  }
}

TEST(Thim, RefusesMissingAndUnknownMembers) {
  for (const std::string name : {"vcekCert", "tcbm", "certificateChain"}) {
    expect_refused(
        [&](json::Object& document) {
          std::erase_if(document, [&](const auto& member) { return member.first == name; });
        },
        Code::missing_field, "thim." + name);
  }
  expect_refused([](json::Object& document) { document.emplace_back("vlekCert", block(4)); },
                 Code::unknown_field, "thim.vlekCert");
}

TEST(Thim, RefusesMembersOfAnotherType) {
  for (const std::string name : {"vcekCert", "tcbm", "certificateChain", "cacheControl"}) {
    expect_refused([&](json::Object& document) { set(document, name, json::Value(7)); },
                   Code::bad_encoding, "thim." + name);
  }
}

TEST(Thim, RefusesATcbThatIsNotEightBytesOfHex) {
  expect_refused([](json::Object& d) { set(d, "tcbm", "DB180000000004"); }, Code::bad_length,
                 "thim.tcbm");
  expect_refused([](json::Object& d) { set(d, "tcbm", "DB1800000000000400"); }, Code::bad_length,
                 "thim.tcbm");
  expect_refused([](json::Object& d) { set(d, "tcbm", "DB1800000000000G"); }, Code::bad_encoding,
                 "thim.tcbm");
}

TEST(Thim, RefusesMoreThanOneProcessor) {
  expect_refused([](json::Object& d) { set(d, "vcekCert", block(1) + block(1)); }, Code::bad_length,
                 "thim.vcekCert");
}

TEST(Thim, RefusesWhatIsNoCertificateInPem) {
  const std::string key = pem::dump("PRIVATE KEY", ByteVector{0x30, 0});
  for (const std::string name : {"vcekCert", "certificateChain"}) {
    for (const std::string& text : {std::string(), std::string("hello"), key, block(1) + key}) {
      json::Object document = good();
      set(document, name, text);
      const auto got = parse(document);
      ASSERT_FALSE(got.ok()) << name << ": " << text;
      EXPECT_EQ(got.error().where, "thim." + name);
    }
  }
}

TEST(Thim, RefusesAMemberTwice) {
  std::string text = json::dump(json::Value(good()));
  text.insert(1, "\"tcbm\":\"0000000000000000\",");
  const auto got = thim::parse(text, "thim");
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, Code::duplicate_field);
}

}  // namespace
}  // namespace cupel

#include "codec/pem.hpp"

#include <gtest/gtest.h>

#include <array>

namespace cupel::pem {
namespace {

constexpr std::array<std::string_view, 2> kLabels = {"CERTIFICATE", "X509 CRL"};

ByteVector sample(std::size_t size) {
  ByteVector out(size);
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = static_cast<std::uint8_t>(i * 7);
  }
  return out;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

void expect_refused(std::string_view text, Code code, std::size_t offset) {
  const auto parsed = parse(text, kLabels, "file");
  ASSERT_FALSE(parsed.ok()) << text;
  EXPECT_EQ(to_string(parsed.error().code), to_string(code)) << text;
  EXPECT_EQ(parsed.error().where, "file");
  EXPECT_EQ(parsed.error().offset, offset) << text << parsed.error().detail;
}

TEST(PemParse, RoundTripsEveryLengthOfContents) {
  for (std::size_t size = 1; size < 200; ++size) {
    const auto blocks = parse(dump("X509 CRL", sample(size)), kLabels, "file").value();
    ASSERT_EQ(blocks.size(), 1U);
    EXPECT_EQ(blocks[0].label, "X509 CRL");
    EXPECT_EQ(blocks[0].der, sample(size));
  }
}

TEST(PemParse, AcceptsSeveralBlocksLineEndsAndWhiteSpaceBetween) {
  const std::string two =
      dump("CERTIFICATE", sample(100)) + "\n \t\r\n" + dump("X509 CRL", sample(50)) + "\n\n";
  EXPECT_EQ(parse(two, kLabels, "file").value().size(), 2U);
  EXPECT_EQ(parse(replaced(two, "\n", "\r\n"), kLabels, "file").value().size(), 2U);
  EXPECT_EQ(parse("\n " + two, kLabels, "file").value().size(), 2U);
  std::string unterminated = dump("CERTIFICATE", sample(100));
  unterminated.pop_back();
  EXPECT_TRUE(parse(unterminated, kLabels, "file").ok());
}

TEST(PemParse, AcceptsLinesOf76Characters) {
  // 57 bytes are 76 characters.
  const std::string line(76, 'A');
  const std::string text =
      "-----BEGIN CERTIFICATE-----\n" + line + "\n" + line + "\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_EQ(parse(text, kLabels, "file").value().at(0).der.size(), 117U);
  expect_refused(replaced(text, line, line + "AAAA"), Code::bad_encoding, 28);
}

TEST(PemParse, RefusesOtherLabels) {
  expect_refused(dump("PRIVATE KEY", sample(10)), Code::bad_encoding, 11);
  expect_refused(dump("certificate", sample(10)), Code::bad_encoding, 11);
  expect_refused(dump("", sample(10)), Code::bad_encoding, 11);
  expect_refused(dump("CERTIFICATE", sample(10)) + dump("PRIVATE KEY", sample(10)),
                 Code::bad_encoding, dump("CERTIFICATE", sample(10)).size() + 11);
}

TEST(PemParse, RefusesTextOutsideOfBlocks) {
  const std::string block = dump("CERTIFICATE", sample(10));
  expect_refused("subject=Evil\n" + block, Code::bad_encoding, 0);
  expect_refused(block + "trailing", Code::bad_encoding, block.size());
  expect_refused("\xef\xbb\xbf" + block, Code::bad_encoding, 0);
  expect_refused(block + std::string(1, '\0'), Code::bad_encoding, block.size());
  expect_refused("-" + block, Code::bad_encoding, 0);
  // Both markers on one line.
  std::string joined = block;
  joined.pop_back();
  EXPECT_FALSE(parse(joined + block, kLabels, "file").ok());
}

TEST(PemParse, RefusesBlocksThatDoNotEnd) {
  const std::string block = dump("CERTIFICATE", sample(100));
  for (std::size_t n = 1; n + 1 < block.size(); ++n) {
    const auto parsed = parse(std::string_view(block).substr(0, n), kLabels, "file");
    ASSERT_FALSE(parsed.ok()) << n;
    EXPECT_TRUE(parsed.error().code == Code::truncated || parsed.error().code == Code::bad_encoding)
        << n;
  }
  expect_refused("-----BEGIN CERTIFICATE-----\nAAAA\n", Code::truncated, 33);
  expect_refused("-----BEGIN CERTIFICATE-----\nAAAA\n-----END X509 CRL-----\n", Code::bad_encoding,
                 33);
  expect_refused("-----BEGIN CERTIFICATE-----\nAAAA\n-----BEGIN CERTIFICATE-----\n",
                 Code::bad_encoding, 33);
}

TEST(PemParse, RefusesBodiesThatAreNotCanonical) {
  const std::string begin = "-----BEGIN CERTIFICATE-----\n";
  const std::string end = "-----END CERTIFICATE-----\n";
  expect_refused(begin + end, Code::bad_encoding, begin.size() + end.size());
  expect_refused(begin + "AA=A\n" + end, Code::bad_encoding, begin.size() + 2);
  expect_refused(begin + "AAB=\n" + end, Code::bad_encoding, begin.size() + 2);
  expect_refused(begin + "AAAA\nAA*A\n" + end, Code::bad_encoding, begin.size() + 7);
  expect_refused(begin + "AAAA\nAAA\n" + end, Code::bad_encoding, begin.size() + 8);
  expect_refused(begin + "AA==\nAAAA\n" + end, Code::bad_encoding, begin.size() + 2);
  expect_refused(begin + "AAAA \n" + end, Code::bad_encoding, begin.size() + 5);
  expect_refused(begin + "AAAA\n\nAAAA\n" + end, Code::bad_encoding, begin.size() + 5);
  expect_refused(begin + "AAAA\nAAAAAAAA\n" + end, Code::bad_encoding, begin.size() + 5);
  expect_refused(begin + "AAAAAAAA\nAAAA\nAAAA\n" + end, Code::bad_encoding, begin.size() + 14);
  expect_refused(begin + "Proc-Type: 4,ENCRYPTED\n" + end, Code::bad_encoding, begin.size() + 22);
}

TEST(PemParse, BoundsSizeAndNumberOfBlocks) {
  std::string many;
  for (int i = 0; i < 64; ++i) {
    many += dump("CERTIFICATE", sample(3));
  }
  EXPECT_EQ(parse(many, kLabels, "file").value().size(), 64U);
  expect_refused(many + dump("CERTIFICATE", sample(3)), Code::too_large, many.size());
  expect_refused(std::string((1U << 20U) + 1, ' '), Code::too_large, kNoOffset);
}

TEST(PemParse, RefusesTextWithoutBlocks) {
  expect_refused("", Code::missing_field, kNoOffset);
  expect_refused(" \r\n\t", Code::missing_field, kNoOffset);
}

TEST(PemParse, CertificatesAreTheOnlyLabelOfParseCertificates) {
  EXPECT_EQ(parse_certificates(dump("CERTIFICATE", sample(9)), "file").value().at(0), sample(9));
  EXPECT_EQ(parse_certificates(dump("X509 CRL", sample(9)), "file").error().code,
            Code::bad_encoding);
  EXPECT_EQ(parse_certificates(dump("TRUSTED CERTIFICATE", sample(9)), "file").error().code,
            Code::bad_encoding);
}

TEST(PemLooksLike, IsAHintByTheFirstMarker) {
  EXPECT_TRUE(looks_like(as_bytes("\n -----BEGIN ")));
  EXPECT_FALSE(looks_like(as_bytes("x-----BEGIN ")));
  EXPECT_FALSE(looks_like(as_bytes("")));
  EXPECT_FALSE(looks_like(as_bytes("\x30\x82")));
}

}  // namespace
}  // namespace cupel::pem

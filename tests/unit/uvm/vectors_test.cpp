// Captured endorsements.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cupel/uvm.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/hex.hpp"
#include "codec/json.hpp"

namespace cupel::uvm {
namespace {

std::filesystem::path folder() {
  const char* given = std::getenv("CUPEL_VECTORS");
  return std::filesystem::path(given != nullptr ? given : CUPEL_DEFAULT_VECTORS) / "uvm";
}

ByteVector read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string string_at(const json::Value& value, std::string_view key) {
  const json::Value* found = value.find(key);
  return found != nullptr && found->string() != nullptr ? *found->string() : std::string();
}

// What is no endorsement of Microsoft's utility VM, and why.
struct Refusal {
  std::string_view id;
  Code code;
  std::string_view where;
};
constexpr Refusal kRefusals[] = {
    {"aci-transparency-trust-list-2026", Code::unsupported_algorithm, "uvm.cose.alg"},
    {"neg-esrp-test-ca-other-issuer", Code::unsupported_algorithm, "uvm.cose.alg"},
};

class UvmVectors : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::is_directory(folder())) {
      GTEST_SKIP() << "no captured vectors at " << folder() << " (CUPEL_VECTORS)";
    }
  }
};

TEST_F(UvmVectors, AreJudgedAsTheirCasesSay) {
  std::size_t accepted = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    const std::string id = entry.path().filename().string();
    const ByteVector about = read(entry.path() / "case.json");
    const json::Value document = json::parse(as_text(about), id).value();
    const json::Value& expected = *document.find("expected");
    auto parsed = parse(read(entry.path() / "endorsement.cose"));
    const auto* refusal = std::find_if(std::begin(kRefusals), std::end(kRefusals),
                                       [&](const Refusal& one) { return one.id == id; });
    if (refusal != std::end(kRefusals)) {
      ASSERT_FALSE(parsed.ok()) << id;
      EXPECT_EQ(to_string(parsed.error().code), to_string(refusal->code)) << id;
      EXPECT_EQ(parsed.error().where, refusal->where) << id;
      continue;
    }
    // (A receipt of another statement is in an unprotected header; receipts are not looked at.)
    ASSERT_TRUE(parsed.ok()) << id << ": " << to_string(parsed.error());
    const UnixTime signed_at = parse_time(string_at(document, "verify_at")).value();
    for (const UnixTime now : {signed_at, UnixTime(signed_at.seconds() + 400000000)}) {
      const auto verified = verify(*parsed, container_platform(), {now, TrustAnchors({})});
      ASSERT_TRUE(verified.ok()) << id << ": " << to_string(verified.error());
    }
    const auto early = verify(*parsed, container_platform(),
                              {UnixTime(signed_at.seconds() - 1), TrustAnchors({})});
    ASSERT_FALSE(early.ok()) << id;
    EXPECT_EQ(early.error().code, Code::not_yet_valid) << id;
    EXPECT_EQ(parsed->issuer, string_at(expected, "issuer")) << id;
    EXPECT_EQ(parsed->feed, string_at(expected, "feed")) << id;
    EXPECT_EQ(to_string(parsed->signed_at), string_at(expected, "signing_time")) << id;
    EXPECT_TRUE(parsed->svn.has_value()) << id;
    ++accepted;
  }
  EXPECT_GE(accepted, 6U);
}

TEST_F(UvmVectors, EndorseTheMeasurementOfTheReportThatCameWithThem) {
  const auto here = folder() / "aci-uvm-2025-with-snp-report";
  const ByteVector report = read(here / "snp_report.bin");
  const Endorsement endorsement = parse(read(here / "endorsement.cose")).value();
  // MEASUREMENT, SEV-SNP ABI table 23.
  const Bytes measurement = Bytes(report).subspan(0x90, 48);
  EXPECT_EQ(to_hex(endorsement.launch_measurement), to_hex(measurement));
  EXPECT_EQ(endorsement.svn, 103U);
  EXPECT_EQ(endorsement.form, Form::json);
}

TEST_F(UvmVectors, AreRefusedWithAnySignedByteChanged) {
  for (const char* id : {"aci-uvm-svn101-2024", "aci-uvm-transparent-svn104-2026"}) {
    const ByteVector original = read(folder() / id / "endorsement.cose");
    const VerifyContext context{UnixTime(1900000000), TrustAnchors({})};
    ASSERT_TRUE(verify(parse(original).value(), container_platform(), context).ok());
    const auto signed_size = static_cast<std::size_t>(
        (original[3] << 8) | original[4]);  // the protected header's byte string: 59 xx xx
    for (std::size_t i = 0; i < 5 + signed_size; i += 37) {
      ByteVector changed = original;
      changed[i] ^= 0x04U;
      auto parsed = parse(changed);
      EXPECT_TRUE(!parsed.ok() ||
                  !verify(std::move(parsed).value(), container_platform(), context).ok())
          << id << " byte " << i;
    }
  }
}

}  // namespace
}  // namespace cupel::uvm

#include "support.hpp"

namespace cupel::snp {
namespace {

using test::expect_error;

ByteVector report(const std::string& folder) {
  return test::evidence(folder).report.raw;
}

TEST(SnpParse, RefusesEveryShorterReport) {
  for (const auto* folder : {"ok--milan_v2_vcek", "ok--milan_v5_vcek"}) {
    const ByteVector whole = report(folder);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto got = parse(Bytes(whole).first(size));
      ASSERT_FALSE(got.ok()) << size;
      EXPECT_EQ(got.error().code, Code::truncated) << size;
      EXPECT_EQ(got.error().check, "snp-01") << size;
      EXPECT_TRUE(got.error().where.starts_with("snp.report.")) << got.error().where;
    }
  }
}

TEST(SnpParse, GivesEachVersionItsOwnType) {
  EXPECT_TRUE(std::holds_alternative<ReportV2>(parse(report("ok--milan_v2_vcek"))->fields));
  EXPECT_TRUE(std::holds_alternative<ReportV3>(parse(report("ok--milan_v3_vcek"))->fields));
  EXPECT_TRUE(std::holds_alternative<ReportV4>(parse(report("ok--milan_v4_vcek"))->fields));
  EXPECT_TRUE(std::holds_alternative<ReportV5>(parse(report("ok--milan_v5_vcek"))->fields));
}

TEST(SnpParse, NamesNoProcessorInVersion2) {
  EXPECT_EQ(parse(report("ok--milan_v2_vcek"))->cpuid(), nullptr);
  const auto v3 = parse(report("ok--milan_v3_vcek"));
  ASSERT_NE(v3->cpuid(), nullptr);
  EXPECT_EQ(product_of(*v3->cpuid()), Product::milan);
}

TEST(SnpParse, RefusesEachBitOfTheUnsignedTail) {
  const ByteVector whole = report("ok--milan_v3_vcek");
  constexpr std::size_t kRExtension = 0x2d0;
  constexpr std::size_t kS = 0x2e8;
  for (std::size_t i = kRExtension; i < whole.size(); ++i) {
    const bool low_s = i >= kS && i < kS + 48;
    if (low_s) {
      continue;  // signature: verify() answers for it
    }
    for (unsigned bit = 0; bit < 8; ++bit) {
      ByteVector changed = whole;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << bit));
      const auto got = parse(changed);
      ASSERT_FALSE(got.ok()) << i;
      EXPECT_EQ(got.error().code, Code::reserved_not_zero) << i;
      EXPECT_EQ(got.error().offset, i);
    }
  }
}

TEST(SnpParse, ReadsTheSignatureAsBigEndianScalars) {
  const auto whole = report("ok--milan_v3_vcek");
  const auto parsed = parse(whole);
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->body().signature_r.size(), 48U);
  EXPECT_EQ(parsed->body().signature_r.back(), whole[0x2a0]);
  EXPECT_EQ(parsed->body().signature_s.front(), whole[0x2e8 + 47]);
}

TEST(SnpProduct, KnowsModelsAtTheirBorders) {
  EXPECT_EQ(product_of({0x19, 0x00, 0}), Product::milan);
  EXPECT_EQ(product_of({0x19, 0x0f, 0}), Product::milan);
  EXPECT_EQ(product_of({0x19, 0x10, 0}), Product::genoa);
  EXPECT_EQ(product_of({0x19, 0x1f, 0}), Product::genoa);
  EXPECT_EQ(product_of({0x19, 0xa0, 0}), Product::genoa);
  EXPECT_EQ(product_of({0x19, 0xaf, 0}), Product::genoa);
  EXPECT_EQ(product_of({0x1a, 0x00, 0}), Product::turin);
  EXPECT_EQ(product_of({0x1a, 0x11, 0}), Product::turin);
}

TEST(SnpProduct, KnowsNoModelBetweenThem) {
  for (const CpuId cpuid : {CpuId{0x19, 0x20, 0}, CpuId{0x19, 0x9f, 0}, CpuId{0x19, 0xb0, 0},
                            CpuId{0x1a, 0x12, 0}, CpuId{0x17, 0x31, 0}, CpuId{0x00, 0x00, 0}}) {
    EXPECT_FALSE(product_of(cpuid).has_value());
  }
}

TEST(SnpTcb, ReadsOneEncodingInTwoWays) {
  const TcbBytes bytes{1, 2, 0, 0, 0, 0, 0, 81};
  const auto legacy = parse_tcb(Product::milan, bytes, "tcb");
  ASSERT_TRUE(legacy.ok());
  EXPECT_EQ(std::get<LegacyTcb>(*legacy), (LegacyTcb{1, 2, 0, 81}));
  const auto turin = parse_tcb(Product::turin, bytes, "tcb");
  ASSERT_TRUE(turin.ok());
  EXPECT_EQ(std::get<TurinTcb>(*turin), (TurinTcb{1, 2, 0, 0, 81}));
}

TEST(SnpTcb, RefusesReservedPartsOfTheProduct) {
  for (std::size_t i = 0; i < 8; ++i) {
    TcbBytes bytes{};
    bytes.at(i) = 1;
    const bool legacy = i >= 2 && i <= 5;
    const bool turin = i >= 4 && i <= 6;
    EXPECT_EQ(parse_tcb(Product::milan, bytes, "tcb").ok(), !legacy) << i;
    EXPECT_EQ(parse_tcb(Product::genoa, bytes, "tcb").ok(), !legacy) << i;
    EXPECT_EQ(parse_tcb(Product::turin, bytes, "tcb").ok(), !turin) << i;
  }
}

TEST(SnpEvidence, RefusesTextThatIsTooLarge) {
  expect_error(parse_evidence(ByteVector((256U << 10U) + 1, 'A')), Code::too_large, "snp.evidence");
}

TEST(SnpEvidence, WritesWhatItReads) {
  for (const auto* folder : {"ok--milan_v3_vcek", "ok--lists_current", "ok--runtime_data"}) {
    const Evidence first = test::evidence(folder);
    const std::string text = to_json(first);
    const auto again = parse_evidence(as_bytes(text));
    ASSERT_TRUE(again.ok()) << to_string(again.error());
    EXPECT_EQ(again->report.raw, first.report.raw);
    EXPECT_EQ(again->certificates, first.certificates);
    EXPECT_EQ(again->crls, first.crls);
    EXPECT_EQ(again->runtime_data, first.runtime_data);
    EXPECT_EQ(to_json(*again), text);
  }
}

}  // namespace
}  // namespace cupel::snp

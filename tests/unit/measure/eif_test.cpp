#include <gtest/gtest.h>

#include <cupel/measure/eif.hpp>

#include "measure/crc32.hpp"
#include "support/measure_case.hpp"

namespace cupel::measure {
namespace {

using testing::MeasureCase;

void check(const MeasureCase& found) {
  if (found.has({"expected", "PCR3"})) {
    EXPECT_EQ(to_hex(eif_pcr3(found.text({"params", "iam_role_arn"})).value()),
              found.text({"expected", "PCR3"}));
    EXPECT_EQ(to_hex(eif_pcr4(found.text({"params", "instance_id"})).value()),
              found.text({"expected", "PCR4"}));
    return;
  }
  const ByteVector file = found.file("image.eif");
  const auto eif = measure_eif(MemorySource(file));
  if (found.has({"expected", "result"})) {
    ASSERT_FALSE(eif.ok());
    EXPECT_NE(eif.error().code, Code::internal);
    EXPECT_EQ(found.id() == "eif-bad-crc", eif.error().code == Code::digest_mismatch);
    return;
  }
  ASSERT_TRUE(eif.ok()) << to_string(eif.error());
  EXPECT_EQ(to_hex(eif->pcr0), found.text({"expected", "pcrs", "PCR0"}));
  EXPECT_EQ(to_hex(eif->pcr1), found.text({"expected", "pcrs", "PCR1"}));
  EXPECT_EQ(to_hex(eif->pcr2), found.text({"expected", "pcrs", "PCR2"}));
  EXPECT_EQ(to_hex(eif->pcr8), found.text({"expected", "pcrs", "PCR8"}));
  EXPECT_EQ(eif->version, found.number({"expected", "version"}, 0));
  EXPECT_EQ(eif->aarch64, found.text({"expected", "arch"}) == "aarch64");
  EXPECT_EQ(eif->crc32, found.number({"expected", "crc32"}, 0));
  EXPECT_EQ(eif->sections.size(), found.find({"expected", "sections"})->array()->size());
  EXPECT_EQ(eif->signature.has_value(), found.flag({"expected", "signed"}, false));
  if (eif->signature) {
    EXPECT_EQ(eif->signature->valid, found.flag({"expected", "signature", "valid"}, false));
    EXPECT_EQ(eif->signature->algorithm, found.text({"expected", "signature", "alg"}));
  }
}

TEST(MeasureEifVectors, AllComeOutAsTheirOracleSays) {
  const auto cases = testing::measure_cases({"measure-eif"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  EXPECT_EQ(cases.size(), 27U);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    check(found);
  }
}

ByteVector sample() {
  for (const MeasureCase& found : testing::measure_cases({"measure-eif"})) {
    if (found.id() == "eif-v4-signed-es384") {
      return found.file("image.eif");
    }
  }
  return {};
}

TEST(MeasureEif, RefusesEveryCut) {
  const ByteVector file = sample();
  CUPEL_NEED_MEASURE_VECTORS(file);
  for (std::size_t size = 0; size < file.size(); size += size < 700 ? 1 : 37) {
    const auto eif = measure_eif(MemorySource(Bytes(file).first(size)));
    ASSERT_FALSE(eif.ok()) << size;
    EXPECT_NE(eif.error().code, Code::internal) << size;
  }
}

TEST(MeasureEif, GivesNoValueForAnyFlippedBit) {
  const ByteVector file = sample();
  CUPEL_NEED_MEASURE_VECTORS(file);
  for (std::size_t i = 0; i < file.size(); i += i < 700 ? 1 : 13) {
    ByteVector bad = file;
    bad[i] ^= 0x10U;
    EXPECT_FALSE(measure_eif(MemorySource(bad)).ok()) << i;
  }
}

TEST(MeasureEif, RefusesIdentifiersWithLineBreaks) {
  for (const std::string_view text : {"", "i-1\n", "i-1\r\n"}) {
    EXPECT_EQ(eif_pcr3(text).error().where, "measure.eif.role");
    EXPECT_EQ(eif_pcr4(text).error().where, "measure.eif.instance");
  }
}

TEST(MeasureEif, PolicyFragmentNamesTheRegisters) {
  const ByteVector file = sample();
  CUPEL_NEED_MEASURE_VECTORS(file);
  const Eif eif = measure_eif(MemorySource(file)).value();
  const json::Value policy = json::parse(policy_fragment(eif_recipe(eif)), "policy").value();
  const json::Value& accept = policy.find("accept")->array()->at(0);
  EXPECT_EQ(*accept.find("family")->string(), "nitro");
  EXPECT_EQ(*accept.find("require")->find("nitro.pcr.0")->find("equals")->string(),
            to_hex(eif.pcr0));
  EXPECT_NE(nitro_measurements(eif).find("\"PCR8\": \"" + to_hex(eif.pcr8)), std::string::npos);
}

}  // namespace
}  // namespace cupel::measure

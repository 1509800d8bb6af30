#include <gtest/gtest.h>

#include <cupel/measure/secureboot.hpp>

#include "measure/writer.hpp"
#include "support/measure_case.hpp"

namespace cupel::measure {
namespace {

using testing::MeasureCase;

SecureBootPlan plan_of(const MeasureCase& found) {
  SecureBootPlan plan;
  plan.enabled = found.flag({"params", "secure_boot"}, false);
  const auto variable = [&](const std::string& name) {
    return found.has_file(name) ? found.file(name) : ByteVector();
  };
  plan.pk = variable("PK.esl");
  plan.kek = variable("KEK.esl");
  plan.db = variable("db.esl");
  plan.dbx = variable("dbx.esl");
  for (const json::Value& image : *found.find({"params", "images_in_load_order"})->array()) {
    plan.images.push_back({*image.string(), found.file(*image.string())});
  }
  return plan;
}

TEST(MeasureSecureBootVectors, AllComeOutAsTheRealBootsHadThem) {
  const auto cases = testing::measure_cases({"measure-secureboot"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  EXPECT_EQ(cases.size(), 10U);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    const SecureBootPlan plan = plan_of(found);
    for (const Algorithm bank : {Algorithm::sha256, Algorithm::sha384}) {
      const auto recipe = predict_pcr7(plan, bank);
      ASSERT_TRUE(recipe.ok()) << to_string(recipe.error());
      EXPECT_EQ(to_hex(recipe->values.at(0).value),
                found.text({"expected", "pcrs", to_string(bank), "7"}));
    }
    const json::Value printed =
        json::parse(nitro_tpm_measurements(plan).value(), "printed").value();
    EXPECT_EQ(printed.find("Measurements")->object()->size(), 4U);
    for (const std::string_view name : {"HashAlgorithm", "PCR4", "PCR7", "PCR12"}) {
      EXPECT_EQ(*printed.find("Measurements")->find(name)->string(),
                found.text({"expected", "Measurements", name}))
          << name;
    }
  }
}

TEST(MeasureSecureBoot, RefusesAnImageThatNoEntryLetsRun) {
  const auto cases = testing::measure_cases({"measure-secureboot"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    SecureBootPlan plan = plan_of(found);
    if (!plan.enabled) {
      continue;
    }
    ByteVector& image = plan.images.front().content;
    const PeImage parsed = PeImage::parse(image).value();
    const std::size_t inside = parsed.sections().front().raw_offset;
    image.at(inside) ^= 1U;  // one byte of the first section
    const auto changed = predict_pcr7(plan, Algorithm::sha256);
    ASSERT_FALSE(changed.ok());
    EXPECT_EQ(changed.error().code, Code::bad_signature);
    image.at(inside) ^= 1U;
    plan.db.clear();
    EXPECT_EQ(predict_pcr7(plan, Algorithm::sha256).error().code, Code::bad_signature);
  }
}

ByteVector list(std::uint32_t list_size, std::uint32_t header, std::uint32_t size) {
  return Writer().zeros(16).u32le(list_size).u32le(header).u32le(size).zeros(64).take();
}

TEST(MeasureSecureBoot, RefusesListsWhoseSizesDoNotFit) {
  EXPECT_EQ(parse_signature_lists(list(28 + 64, 0, 32)).value().size(), 2U);
  EXPECT_TRUE(parse_signature_lists({}).value().empty());
  for (const ByteVector& bad : {list(27, 0, 32), list(93, 0, 32), list(92, 65, 32), list(92, 0, 16),
                                list(92, 0, 0), list(92, 0, 33), list(0xffffffff, 0, 32)}) {
    EXPECT_FALSE(parse_signature_lists(bad).ok());
  }
  const ByteVector good = list(28 + 64, 0, 32);
  for (std::size_t size = 1; size < good.size(); ++size) {
    EXPECT_FALSE(parse_signature_lists(Bytes(good).first(size)).ok()) << size;
  }
}

}  // namespace
}  // namespace cupel::measure

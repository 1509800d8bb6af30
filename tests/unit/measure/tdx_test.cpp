#include <gtest/gtest.h>

#include <cupel/measure/tdx.hpp>

#include "support/measure_case.hpp"

namespace cupel::measure {
namespace {

using testing::MeasureCase;

// Debian's firmware is not in the collection; its package puts it there.
ByteVector image_of(const MeasureCase& found) {
  if (found.has_file("tdvf.fd")) {
    return found.file("tdvf.fd");
  }
  return testing::read_test_file("/usr/share/ovmf/OVMF.fd");
}

TEST(MeasureTdxVectors, AllComeOutAsTheirOracleSays) {
  const auto cases = testing::measure_cases({"measure-tdx"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  EXPECT_EQ(cases.size(), 13U);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    if (found.flag({"optional"}, false)) {
      continue;  // needs the firmware of one Debian release: see the next test
    }
    const ByteVector image = image_of(found);
    const auto recipe = measure_tdvf(image);
    if (found.has({"expected", "result"})) {
      ASSERT_FALSE(recipe.ok());
      EXPECT_NE(recipe.error().code, Code::internal);
      continue;
    }
    ASSERT_TRUE(recipe.ok()) << to_string(recipe.error());
    EXPECT_EQ(to_hex(recipe->value("mrtd")->value), found.text({"expected", "mrtd_single_pass"}));
    EXPECT_EQ(to_hex(recipe->value("mrtd_two_pass")->value),
              found.text({"expected", "mrtd_two_pass"}));
    const auto sections = parse_tdvf(image).value();
    ASSERT_EQ(sections.size(), found.find({"expected", "sections"})->array()->size());
  }
}

TEST(MeasureTdxVectors, DebiansFirmwareComesOutAsItsOracleSays) {
  const auto cases = testing::measure_cases({"measure-tdx"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  if (!std::filesystem::exists("/usr/share/ovmf/OVMF.fd")) {
    GTEST_SKIP() << "Debian's package ovmf is not installed";
  }
  const auto recipe = measure_tdvf(image_of(cases.back()));
  std::vector<std::string> expected;
  for (const MeasureCase& found : cases) {
    if (found.flag({"optional"}, false)) {
      expected.push_back(found.text({"expected", "mrtd_single_pass"}));
    }
  }
  EXPECT_NE(std::find(expected.begin(), expected.end(), to_hex(recipe.value().values.at(0).value)),
            expected.end());
}

TEST(MeasureTdxVectors, DirectBootGivesTheRegistersOfTheTools) {
  const auto cases = testing::measure_cases({"measure-tdx-rtmr"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  EXPECT_EQ(cases.size(), 2U);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    const ByteVector kernel = found.file("kernel.bin");
    const ByteVector initrd = found.file("initrd.bin");
    TdxDirectBoot boot{
        .kernel = kernel, .initrd = initrd, .command_line = found.text({"params", "cmdline"})};
    for (const auto& [memory, rtmr1] :
         *found.find({"expected", "rtmr1_by_memory_size"})->object()) {
      boot.memory = std::stoull(memory);
      boot.initrd_suffix = true;
      const Recipe recipe = predict_rtmrs(boot).value();
      EXPECT_EQ(to_hex(recipe.value("rtmr1")->value), *rtmr1.string()) << memory;
      EXPECT_EQ(to_hex(recipe.value("rtmr2")->value), found.text({"expected", "rtmr2"}));
      boot.initrd_suffix = false;
      EXPECT_EQ(to_hex(predict_rtmrs(boot).value().value("rtmr2")->value),
                found.text({"expected", "rtmr2_without_initrd_suffix"}));
    }
    for (std::size_t size = 0; size < std::min<std::size_t>(kernel.size(), 4096); size += 61) {
      boot.kernel = Bytes(kernel).first(size);
      EXPECT_FALSE(predict_rtmrs(boot).ok()) << size;
    }
  }
}

TEST(MeasureTdx, RefusesMemoryTooSmallForTheInitrd) {
  EXPECT_EQ(predict_rtmrs({.memory = 1}).error().where, "measure.tdx.memory");
  EXPECT_EQ(predict_rtmrs({.memory = 1U << 30U}).error().where, "measure.tdx.kernel");
}

}  // namespace
}  // namespace cupel::measure

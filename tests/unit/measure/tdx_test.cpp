#include <gtest/gtest.h>

#include <cupel/measure/tdx.hpp>
#include <optional>

#include "crypto/digest.hpp"
#include "support/measure_case.hpp"

namespace cupel::measure {
namespace {

using testing::MeasureCase;

// Debian's firmware is not in the collection; a package of each release has it. Nothing where no
// file is the one that the case names.
std::optional<ByteVector> image_of(const MeasureCase& found) {
  if (found.has_file("tdvf.fd")) {
    return found.file("tdvf.fd");
  }
  const char* more = std::getenv("CUPEL_FIRMWARE");
  for (const std::string& folder :
       {std::string(more != nullptr ? more : ""), std::string("/usr/share/ovmf")}) {
    std::error_code failed;
    for (std::filesystem::directory_iterator it(folder, failed), end; !failed && it != end;
         it.increment(failed)) {
      if (it->path().extension() != ".fd") {
        continue;
      }
      ByteVector content = testing::read_test_file(it->path());
      if (to_hex(crypto::sha256(content)) == found.text({"external_input", "sha256"})) {
        return content;
      }
    }
  }
  return std::nullopt;
}

void check_td_hobs(const MeasureCase& found, Bytes image) {
  const json::Value* expected = found.find({"expected", "td_hob_sha384_by_memory_size"});
  if (expected == nullptr) {
    return;
  }
  for (const auto& [memory, digest] : *expected->object()) {
    const auto hob = td_hob(image, std::stoull(memory));
    ASSERT_TRUE(hob.ok()) << memory << ": " << to_string(hob.error());
    EXPECT_EQ(to_hex(crypto::digest(crypto::Hash::sha384, *hob)), *digest.string()) << memory;
  }
  for (const std::uint64_t memory :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{4096}, std::uint64_t{0x800000},
        (std::uint64_t{1} << 30U) + 1, ~std::uint64_t{0}, ~std::uint64_t{4095}}) {
    const auto hob = td_hob(image, memory);
    ASSERT_FALSE(hob.ok()) << memory;
    EXPECT_EQ(hob.error().where, "measure.tdx.hob.memory") << memory;
  }
}

void check_tdvf(const MeasureCase& found, Bytes image) {
  const auto recipe = measure_tdvf(image);
  ASSERT_TRUE(recipe.ok()) << to_string(recipe.error());
  EXPECT_EQ(to_hex(recipe->value("mrtd")->value), found.text({"expected", "mrtd_single_pass"}));
  EXPECT_EQ(to_hex(recipe->value("mrtd_two_pass")->value),
            found.text({"expected", "mrtd_two_pass"}));
  const auto sections = parse_tdvf(image).value();
  const json::Array& expected = *found.find({"expected", "sections"})->array();
  ASSERT_EQ(sections.size(), expected.size());
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const auto number = [&](std::string_view field) {
      return *expected.at(i).find(field)->unsigned_integer();
    };
    EXPECT_EQ(sections[i].data_offset, number("data_offset"));
    EXPECT_EQ(sections[i].raw_size, number("raw_size"));
    EXPECT_EQ(sections[i].memory_address, number("memory_address"));
    EXPECT_EQ(sections[i].memory_size, number("memory_size"));
    EXPECT_EQ(sections[i].type, number("type"));
    EXPECT_EQ(sections[i].attributes, number("attributes"));
  }
  check_td_hobs(found, image);
}

TEST(MeasureTdxVectors, AllComeOutAsTheirOracleSays) {
  const auto cases = testing::measure_cases({"measure-tdx"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  EXPECT_EQ(cases.size(), 13U);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    if (found.flag({"optional"}, false)) {
      continue;  // needs the firmware of one Debian release: see the next tests
    }
    const ByteVector image = image_of(found).value();
    if (found.has({"expected", "result"})) {
      const auto recipe = measure_tdvf(image);
      ASSERT_FALSE(recipe.ok());
      EXPECT_NE(recipe.error().code, Code::internal);
      EXPECT_FALSE(td_hob(image, 1U << 30U).ok());
      continue;
    }
    check_tdvf(found, image);
  }
}

void check_firmware(const std::string& id) {
  const auto cases = testing::measure_cases({"measure-tdx"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  const auto found = std::ranges::find(cases, id, &MeasureCase::id);
  ASSERT_NE(found, cases.end());
  const auto image = image_of(*found);
  if (!image) {
    GTEST_SKIP() << id << ": no such OVMF.fd in /usr/share/ovmf or $CUPEL_FIRMWARE";
  }
  check_tdvf(*found, *image);
}

TEST(MeasureTdxVectors, FirmwareOfDebian12ComesOutAsItsOracleSays) {
  check_firmware("tdx-ovmf-2022-11");
}

TEST(MeasureTdxVectors, FirmwareOfDebian13ComesOutAsItsOracleSays) {
  check_firmware("tdx-ovmf-2025-02");
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

TEST(MeasureTdx, RefusesTablesThatLeaveNoRoomForTheInitrd) {
  // The least that the patches look at: the header's magic, protocol 2.15, the flag for 4 GiB.
  ByteVector kernel(0x400);
  std::ranges::copy(std::string_view("HdrS"), kernel.begin() + 0x202);
  kernel[0x206] = 0x0f;
  kernel[0x207] = 2;
  kernel[0x236] = 0x40;
  const ByteVector initrd(100);
  const auto refused_at = [&](std::uint64_t memory, std::uint64_t tables) {
    const auto recipe = predict_rtmrs(
        {.kernel = kernel, .initrd = initrd, .memory = memory, .acpi_data_size = tables});
    EXPECT_FALSE(recipe.ok());
    return recipe.error().where;
  };
  constexpr std::uint64_t kLow = 0x80000000;
  EXPECT_EQ(refused_at(kLow, 0x28000), "measure.pe.dos.e_magic");  // past the header's patches
  for (const std::uint64_t tables : {~std::uint64_t{0}, ~std::uint64_t{0} - (1U << 20U) - 99, kLow,
                                     kLow + 1, kLow - 1, kLow - (1U << 20U) - 99}) {
    EXPECT_EQ(refused_at(kLow, tables), "measure.tdx.memory") << tables;
    EXPECT_EQ(refused_at(kLow * 4, tables), "measure.tdx.memory") << tables;
  }
  EXPECT_EQ(refused_at(kLow, kLow - (1U << 20U) - 100), "measure.pe.dos.e_magic");
}

TEST(MeasureTdx, RefusesMemoryTooSmallForTheInitrd) {
  EXPECT_EQ(predict_rtmrs({.memory = 1}).error().where, "measure.tdx.memory");
  EXPECT_EQ(predict_rtmrs({.memory = 1U << 30U}).error().where, "measure.tdx.kernel");
}

}  // namespace
}  // namespace cupel::measure

// PE digests and register predictions against real boots (QEMU, OVMF, a software TPM) and the
// tools.
#include <gtest/gtest.h>

#include <cupel/measure/boot.hpp>
#include <cupel/measure/disk.hpp>

#include "crypto/digest.hpp"
#include "support/measure_case.hpp"

namespace cupel::measure {
namespace {

namespace fs = std::filesystem;
using testing::MeasureCase;

constexpr std::array kBanks = {Algorithm::sha1, Algorithm::sha256, Algorithm::sha384,
                               Algorithm::sha512};

std::string hash_hex(const PeImage& image, Algorithm bank, bool padded) {
  return to_hex(image.authenticode(bank, padded));
}

TEST(MeasurePeVectors, AllComeOutAsTheirOracleSays) {
  const auto cases = testing::measure_cases({"measure-pe-authenticode"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  EXPECT_EQ(cases.size(), 13U);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    const ByteVector file = found.file(found.find({"inputs"})->object()->at(0).first);
    const auto image = PeImage::parse(file);
    ASSERT_TRUE(image.ok()) << to_string(image.error());
    EXPECT_EQ(image->sections().size(), found.number({"expected", "sections"}, 0));
    EXPECT_EQ(image->is_pe32_plus(), found.flag({"expected", "pe32plus"}, false));
    EXPECT_EQ(image->certificates().size(),
              found.number({"expected", "certificate_table_size"}, ~0U));
    for (const Algorithm bank : kBanks) {
      const std::string name(to_string(bank));
      if (found.has({"expected", "authenticode", name})) {
        EXPECT_EQ(hash_hex(*image, bank, false), found.text({"expected", "authenticode", name}));
      }
      if (found.has({"expected", "authenticode_padded8", name})) {
        EXPECT_EQ(hash_hex(*image, bank, true),
                  found.text({"expected", "authenticode_padded8", name}));
      }
    }
  }
}

std::vector<Companion> files_in(const MeasureCase& found, const std::string& folder,
                                std::string_view suffix) {
  std::vector<Companion> out;
  if (fs::is_directory(found.folder() / folder)) {
    for (const auto& entry : fs::directory_iterator(found.folder() / folder)) {
      if (entry.path().filename().string().ends_with(suffix)) {
        out.push_back({entry.path().filename().string(), testing::read_test_file(entry.path())});
      }
    }
  }
  return out;
}

// The collection's cases that select a profile or pass a command line do so in a loader entry.
std::optional<std::string> options_of(const MeasureCase& found) {
  const fs::path entry = found.folder() / "loader/entries/lab.conf";
  if (!fs::exists(entry)) {
    return std::nullopt;
  }
  const ByteVector content = testing::read_test_file(entry);
  const std::string_view text = as_text(content);
  const std::size_t at = text.find("options ") + 8;
  return std::string(text.substr(at, text.find('\n', at) - at));
}

void expect_same(const Recipe& recipe, const MeasureCase& found, const std::string& pcr,
                 const std::string& bank) {
  ASSERT_NE(recipe.value(pcr), nullptr);
  EXPECT_EQ(to_hex(recipe.value(pcr)->value),
            found.text({"expected", "prediction", pcr, "value", bank}))
      << pcr << " " << bank;
}

void check_boot(const MeasureCase& found) {
  const ByteVector uki = found.file("uki.efi");
  BootPlan plan;
  plan.uki = uki;
  plan.stub = static_cast<unsigned>(std::stoul(found.text({"params", "systemd_stub"})));
  plan.secure_boot = found.flag({"params", "secure_boot"}, false);
  plan.returning = found.text({"params", "pcr4_sequence"}) == "returning";
  plan.profile = static_cast<unsigned>(found.number({"params", "profile"}, 0));
  if (found.has_file("systemd-bootx64.efi")) {
    plan.loaders.push_back({"systemd-boot", found.file("systemd-bootx64.efi")});
  }
  plan.loader_options = options_of(found);
  plan.global_addons = files_in(found, "loader/addons", ".addon.efi");
  plan.addons = files_in(found, "extra.d", ".addon.efi");
  plan.credentials = files_in(found, "extra.d", ".cred");
  plan.global_credentials = files_in(found, "loader/credentials", ".cred");
  plan.extensions = files_in(found, "extra.d", ".raw");
  const PeImage image = PeImage::parse(uki).value();
  EXPECT_EQ(stub_version(image).value(), plan.stub);
  for (const Algorithm bank : kBanks) {
    const std::string name(to_string(bank));
    const auto recipe = predict_boot(plan, bank);
    ASSERT_TRUE(recipe.ok()) << to_string(recipe.error());
    for (const std::string pcr : {"pcr4", "pcr11", "pcr12", "pcr13"}) {
      expect_same(*recipe, found, pcr, name);
      const std::string index = pcr.substr(3);
      EXPECT_EQ(to_hex(recipe->value(pcr)->value),
                found.text({"expected", "pcrs_after_boot", name, index}))
          << pcr;
    }
    const json::Value* phases = found.find({"expected", "prediction", "pcr11", "phases"});
    for (const auto& [phase, values] : phases == nullptr ? json::Object{} : *phases->object()) {
      Registers registers(bank);
      extend_sections(registers, measured_sections(image, plan.stub, plan.profile).value());
      extend_phases(registers, phase);
      EXPECT_EQ(to_hex(registers.value(11)), *values.find(name)->string()) << phase;
    }
  }
}

TEST(MeasureBootVectors, PredictTheRegistersOfEveryRealBoot) {
  const auto cases = testing::measure_cases({"measure-uki-boot"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  EXPECT_EQ(cases.size(), 23U);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    check_boot(found);
  }
}

TEST(MeasureBootVectors, PredictFromTheSystemPartitionOfARawDisk) {
  const auto cases = testing::measure_cases({"measure-disk-pcr4"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    const ByteVector disk = found.file("os_disk.raw");
    const MemorySource source(disk);
    const PartitionTable table = parse_partition_table(source).value();
    const Partition& esp = table.partitions.at(0);
    EXPECT_EQ(esp.offset, found.number({"expected", "esp_offset"}, 0));
    EXPECT_EQ(esp.size, found.number({"expected", "esp_size"}, 0));
    const SourceRange part = SourceRange::of(source, esp.offset, esp.size).value();
    EXPECT_EQ(fat_bits(part).value(), found.number({"expected", "fat_type"}, 0));
    const ByteVector uki = read_fat_file(part, found.text({"expected", "path"}), 1U << 20U).value();
    EXPECT_EQ(to_hex(crypto::sha256(uki)), found.text({"expected", "uki_sha256"}));
    for (const Algorithm bank : {Algorithm::sha1, Algorithm::sha256, Algorithm::sha384}) {
      const std::string name(to_string(bank));
      const Recipe azure = predict_boot({.uki = uki}, bank).value();
      EXPECT_EQ(to_hex(azure.value("pcr4")->value),
                found.text({"expected", "pcr4", "azure_trusted_launch", name}));
      const Recipe qemu = predict_boot({.uki = uki, .returning = true}, bank).value();
      EXPECT_EQ(to_hex(qemu.value("pcr4")->value), found.text({"expected", "pcr4", "qemu", name}));
    }
  }
}

TEST(MeasurePcr15Vectors, AreWhatTheTpmHeldAfterTheExtends) {
  const auto cases = testing::measure_cases({"measure-pcr-extend-quote"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  EXPECT_EQ(cases.size(), 2U);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    const Recipe recipe = predict_pcr15(found.hex({"params", "application_disk_roothash"}),
                                        found.file("webserver_rootca.pem"))
                              .value();
    EXPECT_EQ(to_hex(recipe.values.at(0).value), found.text({"expected", "pcrs", "sha256", "15"}));
  }
}

}  // namespace
}  // namespace cupel::measure

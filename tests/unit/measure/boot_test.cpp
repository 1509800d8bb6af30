#include <gtest/gtest.h>

#include <cupel/measure/boot.hpp>
#include <cupel/measure/disk.hpp>

#include "measure/crc32.hpp"
#include "measure/unicode.hpp"
#include "measure/writer.hpp"
#include "support/measure_case.hpp"

namespace cupel::measure {
namespace {

struct Section {
  std::string name;
  ByteVector data;
};

// A PE32+ image with these sections, as small as it can be.
ByteVector make_pe(const std::vector<Section>& sections) {
  constexpr std::size_t kHeaders = 1024;
  Writer w;
  w.text("MZ").pad_to(0x3c).u32le(0x40);
  w.text(std::string_view("PE\0\0", 4)).u16le(0x8664);
  w.u16le(static_cast<std::uint16_t>(sections.size())).zeros(12).u16le(240).u16le(0x22);
  const std::size_t optional = w.size();
  w.u16le(0x20b).pad_to(optional + 60).u32le(kHeaders).u32le(0).pad_to(optional + 108).u32le(16);
  w.pad_to(optional + 240);
  std::size_t at = kHeaders;
  for (const Section& section : sections) {
    const std::size_t start = w.size();
    w.text(section.name).pad_to(start + 8);
    w.u32le(static_cast<std::uint32_t>(section.data.size())).u32le(0);
    w.u32le(static_cast<std::uint32_t>(section.data.size()));
    w.u32le(static_cast<std::uint32_t>(at)).zeros(16);
    at += section.data.size();
  }
  w.pad_to(kHeaders);
  for (const Section& section : sections) {
    w.bytes(section.data);
  }
  return std::move(w).take();
}

ByteVector bytes(std::string_view text) {
  return to_vector(as_bytes(text));
}

Section magic(std::string_view version) {
  return {".sdmagic", bytes("#### LoaderInfo: systemd-stub " + std::string(version) + " ####")};
}

void change_u32(ByteVector& file, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) {
    file.at(at + i) = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

TEST(MeasurePe, RefusesEveryCutOfTheHeaders) {
  const ByteVector file = make_pe({{".text", bytes("code")}});
  ASSERT_TRUE(PeImage::parse(file).ok());
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto image = PeImage::parse(Bytes(file).first(size));
    ASSERT_FALSE(image.ok()) << size;
    EXPECT_NE(image.error().code, Code::internal);
  }
}

struct Change {
  std::size_t offset;
  std::uint32_t value;
  Code code;
  std::string_view where;
};

TEST(MeasurePe, RefusesHeadersThatMakeNoSense) {
  // e_lfanew 0x40, COFF at 0x44, optional header at 0x58, section table at 0x148.
  const ByteVector good = make_pe({{".a", ByteVector(64)}, {".b", ByteVector(64)}});
  for (const Change& change : {
           Change{0x3c, 0xffffffff, Code::truncated, "measure.pe.dos.e_lfanew"},
           Change{0x40, 0x4550aabb, Code::bad_magic, "measure.pe.coff.signature"},
           Change{0x44, 0xffff8664, Code::out_of_range, "measure.pe.coff.number_of_sections"},
           Change{0x58, 0x107, Code::unsupported_version, "measure.pe.optional_header.magic"},
           Change{0x58 + 60, 16, Code::out_of_range, "measure.pe.optional_header.size_of_headers"},
           Change{0x58 + 60, 0x7fffffff, Code::out_of_range,
                  "measure.pe.optional_header.size_of_headers"},
           Change{0x58 + 112 + 36, 8, Code::out_of_range,
                  "measure.pe.optional_header.certificate_table"},
           Change{0x148 + 16, 0x7fffffff, Code::truncated, "measure.pe.section.size_of_raw_data"},
           Change{0x148 + 20, 100, Code::out_of_range, "measure.pe.section.pointer_to_raw_data"},
           Change{0x148 + 40 + 20, 1024, Code::out_of_range,
                  "measure.pe.section.pointer_to_raw_data"},
       }) {
    ByteVector bad = good;
    change_u32(bad, change.offset, change.value);
    const auto image = PeImage::parse(bad);
    ASSERT_FALSE(image.ok()) << change.offset;
    EXPECT_EQ(image.error().code, change.code) << change.offset;
    EXPECT_EQ(image.error().where, change.where) << change.offset;
  }
}

TEST(MeasurePe, DigestCoversEveryByteButChecksumAndSecurityDirectory) {
  const ByteVector file = make_pe({{".text", testing::test_bytes(64)}});
  const ByteVector digest = PeImage::parse(file).value().authenticode(Algorithm::sha256);
  for (std::size_t i = 0x148 + 24; i < file.size(); ++i) {  // behind the fields that steer parsing
    ByteVector other = file;
    other[i] ^= 1U;
    EXPECT_NE(PeImage::parse(other).value().authenticode(Algorithm::sha256), digest) << i;
  }
  ByteVector checksum = file;
  change_u32(checksum, 0x58 + 64, 0x12345678);
  EXPECT_EQ(PeImage::parse(checksum).value().authenticode(Algorithm::sha256), digest);
}

TEST(MeasurePe, RefusesASectionMappedBeyondTheLimit) {
  const ByteVector file = make_pe({{".text", bytes("x")}});
  PeSection section = PeImage::parse(file).value().sections().at(0);
  section.virtual_size = 0x7fffffff;
  EXPECT_EQ(PeImage::parse(file).value().mapped(section).error().code, Code::too_large);
}

TEST(MeasureUki, RefusesSectionsThatTogetherAreMappedBeyondTheLimit) {
  ByteVector file = make_pe({{".linux", bytes("a")}, {".initrd", bytes("b")}, {".sbat", {}}});
  constexpr std::size_t kFirstSize = 0x40 + 24 + 240 + 8;
  change_u32(file, kFirstSize, (1U << 29U) + 1);
  change_u32(file, kFirstSize + 40, 1U << 29U);
  const auto found = measured_sections(PeImage::parse(file).value(), 254, 0);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, Code::too_large);
  EXPECT_EQ(found.error().where, "measure.uki.sections");
}

TEST(MeasureUki, RefusesTwoOfASectionWhenTheVersionIsNotGiven) {
  const ByteVector file = make_pe({{".linux", bytes("k")},
                                   {".cmdline", bytes("first")},
                                   {".cmdline", bytes("last")},
                                   magic("257.1")});
  const PeImage image = PeImage::parse(file).value();
  EXPECT_EQ(measured_sections(image, 0, 0).error().code, Code::duplicate_field);
  EXPECT_EQ(measured_sections(image, 257, 0).value().at(1).data, bytes("first"));
  EXPECT_EQ(measured_sections(image, 252, 0).value().at(1).data, bytes("last"));
}

TEST(MeasureUki, RefusesAnImageWithoutAKernel) {
  const ByteVector file = make_pe({{".osrel", bytes("x")}, magic("257")});
  const auto result = predict_boot({.uki = file}, Algorithm::sha256);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().where, "measure.uki.linux");
}

TEST(MeasureUki, RefusesAStubThatMeasuresNothing) {
  for (const unsigned stub : {1U, 251U}) {
    const ByteVector file = make_pe({{".linux", bytes("k")}, magic(std::to_string(stub))});
    const PeImage image = PeImage::parse(file).value();
    for (const unsigned given : {0U, stub}) {
      const auto found = measured_sections(image, given, 0);
      ASSERT_FALSE(found.ok());
      EXPECT_EQ(found.error().code, Code::out_of_range);
      EXPECT_EQ(found.error().where, "measure.uki.stub");
    }
    EXPECT_TRUE(measured_sections(image, 252, 0).ok());
  }
}

TEST(MeasureUki, RefusesAProfileThatIsNotThere) {
  const ByteVector file = make_pe({{".linux", bytes("k")}, {".profile", bytes("ID=a")}});
  const PeImage image = PeImage::parse(file).value();
  EXPECT_TRUE(measured_sections(image, 257, 0).ok());
  EXPECT_EQ(measured_sections(image, 257, 1).error().code, Code::out_of_range);
}

TEST(MeasureUki, RefusesAStubVersionThatIsNoNumber) {
  for (const std::string_view text : {"", "x", "0", "99999999999"}) {
    const ByteVector file = make_pe({magic(text)});
    EXPECT_EQ(stub_version(PeImage::parse(file).value()).error().code, Code::bad_encoding) << text;
  }
  const ByteVector none = make_pe({{".linux", bytes("k")}});
  EXPECT_EQ(stub_version(PeImage::parse(none).value()).error().code, Code::missing_field);
}

TEST(MeasureUki, DropsEmptyPhases) {
  Registers one(Algorithm::sha256);
  extend_phases(one, "enter-initrd:leave-initrd");
  Registers two(Algorithm::sha256);
  extend_phases(two, "::enter-initrd::leave-initrd:");
  EXPECT_EQ(one.value(11), two.value(11));
  extend_phases(two, "ready");
  EXPECT_NE(one.value(11), two.value(11));
}

TEST(MeasurePcr15, RefusesARootHashOfAnotherLength) {
  EXPECT_EQ(predict_pcr15(ByteVector(31), std::nullopt).error().where, "measure.pcr15.root_hash");
}

TEST(MeasurePcr15, ChangesWithALineEndingOfTheCertificate) {
  EXPECT_NE(predict_pcr15(ByteVector(32), bytes("PEM\n")).value().values.at(0).value,
            predict_pcr15(ByteVector(32), bytes("PEM\r\n")).value().values.at(0).value);
}

TEST(MeasureBlindllama, MeasurementFilesAreWrittenAsItsScriptsWriteThem) {
  const std::filesystem::path path =
      testing::measure_root() / "../tpm/azure-tl-blindllama-2023/measurements_azure.json";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "no " << path;
  }
  const ByteVector captured = testing::read_test_file(path);
  const json::Value document = json::parse(as_text(captured), "captured").value();
  std::map<unsigned, ByteVector> pcrs;
  for (const auto& [index, value] : *document.find("measurements")->object()) {
    pcrs[static_cast<unsigned>(std::stoul(index))] = from_hex(*value.string(), "captured").value();
  }
  EXPECT_EQ(blindllama_measurements(pcrs), as_text(captured));
}

TEST(MeasureCrc32, IsTheOneOfZlib) {
  EXPECT_EQ(crc32({as_bytes("123456789")}), 0xcbf43926U);
  EXPECT_EQ(crc32({as_bytes("1234"), as_bytes("56789")}), 0xcbf43926U);
  EXPECT_EQ(crc32({}), 0U);
}

TEST(MeasureUnicode, RefusesHalfPairsAndOverlongForms) {
  for (const std::string_view text :
       {"\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\x80", "\xe2\x82", "\xf0\x8f\xbf\xbf"}) {
    EXPECT_FALSE(utf8_to_utf16le(text, "text").ok()) << text;
  }
  const ByteVector lone = {0x00, 0xd8, 0x41, 0x00};
  EXPECT_FALSE(utf16le_to_utf8(lone, "text").ok());
  EXPECT_FALSE(utf16le_to_utf8(ByteVector(3, 0x41), "text").ok());
  const std::string_view mixed = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";
  EXPECT_EQ(utf16le_to_utf8(utf8_to_utf16le(mixed, "text").value(), "text").value(), mixed);
}

TEST(MeasureFat, RefusesEveryCutOfAFileSystem) {
  const auto cases = testing::measure_cases({"measure-disk-pcr4"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  const ByteVector disk = cases.at(0).file("os_disk.raw");
  const ByteVector part = to_vector(Bytes(disk).subspan(20480, 486912));
  ASSERT_TRUE(read_fat_file(MemorySource(part), "efi/boot/bootx64.efi", 1U << 20U).ok());
  for (std::size_t size = 0; size < 480'000; size += 509) {  // the partition has spare sectors
    EXPECT_FALSE(
        read_fat_file(MemorySource(Bytes(part).first(size)), "EFI/BOOT/BOOTX64.EFI", 1U << 20U)
            .ok())
        << size;
  }
  EXPECT_EQ(read_fat_file(MemorySource(part), "EFI/NONE", 1U << 20U).error().code,
            Code::missing_field);
  EXPECT_EQ(read_fat_file(MemorySource(part), "EFI/BOOT", 1U << 20U).error().code,
            Code::missing_field);
  EXPECT_EQ(read_fat_file(MemorySource(part), "EFI/BOOT/BOOTX64.EFI", 100).error().code,
            Code::too_large);
}

TEST(MeasureGpt, NoticesAnyBitOfHeaderAndEntries) {
  const auto cases = testing::measure_cases({"measure-disk-pcr4"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  const ByteVector disk = cases.at(0).file("os_disk.raw");
  const PartitionTable table = parse_partition_table(MemorySource(disk)).value();
  EXPECT_EQ(table.header.size(), 92U);
  for (std::size_t i = 512; i < 512 + 92; ++i) {
    ByteVector bad = disk;
    bad[i] ^= 1U;
    EXPECT_FALSE(parse_partition_table(MemorySource(bad)).ok()) << i;
  }
  for (std::size_t i = 1024; i < 1024 + 128; ++i) {
    ByteVector bad = disk;
    bad[i] ^= 1U;
    EXPECT_EQ(parse_partition_table(MemorySource(bad)).error().code, Code::digest_mismatch) << i;
  }
  for (const std::size_t size : {0U, 512U, 1000U, 1024U, 20000U}) {
    EXPECT_FALSE(parse_partition_table(MemorySource(Bytes(disk).first(size))).ok()) << size;
  }
}

}  // namespace
}  // namespace cupel::measure

#include <gtest/gtest.h>

#include <cupel/measure/snp.hpp>

#include "measure/ovmf.hpp"
#include "support/measure_case.hpp"

namespace cupel::measure {
namespace {

using testing::MeasureCase;

struct Loaded {
  ByteVector ovmf;
  ByteVector kernel;
  ByteVector initrd;
  ByteVector svsm;
  SnpLaunch launch;
};

Loaded load(const MeasureCase& found) {
  Loaded out;
  out.ovmf = found.file("ovmf.bin");
  SnpLaunch& launch = out.launch;
  launch.ovmf = out.ovmf;
  const std::string mode = found.text({"params", "mode"});
  for (const SnpMode known : {SnpMode::sev, SnpMode::sev_es, SnpMode::snp, SnpMode::snp_svsm}) {
    if (to_string(known) == mode) {
      launch.mode = known;
    }
  }
  launch.vcpus = static_cast<unsigned>(found.number({"params", "vcpus"}, 1));
  launch.vcpu_signature =
      static_cast<std::uint32_t>(found.number({"params", "vcpu_sig"}, 0x800f12));
  if (found.has({"params", "vcpu_type"})) {
    launch.vcpu_signature = cpu_signature(found.text({"params", "vcpu_type"})).value();
  }
  launch.guest_features = found.number({"params", "guest_features"}, 1);
  const std::string vmm = found.text({"params", "vmm_type"}, "QEMU");
  launch.vmm = vmm == "ec2" ? Vmm::ec2 : vmm == "gce" ? Vmm::gce : Vmm::qemu;
  if (found.has({"params", "kernel"})) {
    out.kernel = found.file("kernel.bin");
    launch.kernel = out.kernel;
    if (found.has({"params", "initrd"})) {
      out.initrd = found.file("initrd.bin");
      launch.initrd = out.initrd;
    }
    launch.command_line = found.text({"params", "append"});
  }
  if (found.has_file("svsm.bin")) {
    out.svsm = found.file("svsm.bin");
    launch.svsm = out.svsm;
    launch.vars_size = found.number({"params", "vars_size"}, 0);
  }
  return out;
}

TEST(MeasureSnpVectors, AllComeOutAsTheirOracleSays) {
  const auto cases = testing::measure_cases({"measure-sev-snp"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  EXPECT_EQ(cases.size(), 27U);
  for (const MeasureCase& found : cases) {
    SCOPED_TRACE(found.id());
    const Loaded loaded = load(found);
    const auto recipe = measure_snp(loaded.launch);
    if (found.has({"expected", "error"})) {
      ASSERT_FALSE(recipe.ok());
      EXPECT_NE(recipe.error().code, Code::internal);
      continue;
    }
    ASSERT_TRUE(recipe.ok()) << to_string(recipe.error());
    EXPECT_EQ(to_hex(recipe->value("measurement")->value), found.text({"expected", "measurement"}));
    if (found.has({"expected", "ovmf_hash"})) {
      EXPECT_EQ(to_hex(recipe->value("ovmf_hash")->value), found.text({"expected", "ovmf_hash"}));
      SnpLaunch by_hash = loaded.launch;
      by_hash.ovmf_hash = recipe->value("ovmf_hash")->value;
      EXPECT_EQ(measure_snp(by_hash).value().values.at(0).value, recipe->values.at(0).value);
    }
  }
}

TEST(MeasureSnpVectors, IdBlockAndItsKeysAreWhatTheToolMade) {
  const auto cases = testing::measure_cases({"measure-sev-snp-idblock"});
  CUPEL_NEED_MEASURE_VECTORS(cases);
  const MeasureCase& found = cases.at(0);
  const ByteVector block =
      marshal(IdBlock{.launch_digest = found.hex({"params", "launch_digest"})}).value();
  EXPECT_EQ(block, found.file("id_block.bin"));
  EXPECT_EQ(to_hex(id_key_digest(found.file("id_key_pub.pem")).value()),
            found.text({"expected", "id_key_digest"}));
  const ByteVector auth = found.file("id_auth.bin");
  const IdKeys keys = check_id_auth(block, auth).value();
  EXPECT_EQ(to_hex(keys.id_key_digest), found.text({"expected", "id_key_digest"}));
  EXPECT_EQ(to_hex(keys.author_key_digest), found.text({"expected", "author_key_digest"}));
  for (std::size_t i = 0; i < auth.size(); i += 7) {
    ByteVector bad = auth;
    bad[i] ^= 1U;
    EXPECT_FALSE(check_id_auth(block, bad).ok()) << i;
  }
  ByteVector other = block;
  other[0] ^= 1U;
  EXPECT_EQ(check_id_auth(other, auth).error().code, Code::bad_signature);
}

MeasureCase case_named(std::string_view id) {
  return MeasureCase(testing::measure_root() / id);
}

TEST(MeasureSnpSearch, FindsTheParametersOfADigest) {
  if (!std::filesystem::exists(testing::measure_root() / "snp-amdsev-4vcpus")) {
    GTEST_SKIP() << "no " << testing::measure_root();
  }
  for (const std::string_view id :
       {"snp-amdsev-4vcpus", "snp-amdsev-epyc-genoa", "snp-amdsev-nokernel-features21",
        "snp-amdsev-ec2", "snp-amdsev-gce-4vcpus"}) {
    const MeasureCase found = case_named(id);
    const Loaded loaded = load(found);
    SnpLaunch unknown = loaded.launch;
    unknown.vcpus = 1;
    unknown.vcpu_signature = 0x800f12;
    unknown.guest_features = 1;
    unknown.vmm = Vmm::qemu;
    const auto launches =
        find_snp_launch(unknown, found.hex({"expected", "measurement"}), 8).value();
    ASSERT_EQ(launches.size(), 1U) << id;
    EXPECT_EQ(launches.at(0).vcpus, loaded.launch.vcpus);
    EXPECT_EQ(launches.at(0).vmm, loaded.launch.vmm);
    EXPECT_EQ(launches.at(0).guest_features, loaded.launch.guest_features);
    EXPECT_NE(describe(launches.at(0)).find(std::to_string(loaded.launch.vcpus) + " vCPU"),
              std::string::npos);
  }
  const Loaded loaded = load(case_named("snp-amdsev-4vcpus"));
  EXPECT_TRUE(find_snp_launch(loaded.launch, ByteVector(48), 8).value().empty());
}

TEST(MeasureSnpSearch, TriesWithAnSvsmOnlyWhatItsPageShows) {
  if (!std::filesystem::exists(testing::measure_root() / "snp-svsm-crafted")) {
    GTEST_SKIP() << "no " << testing::measure_root();
  }
  const MeasureCase found = case_named("snp-svsm-crafted");
  const Loaded loaded = load(found);
  const ByteVector measurement = found.hex({"expected", "measurement"});
  const auto launches = find_snp_launch(loaded.launch, measurement, 8).value();
  ASSERT_EQ(launches.size(), 1U);
  EXPECT_EQ(launches.at(0).vcpus, loaded.launch.vcpus);
  SnpLaunch other = loaded.launch;
  for (const SnpMode mode : {SnpMode::sev, SnpMode::sev_es}) {
    other.mode = mode;
    EXPECT_EQ(find_snp_launch(other, measurement, 8).error().where, "measure.snp.mode");
  }
}

TEST(MeasureSnp, RefusesWhatCannotBeLaunched) {
  const ByteVector ovmf(4096);
  const auto refusal = [](SnpLaunch launch) { return measure_snp(launch).error(); };
  EXPECT_EQ(refusal({}).where, "measure.snp.ovmf");
  EXPECT_EQ(refusal({.ovmf = Bytes(ovmf).first(4095)}).where, "measure.snp.ovmf");
  EXPECT_EQ(refusal({.ovmf = ovmf}).where, "measure.ovmf.footer");
  EXPECT_EQ(refusal({.ovmf = ovmf, .vcpus = 0}).where, "measure.snp.vcpus");
  EXPECT_EQ(refusal({.ovmf = ovmf, .vcpus = 5000}).where, "measure.snp.vcpus");
  EXPECT_EQ(refusal({.ovmf = ovmf, .command_line = "x"}).where, "measure.snp.kernel");
  EXPECT_EQ(refusal({.ovmf = ovmf, .ovmf_hash = ByteVector(47)}).where, "measure.snp.ovmf_hash");
  EXPECT_EQ(refusal({.mode = SnpMode::snp_svsm, .ovmf = ovmf}).where, "measure.snp.svsm");
}

TEST(MeasureSnp, SignaturesAreThoseOfTheProcessors) {
  EXPECT_EQ(cpu_signature(25, 1, 1), cpu_signature("EPYC-Milan"));
  EXPECT_EQ(cpu_signature(25, 17, 0), cpu_signature("EPYC-Genoa"));
  EXPECT_EQ(cpu_signature(23, 49, 0), cpu_signature("EPYC-Rome"));
  EXPECT_FALSE(cpu_signature("Xeon").has_value());
}

TEST(MeasureOvmf, RefusesTablesThatMakeNoSense) {
  if (!std::filesystem::exists(testing::measure_root() / "snp-crafted-32k-kernel")) {
    GTEST_SKIP() << "no " << testing::measure_root();
  }
  const ByteVector good = case_named("snp-crafted-32k-kernel").file("ovmf.bin");
  ASSERT_TRUE(parse_ovmf_table(good).ok());
  const std::size_t footer = good.size() - 50;
  for (const unsigned size : {0U, 17U, 19U, 0xffffU}) {
    ByteVector bad = good;
    bad[footer] = static_cast<std::uint8_t>(size);
    bad[footer + 1] = static_cast<std::uint8_t>(size >> 8U);
    EXPECT_FALSE(parse_ovmf_table(bad).ok()) << size;
  }
  for (std::size_t size = 0; size < 60; ++size) {
    EXPECT_FALSE(parse_ovmf_table(Bytes(good).first(size)).ok()) << size;
  }
}

}  // namespace
}  // namespace cupel::measure

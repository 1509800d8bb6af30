// The VMSA page of a processor as the VMMs set it up: AMD APM volume 2, appendix B, Table B-4.
#include <cupel/measure/snp.hpp>

#include "base/reader.hpp"
#include "measure/ovmf.hpp"
#include "measure/snp_firmware.hpp"
#include "measure/writer.hpp"

namespace cupel::measure {
namespace {

constexpr std::uint32_t kBootEip = 0xfffffff0;

struct Segment {
  std::uint16_t selector = 0;
  std::uint16_t attributes = 0;
  std::uint32_t limit = 0xffff;
  std::uint64_t base = 0;
};

class Page {
 public:
  void segment(std::size_t at, const Segment& s) {
    put(bytes_, at,
        Writer().u16le(s.selector).u16le(s.attributes).u32le(s.limit).u64le(s.base).take());
  }
  void u64(std::size_t at, std::uint64_t value) { put(bytes_, at, Writer().u64le(value).take()); }
  void u32(std::size_t at, std::uint32_t value) { put(bytes_, at, Writer().u32le(value).take()); }
  void u16(std::size_t at, std::uint16_t value) { put(bytes_, at, Writer().u16le(value).take()); }
  ByteVector take() && { return std::move(bytes_); }

 private:
  ByteVector bytes_ = ByteVector(4096);
};

void common(Page& page, const SnpLaunch& launch) {
  page.segment(0x60, {});                    // gdtr
  page.segment(0x70, {0, 0x82, 0xffff, 0});  // ldtr
  page.segment(0x80, {});                    // idtr
  page.u64(0xd0, 0x1000);                    // efer: SVME
  page.u64(0x148, 0x40);                     // cr4: MCE
  page.u64(0x160, 0x400);                    // dr7
  page.u64(0x168, 0xffff0ff0);               // dr6
  page.u64(0x170, 2);                        // rflags
  page.u64(0x268, 0x0007040600070406);       // g_pat
  const bool features = launch.mode == SnpMode::snp || launch.mode == SnpMode::snp_svsm;
  page.u64(0x3b0, features ? launch.guest_features : 0);  // sev_features
  page.u64(0x3e8, 1);                                     // xcr0
}

ByteVector qemu_like(const SnpLaunch& launch, std::uint32_t eip, bool first) {
  const bool ec2 = launch.vmm == Vmm::ec2;
  const bool gce = launch.vmm == Vmm::gce;
  Page page;
  common(page, launch);
  for (const std::size_t at : {0x00U, 0x30U, 0x40U, 0x50U}) {  // es, ds, fs, gs
    page.segment(at, {0, 0x93, 0xffff, 0});
  }
  const std::uint16_t code = ec2 && first ? 0x9a : 0x9b;
  page.segment(0x10, {0xf000, code, 0xffff, eip & 0xffff0000U});
  page.segment(0x20, {0, static_cast<std::uint16_t>(ec2 ? 0x92 : 0x93), 0xffff, 0});
  page.segment(0x90, {0, static_cast<std::uint16_t>(ec2 ? 0x83 : 0x8b), 0xffff, 0});
  page.u64(0x158, 0x10);  // cr0: ET
  page.u64(0x178, eip & 0xffffU);
  if (gce) {
    page.u64(0x268, 0x00070106);
  }
  const std::uint64_t rdx = launch.vmm == Vmm::qemu     ? launch.vcpu_signature
                            : ec2 && launch.ec2_old_rdx ? 0
                                                        : 0x600;
  page.u64(0x310, rdx);
  if (launch.vmm == Vmm::qemu && !launch.old_kernel_fpu) {
    page.u32(0x408, 0x1f80);  // mxcsr
    page.u16(0x410, 0x37f);   // x87 control word
  }
  return std::move(page).take();
}

// COCONUT-SVSM starts in 32-bit mode with flat segments.
ByteVector svsm(const SnpLaunch& launch, std::uint64_t start) {
  Page page;
  common(page, launch);
  for (const std::size_t at : {0x00U, 0x20U, 0x30U, 0x40U}) {  // es, ss, ds, fs
    page.segment(at, {16, 0xc93, 0xffffffff, 0});
  }
  page.segment(0x10, {8, 0xc9b, 0xffffffff, 0});
  page.segment(0x50, {0, 0x93, 0xffff, 0});
  page.segment(0x90, {0, 0x8b, 0xffff, 0});
  page.u64(0x158, 0x11);  // cr0: ET, PE
  page.u64(0x178, start);
  page.u64(0x310, launch.vcpu_signature);
  page.u64(0x3b0, 1);
  page.u32(0x408, 0x1f80);
  return std::move(page).take();
}

}  // namespace

Result<ByteVector> vmsa_page(const SnpLaunch& launch, unsigned index) {
  if (launch.mode == SnpMode::snp_svsm) {
    CUPEL_TRY(const std::uint64_t start, svsm_start(launch));
    return svsm(launch, start);
  }
  if (index == 0) {
    return qemu_like(launch, kBootEip, true);
  }
  CUPEL_TRY(const SnpFirmware firmware, parse_snp_firmware(launch.ovmf, "measure.snp.ovmf"));
  if (!firmware.reset_eip) {
    return Error{Code::missing_field, "measure.snp.ovmf.reset_block", kNoOffset,
                 "the firmware does not say where further processors start"};
  }
  return qemu_like(launch, *firmware.reset_eip, false);
}

}  // namespace cupel::measure

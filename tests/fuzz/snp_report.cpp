// Target: cupel::snp::parse, parse_tcb     Max input: 4 KiB     Seeds: reports of tests/vectors/snp
// Property: what is accepted is 1184 bytes, kept as they are; every field is what a second reading
// by fixed offsets finds, and what is no field is zero, so that no two reports differ in nothing
// that is looked at.
#include <cupel/snp.hpp>

#include "second_reading.hpp"

namespace {

using namespace cupel;  // NOLINT(google-build-using-namespace): a fuzz target
using fuzz::must;
using fuzz::Places;

bool same_version(const Places& in, std::size_t at, const snp::FirmwareVersion& found) {
  return found.build == in.little(at, 1) && found.minor == in.little(at + 1, 1) &&
         found.major == in.little(at + 2, 1) && in.zeros(at + 3, 1);
}

// Little-endian there, big-endian here.
bool same_scalar(const Places& in, std::size_t at, const ByteVector& found) {
  const ByteVector turned(found.rbegin(), found.rend());
  return found.size() == 48 && in.same(at, turned) && in.zeros(at + 48, 24);
}

void check_body(const Places& in, const snp::ReportBody& found) {
  must(found.version == in.little(0x000, 4) && found.guest_svn == in.little(0x004, 4));
  must(found.policy == in.little(0x008, 8) && in.same(0x010, found.family_id));
  must(in.same(0x020, found.image_id) && found.vmpl == in.little(0x030, 4) && found.vmpl <= 3);
  must(found.signature_algo == in.little(0x034, 4) && in.same(0x038, found.current_tcb));
  must(found.platform_info == in.little(0x040, 8) && in.zeros(0x04c, 4));
  const std::uint64_t key_info = in.little(0x048, 4);
  must(key_info == ((found.author_key_en ? 1U : 0U) | (found.mask_chip_key ? 2U : 0U) |
                    static_cast<unsigned>(found.signing_key) << 2U));
  must(in.same(0x050, found.report_data) && in.same(0x090, found.measurement));
  must(in.same(0x0c0, found.host_data) && in.same(0x0e0, found.id_key_digest));
  must(in.same(0x110, found.author_key_digest) && in.same(0x140, found.report_id));
  must(in.same(0x160, found.report_id_ma) && in.same(0x180, found.reported_tcb));
  must(in.same(0x1a0, found.chip_id) && in.same(0x1e0, found.committed_tcb));
  must(same_version(in, 0x1e8, found.current) && same_version(in, 0x1ec, found.committed));
  must(in.same(0x1f0, found.launch_tcb));
  must(same_scalar(in, 0x2a0, found.signature_r) && same_scalar(in, 0x2e8, found.signature_s));
  must(in.zeros(0x330, 0x4a0 - 0x330));
}

// What versions add, each to the one before.
void check_additions(const Places& in, const snp::Report& found) {
  const snp::CpuId* cpuid = found.cpuid();
  must((cpuid == nullptr) == (found.body().version == 2));
  must(in.zeros(0x18b, 0x1a0 - 0x18b) && (cpuid != nullptr || in.zeros(0x188, 3)));
  must(cpuid == nullptr ||
       (cpuid->family == in.little(0x188, 1) && cpuid->model == in.little(0x189, 1) &&
        cpuid->stepping == in.little(0x18a, 1)));
  const auto* newest = std::get_if<snp::ReportV5>(&found.fields);
  must((newest != nullptr) == (found.body().version == 5));
  must(newest != nullptr ? newest->launch_mit_vector == in.little(0x1f8, 8) &&
                               newest->current_mit_vector == in.little(0x200, 8)
                         : in.zeros(0x1f8, 16));
  must(in.zeros(0x208, 0x2a0 - 0x208));
}

// Where each product has its parts, in the order of parts().
void check_tcb(const snp::TcbBytes& bytes) {
  constexpr std::array<std::size_t, 4> kLegacy = {0, 1, 6, 7};
  constexpr std::array<std::size_t, 5> kTurin = {0, 1, 2, 3, 7};
  for (const auto product : {snp::Product::milan, snp::Product::genoa, snp::Product::turin}) {
    const bool turin = product == snp::Product::turin;
    const std::span<const std::size_t> places =
        turin ? std::span<const std::size_t>(kTurin) : std::span<const std::size_t>(kLegacy);
    bool reserved = false;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      reserved = reserved || (std::ranges::find(places, i) == places.end() && bytes.at(i) != 0);
    }
    const auto tcb = snp::parse_tcb(product, bytes, "tcb");
    must(tcb.ok() == !reserved);
    if (tcb) {
      const auto parts = snp::parts(*tcb);
      must(std::ranges::equal(parts, places, [&](const snp::TcbPart& part, std::size_t at) {
        return part.value == bytes.at(at);
      }));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in(data, size);
  const auto report = snp::parse(in);
  if (!report) {
    must(report.error().code != Code::internal && !report.error().check.empty());
    return 0;
  }
  must(fuzz::same(report->raw, in) && size == snp::kReportSize);
  const snp::ReportBody& body = report->body();
  must(body.version == report->fields.index() + 2);
  const Places places(in);
  check_body(places, body);
  check_additions(places, *report);
  for (const auto& tcb : {body.current_tcb, body.reported_tcb, body.committed_tcb}) {
    check_tcb(tcb);
  }
  must(snp::needed(*report).ok());
  return 0;
}

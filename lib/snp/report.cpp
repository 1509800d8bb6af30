// ATTESTATION_REPORT, one line per row of its table.
#include "snp/report.hpp"

#include <algorithm>

#include "base/reader.hpp"
#include "snp/policy_bits.hpp"

namespace cupel::snp {
namespace {

constexpr std::uint32_t kFirstVersion = 2;
constexpr std::uint32_t kLastVersion = 5;
constexpr std::uint32_t kEcdsaP384Sha384 = 1;
constexpr std::uint32_t kLowestVmpl = 3;
constexpr std::uint32_t kHostVmpl = 0xffffffff;

FirmwareVersion firmware(ByteReader& r, std::string_view field) {
  FirmwareVersion out;
  out.build = r.u8(field);
  out.minor = r.u8(field);
  out.major = r.u8(field);
  r.zeros(1, field);
  return out;
}

// R and S are little-endian and extended to 72 bytes. The extension is signed by nobody: a bit set
// there would be a second form of one report.
ByteVector scalar(ByteReader& r, std::string_view field) {
  ByteVector out = to_vector(r.view(48, field));
  r.zeros(24, field);
  std::reverse(out.begin(), out.end());
  return out;
}

void read_policy(ByteReader& r, ReportBody& out) {
  out.policy = r.u64le("policy");
  if ((out.policy & kPolicyReserved) != 0) {
    r.fail(Code::reserved_not_zero, "policy", "a bit above 25 is set");
  } else if (!bit_of(out.policy, kPolicyMustBeOne)) {
    r.fail(Code::out_of_range, "policy", "bit 17 must be one");
  }
}

void read_key_info(ByteReader& r, ReportBody& out) {
  constexpr std::uint32_t kReserved = ~std::uint32_t{0x1f};
  const std::uint32_t info = r.u32le("key_info");
  out.author_key_en = bit_of(info, 0);
  out.mask_chip_key = bit_of(info, 1);
  const std::uint32_t key = (info >> 2U) & 7U;
  if ((info & kReserved) != 0) {
    r.fail(Code::reserved_not_zero, "key_info", "a bit above 4 is set");
  } else if (key != 0 && key != 1 && key != 7) {
    r.fail(Code::out_of_range, "key_info", "an unknown signing key");
  }
  out.signing_key = static_cast<SigningKey>(key);
}

// Everything but what a version adds. Reads the whole report.
struct Additions {
  CpuId cpuid;
  std::uint64_t launch_mit_vector = 0;
  std::uint64_t current_mit_vector = 0;
};

void read(ByteReader& r, ReportBody& out, Additions& more) {
  out.version = r.u32le("version");
  // CHECK snp-02
  if (r.ok() && (out.version < kFirstVersion || out.version > kLastVersion)) {
    r.fail(Code::unsupported_version, "version", "version " + std::to_string(out.version));
  }
  const bool names_cpu = out.version >= 3;
  const bool has_mitigations = out.version >= 5;
  out.guest_svn = r.u32le("guest_svn");
  // CHECK snp-03: here and wherever reserved bytes are read
  read_policy(r, out);
  out.family_id = r.bytes<16>("family_id");
  out.image_id = r.bytes<16>("image_id");
  out.vmpl = r.u32le("vmpl");
  // CHECK snp-06
  if (r.ok() && out.vmpl > kLowestVmpl) {
    r.fail(Code::out_of_range, "vmpl",
           out.vmpl == kHostVmpl ? "the host asked for this report, not a guest"
                                 : "no such privilege level");
  }
  out.signature_algo = r.u32le("signature_algo");
  // CHECK snp-04
  if (r.ok() && out.signature_algo != kEcdsaP384Sha384) {
    r.fail(Code::unsupported_algorithm, "signature_algo", "not ECDSA P-384 with SHA-384");
  }
  out.current_tcb = r.bytes<8>("current_tcb");
  out.platform_info = r.u64le("platform_info");
  read_key_info(r, out);
  r.zeros(4, "reserved_0x04c");
  out.report_data = r.bytes<64>("report_data");
  out.measurement = r.bytes<48>("measurement");
  out.host_data = r.bytes<32>("host_data");
  out.id_key_digest = r.bytes<48>("id_key_digest");
  if (out.author_key_en) {
    out.author_key_digest = r.bytes<48>("author_key_digest");
  } else {
    r.zeros(48, "author_key_digest");
  }
  out.report_id = r.bytes<32>("report_id");
  out.report_id_ma = r.bytes<32>("report_id_ma");
  out.reported_tcb = r.bytes<8>("reported_tcb");
  if (names_cpu) {
    more.cpuid.family = r.u8("cpuid_fam_id");
    more.cpuid.model = r.u8("cpuid_mod_id");
    more.cpuid.stepping = r.u8("cpuid_step");
    r.zeros(21, "reserved_0x18b");
  } else {
    r.zeros(24, "reserved_0x188");
  }
  out.chip_id = r.bytes<64>("chip_id");
  out.committed_tcb = r.bytes<8>("committed_tcb");
  out.current = firmware(r, "current_version");
  out.committed = firmware(r, "committed_version");
  out.launch_tcb = r.bytes<8>("launch_tcb");
  if (has_mitigations) {
    more.launch_mit_vector = r.u64le("launch_mit_vector");
    more.current_mit_vector = r.u64le("current_mit_vector");
    r.zeros(152, "reserved_0x208");
  } else {
    r.zeros(168, "reserved_0x1f8");
  }
  out.signature_r = scalar(r, "signature.r");
  out.signature_s = scalar(r, "signature.s");
  r.zeros(368, "signature.reserved");
}

std::string_view check_of(Code code, std::string_view where) {
  if (code == Code::truncated || code == Code::trailing_bytes) {
    return "snp-01";
  }
  if (code == Code::unsupported_version) {
    return "snp-02";
  }
  if (code == Code::unsupported_algorithm) {
    return "snp-04";
  }
  return where == "snp.report.vmpl" ? "snp-06" : "snp-03";
}

// A key that no processor signs with.
Result<Unit> signed_at_all(const ReportBody& body) {
  const bool masked = body.signing_key == SigningKey::vcek && body.mask_chip_key;
  // CHECK snp-05
  if (body.signing_key == SigningKey::none || masked) {
    return Error{Code::bad_key, "snp.report.key_info", kNoOffset,
                 masked ? "the chip's key is masked, so it signed nothing" : "no key signed this",
                 "snp-05"};
  }
  return Unit{};
}

}  // namespace

Result<Report> parse(Bytes in) {
  // CHECK snp-01
  ByteReader r(in, "snp.report");
  ReportBody body;
  Additions more;
  read(r, body, more);
  if (auto end = r.finish(); !end) {
    Error error = std::move(end).error();
    const std::string check(check_of(error.code, error.where));
    return failed(check, std::move(error));
  }
  CUPEL_TRY([[maybe_unused]] auto signed_, signed_at_all(body));
  Report out{to_vector(in), ReportV2{}, std::nullopt};
  switch (body.version) {
    case 2:
      out.fields = ReportV2{std::move(body)};
      break;
    case 3:
      out.fields = ReportV3{std::move(body), more.cpuid};
      break;
    case 4:
      out.fields = ReportV4{std::move(body), more.cpuid};
      break;
    case kLastVersion:
      out.fields =
          ReportV5{std::move(body), more.cpuid, more.launch_mit_vector, more.current_mit_vector};
      break;
    default:
      return Error{Code::unsupported_version, "snp.report.version", 0, {}, "snp-02"};
  }
  if (const CpuId* cpuid = out.cpuid(); cpuid != nullptr && !product_of(*cpuid)) {
    return Error{Code::unsupported_version, "snp.report.cpuid", kCpuidOffset,
                 "a processor that is not known here", "snp-02"};
  }
  return out;
}

const ReportBody& Report::body() const noexcept {
  return *std::visit([](const auto& version) { return &version.body; }, fields);
}

const CpuId* Report::cpuid() const noexcept {
  struct Finder {
    const CpuId* operator()(const ReportV2&) const { return nullptr; }
    const CpuId* operator()(const ReportV3& v) const { return &v.cpuid; }
    const CpuId* operator()(const ReportV4& v) const { return &v.cpuid; }
    const CpuId* operator()(const ReportV5& v) const { return &v.cpuid; }
  };
  return std::visit(Finder{}, fields);
}

}  // namespace cupel::snp

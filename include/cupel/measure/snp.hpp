// The launch digest of AMD SEV-SNP guests (and of SEV and SEV-ES ones): from firmware, kernel and
// virtual processors to the measurement in the attestation report.
// Source: AMD 56860 (SNP firmware ABI) 8.17, LAUNCH_UPDATE and PAGE_INFO; QEMU target/i386/sev.c.
#pragma once

#include <array>
#include <cupel/measure/recipe.hpp>
#include <optional>

namespace cupel::measure {

enum class SnpMode : std::uint8_t { sev, sev_es, snp, snp_svsm };
enum class Vmm : std::uint8_t { qemu, ec2, gce };
std::string_view to_string(SnpMode mode) noexcept;
std::string_view to_string(Vmm vmm) noexcept;
/// By these names; nullopt for others. ASCII case does not matter ("QEMU").
std::optional<SnpMode> snp_mode_by_name(std::string_view name) noexcept;
std::optional<Vmm> vmm_by_name(std::string_view name) noexcept;

/// CPUID signature (leaf 1, EAX) by QEMU's name of the processor ("EPYC-Milan-v2").
std::optional<std::uint32_t> cpu_signature(std::string_view name) noexcept;
std::uint32_t cpu_signature(unsigned family, unsigned model, unsigned stepping) noexcept;

/// Where Linux KVM puts the processors' pages, and where Google's own verifier has them for Genoa.
inline constexpr std::uint64_t kLinuxVmsaGpa = 0xfffffffff000;
inline constexpr std::uint64_t kGoogleVmsaGpa = 0xffffffffff000;
/// SEV_FEATURES that hosts are known to set.
inline constexpr std::array<std::uint64_t, 6> kLikelyGuestFeatures = {0x1,  0x21,  0x5,
                                                                      0x25, 0x201, 0x221};

struct SnpLaunch {
  SnpMode mode = SnpMode::snp;
  Bytes ovmf;
  unsigned vcpus = 1;
  std::uint32_t vcpu_signature = 0x800f12;
  std::uint64_t guest_features = 0x1;  ///< mode snp_svsm has no others
  Vmm vmm = Vmm::qemu;
  /// A kernel given to QEMU directly; initrd and command line count only with it.
  std::optional<Bytes> kernel = {};
  Bytes initrd = {};
  std::string command_line = {};  ///< hashed as it is, with a NUL
  /// The firmware's own digest instead of its pages (the file still gives the metadata).
  std::optional<ByteVector> ovmf_hash = {};
  /// Hosts before Linux 6.10 (KVM_SEV_INIT2) leave mxcsr and the x87 control word at zero.
  bool old_kernel_fpu = false;
  /// EC2 before 2026 had zero in rdx of the first processors.
  bool ec2_old_rdx = false;
  std::uint64_t vmsa_gpa = kLinuxVmsaGpa;
  Bytes svsm = {};              ///< mode snp_svsm
  std::uint64_t vars_size = 0;  ///< mode snp_svsm: size of the variable store
};

/// One value: "measurement" (48 bytes; 32 for SEV and SEV-ES) and, for SNP, "ovmf_hash".
/// Errors: out_of_range, missing_field, bad_magic, unsupported_version, bad_length, truncated at
/// "measure.snp.…" and "measure.ovmf.…".
Result<Recipe> measure_snp(const SnpLaunch& launch);

/// The VMSA page of a processor (index 0 boots the guest). Errors: as measure_snp().
Result<ByteVector> vmsa_page(const SnpLaunch& launch, unsigned index);

/// Which likely parameters give this digest: number of processors, their type, guest features, VMM,
/// where the processors' pages are, old and new kernels; what `launch` has is always among them.
/// With an SVSM: number and type of processors, and where their pages are. Everything else as in
/// `launch`. Empty: none of them. Errors: as measure_snp(); invalid_argument at "measure.snp.mode"
/// (SEV, SEV-ES).
Result<std::vector<SnpLaunch>> find_snp_launch(const SnpLaunch& launch, Bytes measurement,
                                               unsigned max_vcpus);
/// "4 vCPUs, EPYC-Milan, guest features 0x1, QEMU"
std::string describe(const SnpLaunch& launch);

/// The 96 bytes of an ID block (AMD 56860 8.18, Table 75).
struct IdBlock {
  ByteVector launch_digest;  ///< 48 bytes
  std::array<std::uint8_t, 16> family_id = {};
  std::array<std::uint8_t, 16> image_id = {};
  std::uint32_t version = 1;
  std::uint32_t guest_svn = 0;
  std::uint64_t policy = 0x30000;
};
/// Errors: bad_length at "measure.snp.id_block.launch_digest".
Result<ByteVector> marshal(const IdBlock& block);
/// What a report carries of an ID or author key: SHA-384 of the key's 1028 bytes. PEM or DER,
/// P-384. Errors: bad_key, bad_encoding at "measure.snp.id_key".
Result<ByteVector> id_key_digest(Bytes public_key);
/// Checks the two signatures of the 4096-byte ID authentication block over an ID block, and gives
/// the digests of its keys. Errors: bad_length, unsupported_algorithm, bad_key, bad_signature,
/// reserved_not_zero at "measure.snp.id_auth.…".
struct IdKeys {
  ByteVector id_key_digest;
  ByteVector author_key_digest;
};
Result<IdKeys> check_id_auth(Bytes id_block, Bytes id_auth);

/// Values "id_block" (the 96 bytes) and, where they are not empty, "id_key_digest" and
/// "author_key_digest", with the claims that a report carries them and the block's fields in.
/// Errors: those of marshal().
Result<Recipe> id_block_recipe(const IdBlock& block, const IdKeys& keys);

}  // namespace cupel::measure

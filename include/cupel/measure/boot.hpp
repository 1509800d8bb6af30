// What a TPM's registers hold after a unified kernel image was booted: PCR 4, 11, 12, 13 from the
// image and its companions, PCR 1 to 3 from the firmware's separators, PCR 15 from what the booted
// system extends. Rules by version of systemd-stub: lib/measure/BOOT.md.
#pragma once

#include <cupel/measure/pe.hpp>
#include <cupel/measure/recipe.hpp>
#include <map>
#include <optional>

namespace cupel::measure {

/// Registers of one bank while events are extended into them: P = H(P || digest).
class Registers {
 public:
  explicit Registers(Algorithm bank) : bank_(bank) {}
  Algorithm bank() const noexcept { return bank_; }
  ByteVector hash(Bytes data) const;
  void extend(unsigned pcr, std::string what, Bytes digest);
  /// Zeros, if nothing was extended.
  ByteVector value(unsigned pcr) const;
  const std::vector<RecipeEvent>& events() const noexcept { return events_; }

 private:
  Algorithm bank_;
  std::map<unsigned, ByteVector> values_;
  std::vector<RecipeEvent> events_;
};

/// A file beside the image.
struct Companion {
  std::string name;  ///< file name alone
  ByteVector content;
};

struct BootPlan {
  Bytes uki;
  /// Images that run before it, in order (systemd-boot, shim).
  std::vector<Companion> loaders = {};
  /// Version of systemd-stub; 0: what the image's .sdmagic says.
  unsigned stub = 0;
  bool secure_boot = false;
  /// The firmware tried another boot option first (OVMF 2022.11 under QEMU).
  bool returning = false;
  /// Which profile of a multi-profile image; 0 is the default one.
  unsigned profile = 0;
  /// The command line that systemd-boot's entry passes ("options").
  std::optional<std::string> loader_options = {};
  std::vector<Companion> global_addons = {};       ///< \loader\addons
  std::vector<Companion> addons = {};              ///< <uki>.extra.d
  std::vector<Companion> credentials = {};         ///< <uki>.extra.d/*.cred
  std::vector<Companion> global_credentials = {};  ///< \loader\credentials\*.cred
  std::vector<Companion> extensions = {};          ///< <uki>.extra.d/*.raw, confext and sysext
};

/// The version in a stub's .sdmagic section ("#### LoaderInfo: systemd-stub 257.13 ####").
/// Errors: missing_field, bad_encoding at "measure.uki.sdmagic".
Result<unsigned> stub_version(const PeImage& uki);

/// The sections that PCR 11 covers, in the order they are extended.
struct MeasuredSection {
  std::string name;
  ByteVector data;
};
/// Errors: duplicate_field (twice the same section, where versions disagree which one counts, and
/// `stub` is 0), out_of_range (no such profile, a stub before 252), missing_field (.linux),
/// too_large (more than 1 GiB mapped in all) at "measure.uki.…".
Result<std::vector<MeasuredSection>> measured_sections(const PeImage& uki, unsigned stub,
                                                       unsigned profile);

/// PCR 11 before any phase, from sections. systemd-measure calls it ":".
void extend_sections(Registers& registers, const std::vector<MeasuredSection>& sections);
/// "enter-initrd:leave-initrd": each word is extended; empty ones are dropped.
void extend_phases(Registers& registers, std::string_view phases);

/// pcr4, pcr11, pcr12, pcr13 and, for each of systemd-measure's phases, "pcr11:<phases>"; PCR 1, 2
/// and 3 as one separator makes them, and "pcr0:separator", which is what it makes of zeros and not
/// what PCR 0 holds: that has the firmware's own code, which no image shows. Claims are named for
/// the SHA-256, 384 and 1 banks. Errors: those above, those of PeImage::parse().
Result<Recipe> predict_boot(const BootPlan& plan, Algorithm bank);

/// PCR 15 as BlindLlama extends it: root hash, 32 zero bytes, SHA-256 of the root CA's PEM text as
/// it is. Without a CA: the root hash alone. Errors: bad_length at "measure.pcr15.root_hash".
Result<Recipe> predict_pcr15(Bytes root_hash, const std::optional<ByteVector>& ca_pem);

/// A cpio archive ("newc") as systemd-stub makes it of companion files: one extend of its digest.
ByteVector stub_cpio(std::string_view folder, std::uint32_t folder_mode, std::uint32_t file_mode,
                     const std::vector<Companion>& files);

/// The registers that are constants in BlindLlama's script: PCR 0 of Azure's Trusted Launch, or PCR
/// 0 to 3 of its QEMU. They are one firmware's; another's, or a newer one's, are others.
std::map<unsigned, ByteVector> blindllama_constants(bool qemu);
/// BlindLlama's measurements_azure.json and measurements_qemu.json, byte for byte: registers 0 to
/// 4, 12 and 13 of the SHA-256 bank.
std::string blindllama_measurements(const std::map<unsigned, ByteVector>& pcrs);

}  // namespace cupel::measure

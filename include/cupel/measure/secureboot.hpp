// PCR 7: the Secure Boot policy of a machine, and which of its keys let an image run.
// Source: TCG PC Client Platform Firmware Profile 1.06, 3.3.4.8; UEFI 2.10, 32.4.1 (signature
// lists).
#pragma once

#include <cupel/measure/boot.hpp>

namespace cupel::measure {

struct DbEntry {
  enum class Type : std::uint8_t { x509, sha256, other };
  Type type = Type::other;
  ByteVector data;  ///< owner GUID and signature data, as measured
  Bytes content() const { return Bytes(data).subspan(16); }
};

/// EFI_SIGNATURE_LISTs, one after the other (a variable's content without attributes, ".esl").
/// Errors: truncated, bad_length, too_large at "measure.secureboot.list…", with the offset.
Result<std::vector<DbEntry>> parse_signature_lists(Bytes in);

struct SecureBootPlan {
  bool enabled = false;
  /// Firmware built without Secure Boot measures its variable with no content at all.
  bool firmware_without = false;
  ByteVector pk = {};  ///< the four variables, empty when unset
  ByteVector kek = {};
  ByteVector db = {};
  ByteVector dbx = {};
  std::vector<Companion> images = {};  ///< in the order they are loaded
  /// For nitro_tpm_measurements(): the version of systemd-stub. 0: what the image says, or 252 for
  /// an image of Amazon Linux 2023 (by its .osrel), whose stub does not say.
  unsigned stub = 0;
};

/// The first entry of db that authorises an image, as firmware decides: a certificate that verifies
/// its signature (a CA verifies what its leaf signed), or its SHA-256 digest.
/// Errors: bad_signature (no entry does) at "measure.secureboot.image"; those of PeImage and of the
/// certificate table.
Result<DbEntry> authorising_entry(const PeImage& image, const std::vector<DbEntry>& db);

/// Value pcr7. Errors: those above. Not done: dbx is measured, but whether it forbids an image is
/// not asked.
Result<Recipe> predict_pcr7(const SecureBootPlan& plan, Algorithm bank);

/// Values pcr4, pcr7 and pcr12 (SHA-384) of a NitroTPM, for images of which the last may be a
/// unified kernel image. Errors: those of predict_pcr7().
Result<Recipe> nitro_tpm_recipe(const SecureBootPlan& plan);
/// Of such a recipe, what nitro-tpm-pcr-compute prints.
std::string nitro_tpm_measurements(const Recipe& recipe);

/// PCR 4, 7 and 12 (SHA-384) as nitro-tpm-pcr-compute prints them, for images of which the last may
/// be a unified kernel image. Errors: also those of stub_version().
Result<std::string> nitro_tpm_measurements(const SecureBootPlan& plan);

}  // namespace cupel::measure

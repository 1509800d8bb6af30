// AWS Nitro enclave image files: the registers that an enclave's attestation document will carry.
// Source: aws-nitro-enclaves-image-format, eif_defs (header, sections) and eif_hasher (registers).
#pragma once

#include <cupel/measure/recipe.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cupel::measure {

struct EifSection {
  enum class Type : std::uint16_t { kernel = 1, cmdline, ramdisk, signature, metadata };
  Type type = Type::kernel;
  std::uint64_t offset = 0;  ///< of its data
  std::uint64_t size = 0;
};
std::string_view to_string(EifSection::Type type) noexcept;

struct EifSignature {
  ByteVector certificate;    ///< DER; what PCR 8 is made of
  std::string algorithm;     ///< "ES384"
  bool valid = false;        ///< its key signed this image's PCR 0
  std::string problem = {};  ///< why not
};

struct Eif {
  unsigned version = 0;
  bool aarch64 = false;
  std::uint32_t crc32 = 0;
  std::vector<EifSection> sections = {};  ///< in file order
  std::string metadata = {};              ///< JSON text; empty in versions 2 and 3
  std::optional<EifSignature> signature = {};
  ByteVector pcr0 = {};  ///< kernel, command line, all ramdisks
  ByteVector pcr1 = {};  ///< kernel, command line, first ramdisk
  ByteVector pcr2 = {};  ///< the other ramdisks
  ByteVector pcr8 = {};  ///< empty when the image is not signed
};

/// Does several independent pieces of work and returns when all are done; in turn, or on threads.
using Together = std::function<void(const std::vector<std::function<void()>>& work)>;

/// Reads and hashes an image: two chains of digests and the checksum, each a pass of its own, which
/// may run side by side (cupel/measure/files.hpp has that). Stricter than the tool that made it:
/// tables, headers and contents must agree, and nothing may be left over. The checksum is demanded.
/// Errors: bad_magic, unsupported_version, truncated, trailing_bytes, out_of_range,
/// duplicate_field, missing_field, reserved_not_zero, digest_mismatch (the CRC), bad_encoding,
/// too_large at "measure.eif…", with the offset; the source's.
/// Not done: a signature that is not right is no error; `signature->valid` says so.
Result<Eif> measure_eif(const Source& image, const Together& together = {});

/// PCR 3 and PCR 4 of the parent instance: SHA-384 over 48 zero bytes and the text itself.
/// Errors: invalid_argument at "measure.eif.role" or ".instance" (empty, or with a line break).
Result<ByteVector> eif_pcr3(std::string_view role_arn);
Result<ByteVector> eif_pcr4(std::string_view instance_id);

/// What went into each register: SHA-384 of each section, in the order they are hashed, and of the
/// certificate. A pass over the image. Errors: the source's.
Result<std::vector<RecipeEvent>> eif_events(const Source& image, const Eif& eif);

/// The values as a recipe, without events; claims nitro.pcr.N, but none for PCR 8 of a signature
/// that is not right.
Recipe eif_recipe(const Eif& eif);
/// What `nitro-cli build-enclave` prints of the registers.
std::string nitro_measurements(const Eif& eif);

}  // namespace cupel::measure

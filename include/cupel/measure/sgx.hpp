// Intel SGX: MRENCLAVE by replaying an enclave's loading stream, and what a SIGSTRUCT says.
// Source: Intel SDM volume 3D, 36.19 and 37.13 (SIGSTRUCT), 38 (ECREATE, EADD, EEXTEND); the .sgxs
// format of fortanix/rust-sgx (doc/SGXS.md).
#pragma once

#include <cupel/measure/recipe.hpp>
#include <optional>

namespace cupel::measure {

/// Pages that lie one after the other and have the same flags.
struct SgxsRange {
  std::uint64_t offset = 0;  ///< in the enclave
  std::uint64_t pages = 0;
  std::uint64_t flags = 0;     ///< SECINFO.FLAGS
  std::uint64_t measured = 0;  ///< chunks of 256 bytes
  ByteVector digest;           ///< SHA-256 of what these pages put into MRENCLAVE
};

struct SgxsResult {
  ByteVector mrenclave;
  ByteVector ecreate;  ///< SHA-256 of its record
  /// At most 1000: of an enclave with more, the last one holds all the rest.
  std::vector<SgxsRange> ranges = {};
  std::uint64_t eadd = 0;
  std::uint64_t eextend = 0;
  std::uint64_t unmeasured = 0;
};

/// The stream must be canonical: one ECREATE, first; pages in ascending order; each measured chunk
/// inside the last page and once.
/// Errors: truncated, bad_magic, duplicate_field, out_of_range, reserved_not_zero, missing_field at
/// "measure.sgxs…", with the offset; the source's.
Result<SgxsResult> measure_sgxs(const Source& stream);

struct Sigstruct {
  std::uint32_t vendor = 0;
  std::uint32_t date = 0;  ///< BCD, 0xYYYYMMDD
  std::uint32_t misc_select = 0;
  std::uint32_t misc_mask = 0;
  std::uint64_t attributes_flags = 0;
  std::uint64_t attributes_xfrm = 0;
  std::uint64_t attributes_mask_flags = 0;
  std::uint64_t attributes_mask_xfrm = 0;
  std::uint16_t isv_prod_id = 0;
  std::uint16_t isv_svn = 0;
  ByteVector isv_family_id;
  ByteVector isv_ext_prod_id;
  ByteVector mrenclave;
  ByteVector mrsigner;
  bool signature_valid = false;
  bool quotients_valid = false;  ///< Q1 and Q2, which the processor checks the signature with
};

inline constexpr std::size_t kSigstructSize = 1808;

/// The bare 1808 bytes. Signature and quotients are checked, and `signature_valid` and
/// `quotients_valid` say how that went.
/// Errors: truncated, trailing_bytes, bad_magic, reserved_not_zero, out_of_range, bad_key at
/// "measure.sigstruct…".
Result<Sigstruct> parse_sigstruct(Bytes in);

/// The same, found in a bare file, in an ELF file's .note.sgxmeta (Intel SDK) or .oeinfo (Open
/// Enclave). Errors: also missing_field (none, or unsigned) and duplicate_field (several).
Result<Sigstruct> find_sigstruct(Bytes file);

/// Values mrenclave and mrsigner, with claims; a signature that is not right, or quotients that are
/// not, are an error: bad_signature at "measure.sigstruct.signature" and ".q1_q2".
Result<Recipe> sigstruct_recipe(const Sigstruct& sigstruct);

/// BlindAI's manifest.toml for an enclave of which only the measurement is known: with the
/// attributes and masks of BlindAI's own enclaves. `debug`: allow_debug, and the looser mask of its
/// development manifests.
std::string blindai_manifest(Bytes mrenclave, bool debug);
/// The same with the attributes and masks that the signer wrote. INIT, which clients add, is always
/// among what is compared; DEBUG never is, for that is `debug`'s to say.
std::string blindai_manifest(const Sigstruct& sigstruct, bool debug);

}  // namespace cupel::measure

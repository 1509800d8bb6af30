// Whole computations from files: what each `cupel measure` command and each function of
// cupel.measure (Python) does. The other headers of this folder compute from memory.
//
// Errors of all of them: those of FileSource and read_artifact() at the path, and those of the
// computation itself.
#pragma once

#include <cupel/measure/boot.hpp>
#include <cupel/measure/explain.hpp>
#include <cupel/measure/files.hpp>
#include <cupel/measure/secureboot.hpp>
#include <cupel/measure/snp.hpp>

namespace cupel::measure {

struct VerityRequest {
  std::string image = {};
  VerityFormat format = {};
  std::optional<Uuid> repart_seed = {};    ///< the salt is the one of this seed of systemd-repart's
  std::uint64_t data_blocks = 0;           ///< 0: all whole ones
  std::uint64_t offset = 0;                ///< where the data starts
  std::optional<std::uint64_t> size = {};  ///< to the end of the image
  /// The GPT partition with this label: format, salt and length come from the partition labelled
  /// `partition` + "-verity", and the root hash must be the one that both name.
  std::string partition = {};
  /// The GPT partition with this label, by itself: format and salt are those given, and no other
  /// partition is asked. Instead of `partition`, `offset` and `size`.
  std::string data_partition = {};
  /// A hash device to take format, salt and number of blocks from, and where its superblock is.
  std::string superblock = {};
  std::uint64_t hash_offset = 0;
  std::string write_tree = {};  ///< a new file for the hash tree
  bool tree_superblock = true;
  Uuid uuid = {};
  bool force = false;
  unsigned threads = 0;
  Progress progress = {};
  bool inputs = false;  ///< also the image's SHA-256, for a recipe: a pass of its own
  /// Asked about the root hash before a tree is written; an error ends the work.
  std::function<Result<Unit>(Bytes root_hash)> accept = {};
};

/// Errors: digest_mismatch at "measure.verity.root_hash" (the partition table names another),
/// invalid_argument at `write_tree` (the image itself). With any error no tree appears.
Result<Recipe> verity_recipe(const VerityRequest& request);

/// Compares the image with a tree; see verity_compare(). Format and number of blocks come from the
/// tree's superblock, unless `request.tree_superblock` is false. Offsets of faults are those in the
/// two files. With `request.partition`, and the image's own file as the tree, the tree is in the
/// partition's partner unless `request.hash_offset` says otherwise.
Result<std::vector<VerityFault>> verity_check(const VerityRequest& request, const std::string& tree,
                                              Bytes root_hash);

struct BootRequest {
  std::string image = {};
  /// The image is a raw disk; the UKI is this file of its EFI system partition, or of the partition
  /// with this label.
  bool disk = false;
  std::string path = "EFI/BOOT/BOOTX64.EFI";
  std::string partition = {};
  Algorithm bank = Algorithm::sha256;
  std::vector<std::string> loaders = {};  ///< images that run before, in order
  std::string extra = {};                 ///< the folder <uki>.extra.d
  std::string loader_folder = {};         ///< the ESP's folder \loader
  std::string phases = {};                ///< PCR 11 after these, beside the usual ones
  bool inputs = true;                     ///< also the files' SHA-256, for a recipe
  BootPlan plan = {};                     ///< stub, secure_boot, returning, profile, loader_options
};

Result<Recipe> boot_recipe(const BootRequest& request);

struct PeRequest {
  std::string image = {};
  /// The digests wanted: each is a pass over the image.
  std::vector<Algorithm> banks = {Algorithm::sha1, Algorithm::sha256, Algorithm::sha384};
  bool inputs = true;  ///< also the file's SHA-256 and each part's digests, for a recipe
};

/// Authenticode digests of a PE file, and the one after signing where that differs.
Result<Recipe> pe_recipe(const PeRequest& request);

/// PCR 0, 1, 2 and 8 of an enclave image, PCR 3 of a role and PCR 4 of an instance, each if given.
/// Errors: invalid_argument at "measure.eif" when nothing is.
Result<Recipe> eif_file_recipe(const std::string& path, const std::string& role,
                               const std::string& instance, bool inputs);

struct SnpRequest {
  SnpLaunch launch = {};  ///< all but the files
  std::string ovmf = {};
  std::string kernel = {};
  std::string initrd = {};
  std::string svsm = {};
};

Result<Recipe> snp_recipe(const SnpRequest& request);
/// The descriptions of the launches that give this digest; see find_snp_launch().
Result<std::vector<std::string>> snp_search(const SnpRequest& request, Bytes measurement,
                                            unsigned max_vcpus);

/// `form`: "arm", "base64", "rego", or "auto" (a leading brace, the name's ending).
/// Errors: invalid_argument at "measure.hostdata.form".
Result<Recipe> hostdata_file_recipe(const std::string& path, const std::string& form,
                                    const std::string& parameters);

Result<Recipe> sgx_recipe(const std::string& path, bool inputs);
Result<Recipe> sigstruct_file_recipe(const std::string& path);
/// MRENCLAVE of either, whichever the file is.
Result<Recipe> enclave_recipe(const std::string& path, bool inputs);
/// BlindAI's manifest.toml of a .sgxs stream, a SIGSTRUCT or an ELF enclave.
Result<std::string> blindai_manifest_of(const std::string& path, bool development);

struct TdxRequest {
  std::string firmware = {};
  std::string kernel = {};
  std::string initrd = {};
  std::string command_line = {};
  std::uint64_t memory = 0;  ///< of the guest, in bytes; 0: not given
  std::uint64_t acpi_data_size = 0x28000;
  bool initrd_suffix = true;
};

/// MRTD of the firmware (and with the guest's memory the digest of the TD HOB), RTMR 1 and 2 of the
/// direct boot, whichever is given. Without any: a recipe without values.
Result<Recipe> tdx_recipe(const TdxRequest& request);

struct SecureBootRequest {
  std::vector<std::string> images = {};  ///< in the order they are loaded
  /// .esl files; an empty name is an unset variable. Secure Boot is on when PK has an entry.
  std::string pk = {};
  std::string kek = {};
  std::string db = {};
  std::string dbx = {};
  bool off = false;               ///< keys are enrolled, but Secure Boot is off
  bool firmware_without = false;  ///< built without Secure Boot: then there is no PK
  unsigned stub = 0;              ///< for nitro_tpm_of_files(); see SecureBootPlan
};

Result<Recipe> secure_boot_recipe(const SecureBootRequest& request, Algorithm bank);
Result<Recipe> nitro_tpm_file_recipe(const SecureBootRequest& request);
/// See nitro_tpm_measurements().
Result<std::string> nitro_tpm_of_files(const SecureBootRequest& request);

/// Errors: those of parse_recipe().
Result<Recipe> read_recipe(const std::string& path);
/// explain(), with the inputs read where the recipe says they were.
Result<std::vector<Explanation>> explain_from_files(const Recipe& recipe, Bytes found,
                                                    std::vector<std::string>& missing,
                                                    const ExplainOptions& options = {});

}  // namespace cupel::measure

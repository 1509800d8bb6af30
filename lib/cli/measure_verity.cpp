// cupel measure verity: dm-verity root hashes, hash trees, and where an image is not what a tree
// says.
#include <unistd.h>

#include <cupel/measure/disk.hpp>
#include <cupel/measure/files.hpp>

#include "base/hex.hpp"
#include "cli/measure.hpp"
#include "cli/progress.hpp"
#include "codec/json.hpp"

namespace cupel::cli {
namespace {

using measure::FileSource;
using measure::Recipe;
using measure::Source;
using measure::SourceRange;
using measure::VerityFormat;

struct VerityOptions {
  MeasureOptions common;
  std::string image;
  std::string hash = "sha256";
  unsigned format = 1;
  std::uint32_t data_block_size = 4096;
  std::uint32_t hash_block_size = 4096;
  std::string salt = "-";
  std::string seed;
  std::string uuid = "00000000-0000-0000-0000-000000000000";
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> size;
  std::uint64_t data_blocks = 0;
  std::string partition;
  std::string repart;
  std::string superblock;
  bool no_superblock = false;
  std::string write_tree;
  bool force = false;
  std::string verify;
  std::uint64_t hash_offset = 0;
  std::string root_hash;
  bool blindllama = false;
  unsigned threads = 0;
};

// What is hashed and how: from options, a superblock, or a partition table.
struct Plan {
  VerityFormat format;
  std::uint64_t data_blocks = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::optional<ByteVector> expected;  // root hash that the image itself names
  std::string expected_by;
};

Result<Unit> from_superblock(Plan& plan, Bytes raw) {
  CUPEL_TRY(const measure::VeritySuperblock superblock, measure::parse_verity_superblock(raw));
  plan.format = superblock.format;
  plan.data_blocks = superblock.data_blocks;
  return Unit{};
}

Result<ByteVector> salt_of(const VerityOptions& options) {
  if (!options.seed.empty()) {
    CUPEL_TRY(const measure::Uuid seed, measure::uuid_from_text(options.seed, "--repart-seed"));
    return measure::repart_salt(seed);
  }
  return options.salt == "-" ? Result<ByteVector>(ByteVector{}) : from_hex(options.salt, "--salt");
}

Result<Plan> plan_of(const VerityOptions& options, const Source& image) {
  Plan plan;
  plan.offset = options.offset;
  if (options.offset > image.size()) {
    return Error{Code::out_of_range, "--offset", kNoOffset, "beyond the end of the image"};
  }
  plan.size = options.size.value_or(image.size() - options.offset);
  if (!options.partition.empty()) {
    CUPEL_TRY(const auto table, measure::parse_partition_table(image));
    CUPEL_TRY(const auto pair, measure::verity_pair(image, table, options.partition));
    plan = {pair.superblock.format, pair.superblock.data_blocks, pair.data.offset, pair.data.size,
            pair.root_hash,         "the partition table"};
    return plan;
  }
  if (!options.superblock.empty()) {
    CUPEL_TRY(const FileSource file, FileSource::open(options.superblock));
    CUPEL_TRY(const ByteVector raw,
              measure::read_part(file, options.hash_offset, measure::kVeritySuperblockSize,
                                 measure::kVeritySuperblockSize, options.superblock));
    CUPEL_TRY(std::ignore, from_superblock(plan, raw));
  } else {
    CUPEL_TRY(plan.format.algorithm, measure::algorithm_by_name(options.hash, "--hash"));
    plan.format.hash_type = options.format;
    plan.format.data_block_size = options.data_block_size;
    plan.format.hash_block_size = options.hash_block_size;
    CUPEL_TRY(plan.format.salt, salt_of(options));
  }
  if (options.data_blocks != 0) {
    plan.data_blocks = options.data_blocks;
  }
  return plan;
}

// systemd-repart --json: the root hash of each pair of partitions; what it says must be what is
// computed here.
Result<std::string> repart_root_hash(const std::string& path, const std::string& label) {
  CUPEL_TRY(const ByteVector text, measure::read_artifact(path, 1U << 20U));
  CUPEL_TRY(const json::Value document, json::parse(as_text(text), "repart"));
  const json::Array* partitions = document.array();
  if (partitions == nullptr) {
    return Error{Code::bad_encoding, "repart", kNoOffset, "not an array of partitions"};
  }
  for (const json::Value& partition : *partitions) {
    const json::Value* name = partition.find("label");
    const json::Value* hash = partition.find("roothash");
    if (name != nullptr && name->string() != nullptr && *name->string() == label &&
        hash != nullptr && hash->string() != nullptr) {
      return *hash->string();
    }
  }
  return Error{Code::missing_field, "repart", kNoOffset,
               "no partition labelled \"" + label + "\" with a roothash"};
}

Error mismatch(std::string_view by, Bytes expected, Bytes computed) {
  return Error{
      Code::digest_mismatch, "measure.verity.root_hash", kNoOffset,
      std::string(by) + " names " + to_hex(expected) + ", the data has " + to_hex(computed)};
}

Result<Unit> compare_expected(const VerityOptions& options, const Plan& plan, Bytes root) {
  if (plan.expected && to_hex(*plan.expected) != to_hex(root)) {
    return mismatch(plan.expected_by, *plan.expected, root);
  }
  if (!options.repart.empty()) {
    CUPEL_TRY(const std::string text, repart_root_hash(options.repart, options.partition));
    CUPEL_TRY(const ByteVector named, from_hex(text, "repart.roothash"));
    if (named != to_vector(root)) {
      return mismatch(options.repart, named, root);
    }
  }
  if (!options.root_hash.empty()) {
    CUPEL_TRY(const ByteVector named, from_hex(options.root_hash, "--root-hash"));
    if (named != to_vector(root)) {
      return mismatch("--root-hash", named, root);
    }
  }
  return Unit{};
}

Result<Recipe> recipe_of(const VerityOptions& options, const Plan& plan, const Source& image,
                         const measure::VerityRoot& root) {
  Recipe out;
  out.kind = "verity";
  out.parameters = {{"hash", std::string(measure::to_string(plan.format.algorithm))},
                    {"hash_type", std::to_string(plan.format.hash_type)},
                    {"data_block_size", std::to_string(plan.format.data_block_size)},
                    {"hash_block_size", std::to_string(plan.format.hash_block_size)},
                    {"salt", to_hex(plan.format.salt)},
                    {"data_blocks", std::to_string(root.layout.data_blocks)},
                    {"hash_blocks", std::to_string(root.layout.hash_blocks)},
                    {"offset", std::to_string(plan.offset)},
                    {"size", std::to_string(plan.size)}};
  out.values.push_back(
      {"root_hash", std::string(measure::to_string(plan.format.algorithm)), root.root_hash, {}});
  const std::uint64_t covered = root.layout.data_blocks * plan.format.data_block_size;
  if (covered < plan.size) {
    out.notes.push_back(std::to_string(plan.size - covered) +
                        " bytes after the last block that counts are not covered by the root hash");
  }
  if (options.common.recipe) {
    CUPEL_TRY(measure::RecipeInput input, measure::recipe_input("image", options.image, image));
    out.inputs.push_back(std::move(input));
  }
  return out;
}

std::string_view name_of(measure::VerityFault::Kind kind) {
  switch (kind) {
    case measure::VerityFault::Kind::root:
      return "root";
    case measure::VerityFault::Kind::hash_block:
      return "hash_block";
    case measure::VerityFault::Kind::spare_area:
      return "spare_area";
    case measure::VerityFault::Kind::data_block:
      break;
  }
  return "data_block";
}

int verify(const VerityOptions& options) {
  const auto faults = [&]() -> Result<std::vector<measure::VerityFault>> {
    CUPEL_TRY(const FileSource image, FileSource::open(options.image));
    CUPEL_TRY(const FileSource tree, FileSource::open(options.verify));
    CUPEL_TRY(Plan plan, plan_of(options, image));
    std::uint64_t tree_offset = options.hash_offset;
    if (!options.no_superblock) {
      CUPEL_TRY(const ByteVector raw,
                measure::read_part(tree, options.hash_offset, measure::kVeritySuperblockSize,
                                   measure::kVeritySuperblockSize, options.verify));
      CUPEL_TRY(std::ignore, from_superblock(plan, raw));
      const std::uint64_t block = plan.format.hash_block_size;
      tree_offset = (tree_offset + measure::kVeritySuperblockSize + block - 1) / block * block;
    }
    CUPEL_TRY(const ByteVector root, from_hex(options.root_hash, "--root-hash"));
    CUPEL_TRY(const SourceRange data, SourceRange::of(image, plan.offset, plan.size));
    const ProgressBar bar(options.common.output, "verifying");
    return measure::verity_compare(data, plan.format, plan.data_blocks, tree, tree_offset, root,
                                   bar.callback());
  }();
  if (!faults) {
    return options.common.output.fail(faults.error());
  }
  if (!faults->empty()) {
    const measure::VerityFault& fault = faults->front();
    return options.common.output.fail(
        Error{Code::digest_mismatch, "measure.verity." + std::string(name_of(fault.kind)),
              static_cast<std::size_t>(fault.offset),
              "block " + std::to_string(fault.block) + ": " + fault.text});
  }
  options.common.output.text("the image is what the tree and the root hash say\n");
  options.common.output.object(
      json::Object{{"schema", "cupel.measure-verify/1"}, {"verdict", "accepted"}});
  return exit_code(Outcome::accepted);
}

Result<Recipe> compute(const VerityOptions& options) {
  CUPEL_TRY(const FileSource image, FileSource::open(options.image));
  CUPEL_TRY(const Plan plan, plan_of(options, image));
  CUPEL_TRY(const SourceRange data, SourceRange::of(image, plan.offset, plan.size));
  const ProgressBar bar(options.common.output, "hashing");
  measure::VerityRoot root;
  if (options.write_tree.empty()) {
    CUPEL_TRY(root, measure::verity_root_on_threads(data, plan.format, plan.data_blocks,
                                                    {.progress = bar.callback()}, options.threads));
  } else {
    CUPEL_TRY(const measure::Uuid uuid, measure::uuid_from_text(options.uuid, "--uuid"));
    CUPEL_TRY(root,
              measure::write_verity_tree(data, plan.format, plan.data_blocks, options.write_tree,
                                         {.superblock = !options.no_superblock,
                                          .uuid = uuid,
                                          .force = options.force,
                                          .threads = options.threads,
                                          .progress = bar.callback()}));
  }
  CUPEL_TRY(std::ignore, compare_expected(options, plan, root.root_hash));
  return recipe_of(options, plan, image, root);
}

int run(const VerityOptions& options) {
  if (!options.verify.empty()) {
    return verify(options);
  }
  if (!options.blindllama) {
    return run_measure(options.common, [&] { return compute(options); });
  }
  // application.json, as BlindLlama's generate_security_config.py writes it.
  const auto recipe = compute(options);
  if (!recipe) {
    return options.common.output.fail(recipe.error());
  }
  Output plain = options.common.output;
  plain.json = false;
  plain.text("{\"application_disk_roothash\": \"" + to_hex(recipe->values.at(0).value) + "\"}");
  return exit_code(Outcome::accepted);
}

}  // namespace

void add_measure_verity(CLI::App& parent, int& exit) {
  auto options = std::make_shared<VerityOptions>();
  CLI::App* app =
      add_measure_kind(parent, "verity", "The dm-verity root hash of an image", options->common);
  app->add_option("IMAGE", options->image, "The data: a file, or part of one")->required();
  app->add_option("--hash", options->hash, "sha1, sha256, sha384 or sha512")->capture_default_str();
  app->add_option("--format", options->format, "Hash type: 1, or 0 for Chrome OS")
      ->capture_default_str();
  app->add_option("--data-block-size", options->data_block_size, "In bytes")->capture_default_str();
  app->add_option("--hash-block-size", options->hash_block_size, "In bytes")->capture_default_str();
  auto* salt =
      app->add_option("--salt", options->salt, "Hexadecimal, or - for none")->capture_default_str();
  app->add_option("--repart-seed", options->seed, "The salt systemd-repart derives from this seed")
      ->excludes(salt)
      ->type_name("UUID");
  app->add_option("--uuid", options->uuid, "For the superblock of --write-tree");
  app->add_option("--data-blocks", options->data_blocks, "Only so many blocks; 0 for all");
  auto* offset = app->add_option("--offset", options->offset, "Where the data starts, in bytes");
  auto* size = app->add_option("--size", options->size, "How long it is, in bytes");
  auto* partition =
      app->add_option("--partition", options->partition,
                      "The GPT partition with this label; format, salt and length come from the "
                      "partition labelled LABEL-verity, and both must name the root hash")
          ->type_name("LABEL")
          ->excludes(offset)
          ->excludes(size);
  app->add_option("--repart-json", options->repart,
                  "What systemd-repart --json printed; its roothash must be the one computed")
      ->type_name("FILE")
      ->needs(partition);
  app->add_option("--superblock", options->superblock,
                  "Take format, salt and number of blocks from this hash device")
      ->type_name("FILE")
      ->excludes(partition);
  app->add_flag("--no-superblock", options->no_superblock, "The tree has none");
  app->add_option("--write-tree", options->write_tree,
                  "Write the hash device that veritysetup can open to this new file")
      ->type_name("FILE");
  app->add_flag("--force", options->force, "--write-tree may replace a file");
  auto* root = app->add_option("--root-hash", options->root_hash, "The root hash must be this one");
  app->add_option("--verify", options->verify,
                  "Compare the image with this hash device, and name the first bad block")
      ->type_name("FILE")
      ->needs(root);
  app->add_option("--hash-offset", options->hash_offset,
                  "Where the superblock, or else the tree, starts in its file");
  app->add_flag("--blindllama", options->blindllama, "Print BlindLlama's application.json");
  app->add_option("--threads", options->threads, "At most so many; 0 for one a processor");
  app->callback([options, &exit] { exit = run(*options); });
}

}  // namespace cupel::cli

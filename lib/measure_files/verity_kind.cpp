// dm-verity: which bytes of which file are hashed, and how.
#include <cupel/measure/disk.hpp>
#include <cupel/measure/kinds.hpp>
#include <filesystem>

#include "base/hex.hpp"

namespace cupel::measure {
namespace {

// From options, a superblock, or a partition table.
struct Plan {
  VerityFormat format;
  std::uint64_t data_blocks = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::optional<ByteVector> named;  // root hash that the image itself names
  std::optional<Partition> hashes;  // where the image itself has the tree
};

Result<Unit> use_superblock(Plan& plan, const Source& file, std::uint64_t at,
                            const std::string& path) {
  CUPEL_TRY(const ByteVector raw,
            read_part(file, at, kVeritySuperblockSize, kVeritySuperblockSize, path));
  CUPEL_TRY(const VeritySuperblock superblock, parse_verity_superblock(raw));
  plan.format = superblock.format;
  plan.data_blocks = superblock.data_blocks;
  return Unit{};
}

Result<Plan> plan_of(const VerityRequest& request, const Source& image) {
  if (!request.partition.empty()) {
    CUPEL_TRY(const auto table, parse_partition_table(image));
    CUPEL_TRY(const VerityPair pair, verity_pair(image, table, request.partition));
    return Plan{pair.superblock.format, pair.superblock.data_blocks,
                pair.data.offset,       pair.data.size,
                pair.root_hash,         pair.hash};
  }
  std::uint64_t offset = request.offset;
  std::optional<std::uint64_t> size = request.size;
  if (!request.data_partition.empty()) {
    CUPEL_TRY(const auto table, parse_partition_table(image));
    CUPEL_TRY(const Partition found, partition_by_label(table, request.data_partition));
    offset = found.offset;
    size = found.size;
  }
  if (offset > image.size()) {
    return Error{Code::out_of_range, "measure.verity.offset", static_cast<std::size_t>(offset),
                 "beyond the end of the image"};
  }
  Plan plan{
      request.format, request.data_blocks, offset, size.value_or(image.size() - offset), {}, {}};
  if (request.repart_seed) {
    plan.format.salt = repart_salt(*request.repart_seed);
  }
  if (!request.superblock.empty()) {
    CUPEL_TRY(const FileSource file, FileSource::open(request.superblock));
    CUPEL_TRY(std::ignore, use_superblock(plan, file, request.hash_offset, request.superblock));
    plan.data_blocks = request.data_blocks == 0 ? plan.data_blocks : request.data_blocks;
  }
  return plan;
}

Recipe recipe_of(const Plan& plan, const VerityRoot& root) {
  const std::string hash(to_string(plan.format.algorithm));
  Recipe out;
  out.kind = "verity";
  out.parameters = {{"hash", hash},
                    {"hash_type", std::to_string(plan.format.hash_type)},
                    {"data_block_size", std::to_string(plan.format.data_block_size)},
                    {"hash_block_size", std::to_string(plan.format.hash_block_size)},
                    {"salt", to_hex(plan.format.salt)},
                    {"data_blocks", std::to_string(root.layout.data_blocks)},
                    {"hash_blocks", std::to_string(root.layout.hash_blocks)},
                    {"offset", std::to_string(plan.offset)},
                    {"size", std::to_string(plan.size)}};
  out.values.push_back({"root_hash", hash, root.root_hash, {}});
  for (std::size_t i = 0; i < root.level_digests.size(); ++i) {
    out.events.push_back({"root_hash",
                          "level " + std::to_string(i) + ", " +
                              std::to_string(root.layout.levels.at(i).blocks) + " hash blocks",
                          root.level_digests[i]});
  }
  out.events.push_back({"root_hash",
                        root.layout.levels.empty() ? "the only data block" : "the topmost block",
                        root.root_hash});
  const std::uint64_t covered = root.layout.data_blocks * plan.format.data_block_size;
  if (covered < plan.size) {
    out.notes.push_back(std::to_string(plan.size - covered) +
                        " bytes after the last block that counts are not covered by the root hash");
  }
  return out;
}

}  // namespace

Result<Recipe> verity_recipe(const VerityRequest& request) {
  CUPEL_TRY(const FileSource image, FileSource::open(request.image));
  CUPEL_TRY(const Plan plan, plan_of(request, image));
  CUPEL_TRY(const SourceRange data, SourceRange::of(image, plan.offset, plan.size));
  std::vector<RecipeInput> inputs;
  // All that can refuse, before a tree is put in place.
  const auto accept = [&](const VerityRoot& root) -> Result<Unit> {
    if (plan.named && *plan.named != root.root_hash) {
      return Error{Code::digest_mismatch, "measure.verity.root_hash", kNoOffset,
                   "the partition table names " + to_hex(*plan.named) + ", the data has " +
                       to_hex(root.root_hash)};
    }
    if (request.accept) {
      CUPEL_TRY(std::ignore, request.accept(root.root_hash));
    }
    if (request.inputs) {
      CUPEL_TRY(RecipeInput input, recipe_input("image", request.image, image));
      inputs.push_back(std::move(input));
    }
    return Unit{};
  };
  VerityRoot root;
  if (request.write_tree.empty()) {
    CUPEL_TRY(root, verity_root_on_threads(data, plan.format, plan.data_blocks,
                                           {.progress = request.progress}, request.threads));
    CUPEL_TRY(std::ignore, accept(root));
  } else {
    for (const std::string& read : {request.image, request.superblock}) {
      std::error_code absent;
      if (!read.empty() && std::filesystem::equivalent(read, request.write_tree, absent)) {
        return Error{Code::invalid_argument, request.write_tree, kNoOffset,
                     "the tree would replace " + read + ", which it is computed from"};
      }
    }
    CUPEL_TRY(root, write_verity_tree(data, plan.format, plan.data_blocks, request.write_tree,
                                      {.superblock = request.tree_superblock,
                                       .uuid = request.uuid,
                                       .force = request.force,
                                       .threads = request.threads,
                                       .progress = request.progress,
                                       .accept = accept}));
  }
  Recipe out = recipe_of(plan, root);
  out.inputs = std::move(inputs);
  if (request.repart_seed) {
    out.parameters.emplace_back("repart_seed", to_text(*request.repart_seed));
  }
  if (!request.partition.empty()) {
    out.parameters.emplace_back("partition", request.partition);
  }
  return out;
}

Result<std::vector<VerityFault>> verity_check(const VerityRequest& request, const std::string& tree,
                                              Bytes root_hash) {
  CUPEL_TRY(const FileSource image, FileSource::open(request.image));
  CUPEL_TRY(const FileSource file, FileSource::open(tree));
  CUPEL_TRY(Plan plan, plan_of(request, image));
  // The hash device: a file, or the partner of a partition in the same file.
  std::uint64_t begin = 0;
  std::uint64_t size = file.size();
  std::error_code absent;
  if (plan.hashes && request.hash_offset == 0 &&
      std::filesystem::equivalent(request.image, tree, absent)) {
    begin = plan.hashes->offset;
    size = plan.hashes->size;
  }
  CUPEL_TRY(const SourceRange device, SourceRange::of(file, begin, size));
  std::uint64_t at = request.hash_offset;
  if (request.tree_superblock) {
    CUPEL_TRY(std::ignore, use_superblock(plan, device, at, tree));
    const std::uint64_t block = plan.format.hash_block_size;
    at = (at + kVeritySuperblockSize + block - 1) / block * block;
  }
  CUPEL_TRY(const SourceRange data, SourceRange::of(image, plan.offset, plan.size));
  CUPEL_TRY(auto faults, verity_compare(data, plan.format, plan.data_blocks, device, at, root_hash,
                                        request.progress));
  // A single block has no tree: then even the root hash is the data's own.
  const bool no_tree = plan.data_blocks == 1 || data.size() / plan.format.data_block_size == 1;
  for (VerityFault& fault : faults) {
    const bool in_data = fault.kind == VerityFault::Kind::data_block || no_tree;
    fault.offset += in_data ? plan.offset : begin;
  }
  return faults;
}

}  // namespace cupel::measure

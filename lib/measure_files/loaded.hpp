// A file in memory, together with its entry for a recipe's list of inputs.
#pragma once

#include <cupel/measure/files.hpp>
#include <cupel/measure/recipe.hpp>

namespace cupel::measure {

inline constexpr std::size_t kMaxArtifact = std::size_t{1} << 30U;

struct Loaded {
  ByteVector content;
  RecipeInput input;
};

/// Without `digest` the entry is none for a recipe: it has no SHA-256.
/// Errors: those of read_artifact().
inline Result<Loaded> load(const std::string& role, const std::string& path,
                           std::size_t limit = kMaxArtifact, bool digest = true) {
  CUPEL_TRY(ByteVector content, read_artifact(path, limit));
  RecipeInput input{role, path, content.size(), {}};
  if (digest) {  // a pass over it
    input = recipe_input(role, path, content);
  }
  return Loaded{std::move(content), std::move(input)};
}

/// A file of the EFI system partition of a raw disk, or of the partition with this label.
/// Errors: those of FileSource at the path, of parse_partition_table() and of read_fat_file().
Result<ByteVector> read_disk_file(const std::string& disk, const std::string& partition,
                                  const std::string& path);

}  // namespace cupel::measure

// Recipes from files, and their inputs: read where the recipe says they were.
#include <cupel/measure/disk.hpp>
#include <cupel/measure/kinds.hpp>

#include "measure_files/loaded.hpp"

namespace cupel::measure {
namespace {

Result<std::shared_ptr<const Source>> open_input(const Recipe& recipe, const RecipeInput& input) {
  // "disk.raw:EFI/BOOT/BOOTX64.EFI": an image inside of a disk.
  const std::string file = recipe.parameter("disk_file");
  const std::string ending = ":" + file;
  if (!file.empty() && input.role == "uki" && input.name.ends_with(ending)) {
    const std::string disk = input.name.substr(0, input.name.size() - ending.size());
    CUPEL_TRY(ByteVector content, read_disk_file(disk, recipe.parameter("disk_partition"), file));
    return loaded_input(std::move(content));
  }
  CUPEL_TRY(FileSource source, FileSource::open(input.name));
  return std::shared_ptr<const Source>(std::make_shared<FileSource>(std::move(source)));
}

}  // namespace

Result<ByteVector> read_disk_file(const std::string& disk, const std::string& partition,
                                  const std::string& path) {
  CUPEL_TRY(const FileSource source, FileSource::open(disk));
  CUPEL_TRY(const auto table, parse_partition_table(source));
  Partition found;
  if (partition.empty()) {
    CUPEL_TRY(found, system_partition(table));
  } else {
    CUPEL_TRY(found, partition_by_label(table, partition));
  }
  CUPEL_TRY(const auto part, SourceRange::of(source, found.offset, found.size));
  CUPEL_TRY(ByteVector content, read_fat_file(part, path, kMaxArtifact));
  CUPEL_TRY(std::ignore, source.unchanged());
  return content;
}

Result<Recipe> read_recipe(const std::string& path) {
  CUPEL_TRY(const ByteVector text, read_artifact(path, 16U << 20U));
  return parse_recipe(as_text(text));
}

Result<std::vector<Explanation>> explain_from_files(const Recipe& recipe, Bytes found,
                                                    std::vector<std::string>& missing,
                                                    const ExplainOptions& options) {
  ExplainOptions all = options;
  if (!all.root) {
    all.root = [](const Source& data, const VerityFormat& format, std::uint64_t data_blocks) {
      return verity_root_on_threads(data, format, data_blocks, {}, 0);
    };
  }
  return explain(
      recipe, found, [&](const RecipeInput& input) { return open_input(recipe, input); }, missing,
      all);
}

}  // namespace cupel::measure

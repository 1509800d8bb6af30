// Why evidence says something else than a recipe: which single change of what went in would give
// the value that was found.
#pragma once

#include <cupel/measure/recipe.hpp>
#include <cupel/measure/verity.hpp>
#include <functional>
#include <memory>
#include <optional>

namespace cupel::measure {

struct Explanation {
  std::string value;   ///< name of the value that would become the one found
  std::string change;  ///< "without kernel (.linux)", "8 vCPUs instead of 4"
};

/// Brings an input again. What it brings must have the recipe's size and SHA-256. Images are read
/// piece by piece, the other inputs as a whole (at most 1 GiB).
using InputLoader = std::function<Result<std::shared_ptr<const Source>>(const RecipeInput& input)>;

/// Bytes in memory, for a loader.
std::shared_ptr<const Source> loaded_input(ByteVector content);

struct ExplainOptions {
  /// The value that was expected, by its name in the recipe ("pcr12"); empty: any of them.
  std::string of = {};
  /// Salts that a hash tree may have had, each with words for it ("with systemd-repart's salt").
  std::vector<std::pair<std::string, ByteVector>> salts = {};
  /// Computes root hashes; verity_root() on one thread, unless given.
  std::function<Result<VerityRoot>(const Source& data, const VerityFormat& format,
                                   std::uint64_t data_blocks)>
      root = {};
};

/// Tries single changes: for registers, each event left out, doubled or exchanged with the next,
/// each section left out, and an earlier boot attempt; for the kinds that can be computed again
/// (uki, secureboot, snp, tdx, pcr15, hostdata, eif, verity), each parameter's likely other values
/// and each of a boot's companions (64 at most) left out. Every explanation (for an image, whose
/// root hash takes long, the first), and none when no single change gives the value. Zeros are said
/// to be a register that nothing was measured into. An input that cannot be brought is passed over;
/// `missing` names it.
/// Errors: invalid_argument at "measure.explain" (the recipe has that value already, or none of
/// that length or name); too_large at "measure.explain" (registers of very many events).
Result<std::vector<Explanation>> explain(const Recipe& recipe, Bytes found, const InputLoader& load,
                                         std::vector<std::string>& missing,
                                         const ExplainOptions& options = {});

}  // namespace cupel::measure

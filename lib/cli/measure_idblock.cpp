// cupel measure idblock: what an owner signs for an SEV-SNP guest, and the digests of his keys.
#include <cupel/measure/snp.hpp>

#include "base/hex.hpp"
#include "cli/measure.hpp"

namespace cupel::cli {
namespace {

struct IdBlockOptions {
  MeasureOptions common;
  measure::IdBlock block;
  std::string measurement;
  std::string family_id;
  std::string image_id;
  std::string id_key;
  std::string author_key;
  std::string auth;
};

Result<Unit> sixteen(const std::string& hex, std::string_view option,
                     std::array<std::uint8_t, 16>& into) {
  if (!hex.empty()) {
    CUPEL_TRY(const ByteVector bytes, option_value(from_hex(hex, into.size(), option)));
    std::copy(bytes.begin(), bytes.end(), into.begin());
  }
  return Unit{};
}

Result<measure::Recipe> compute(const IdBlockOptions& options) {
  measure::IdBlock block = options.block;
  CUPEL_TRY(block.launch_digest, option_value(from_hex(options.measurement, 48, "--measurement")));
  CUPEL_TRY(std::ignore, sixteen(options.family_id, "--family-id", block.family_id));
  CUPEL_TRY(std::ignore, sixteen(options.image_id, "--image-id", block.image_id));
  measure::IdKeys keys;
  std::vector<measure::RecipeInput> inputs;
  if (!options.auth.empty()) {
    CUPEL_TRY(const Artifact auth, load_artifact("id_auth", options.auth, 1U << 16U));
    CUPEL_TRY(const ByteVector bytes, measure::marshal(block));
    CUPEL_TRY(keys, measure::check_id_auth(bytes, auth.content));
    inputs.push_back(auth.input);
  }
  const auto add = [&](const std::string& role, const std::string& path,
                       ByteVector& into) -> Result<Unit> {
    if (!path.empty()) {
      CUPEL_TRY(const Artifact key, load_artifact(role, path, 1U << 16U));
      CUPEL_TRY(into, measure::id_key_digest(key.content));
      inputs.push_back(key.input);
    }
    return Unit{};
  };
  CUPEL_TRY(std::ignore, add("id_key", options.id_key, keys.id_key_digest));
  CUPEL_TRY(std::ignore, add("author_key", options.author_key, keys.author_key_digest));
  CUPEL_TRY(measure::Recipe recipe, measure::id_block_recipe(block, keys));
  recipe.inputs = std::move(inputs);
  return recipe;
}

}  // namespace

void add_measure_idblock(CLI::App& parent, int& exit) {
  auto options = std::make_shared<IdBlockOptions>();
  CLI::App* app = add_measure_kind(
      parent, "idblock", "The ID block of an SEV-SNP guest and the digests of its owner's keys",
      options->common);
  app->add_option("--measurement", options->measurement, "The launch digest")
      ->required()
      ->type_name("HEX");
  app->add_option("--family-id", options->family_id, "16 bytes")->type_name("HEX");
  app->add_option("--image-id", options->image_id, "16 bytes")->type_name("HEX");
  app->add_option("--block-version", options->block.version, "Of the block's form")
      ->capture_default_str();
  app->add_option("--guest-svn", options->block.guest_svn, "The guest's security version")
      ->capture_default_str();
  app->add_option("--guest-policy", options->block.policy, "The guest's policy, 0x30000 or others");
  auto* id_key = app->add_option("--id-key", options->id_key, "The owner's public ID key (P-384)")
                     ->type_name("FILE");
  auto* author_key =
      app->add_option("--author-key", options->author_key, "The owner's public author key (P-384)")
          ->type_name("FILE");
  app->add_option("--auth", options->auth,
                  "Check the signatures of this ID authentication block, and take the keys from it")
      ->type_name("FILE")
      ->excludes(id_key)
      ->excludes(author_key);
  app->callback(
      [options, &exit] { exit = run_measure(options->common, [&] { return compute(*options); }); });
}

}  // namespace cupel::cli

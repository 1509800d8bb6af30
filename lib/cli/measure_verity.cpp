// cupel measure verity: dm-verity root hashes, hash trees, and where an image is not what a tree
// says.
#include "base/hex.hpp"
#include "cli/measure.hpp"
#include "cli/progress.hpp"
#include "codec/json.hpp"

namespace cupel::cli {
namespace {

using measure::Recipe;

struct VerityOptions {
  MeasureOptions common;
  measure::VerityRequest request;
  std::string hash = "sha256";
  std::string salt = "-";
  std::string seed;
  std::string uuid = "00000000-0000-0000-0000-000000000000";
  std::string repart;
  bool no_superblock = false;
  std::string verify;
  std::string root_hash;
  std::string blindllama;
};

Result<ByteVector> salt_of(const VerityOptions& options) {
  return options.salt == "-" ? Result<ByteVector>(ByteVector{})
                             : option_value(from_hex(options.salt, "--salt"));
}

Result<measure::VerityRequest> complete(const VerityOptions& options, measure::Progress progress) {
  measure::VerityRequest out = options.request;
  CUPEL_TRY(out.format.algorithm, option_value(measure::algorithm_by_name(options.hash, "--hash")));
  CUPEL_TRY(out.format.salt, salt_of(options));
  if (!options.seed.empty()) {
    CUPEL_TRY(out.repart_seed,
              option_value(measure::uuid_from_text(options.seed, "--repart-seed")));
  }
  CUPEL_TRY(out.uuid, option_value(measure::uuid_from_text(options.uuid, "--uuid")));
  out.tree_superblock = !options.no_superblock;
  out.inputs = options.common.recipe.has_value();
  out.progress = std::move(progress);
  return out;
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

// What the root hash must be, and who says so; read before anything is hashed.
struct Expected {
  std::string by;
  ByteVector root_hash;
};

Result<std::vector<Expected>> expected(const VerityOptions& options) {
  std::vector<Expected> out;
  if (!options.repart.empty()) {
    CUPEL_TRY(const std::string text, repart_root_hash(options.repart, options.request.partition));
    CUPEL_TRY(ByteVector named, from_hex(text, "repart.roothash"));
    out.push_back({options.repart, std::move(named)});
  }
  if (!options.root_hash.empty()) {
    CUPEL_TRY(ByteVector named, option_value(from_hex(options.root_hash, "--root-hash")));
    out.push_back({"--root-hash", std::move(named)});
  }
  return out;
}

// Options that nothing would take notice of.
Result<Unit> suits(const CLI::App& app, const VerityOptions& options) {
  const bool verify = !options.verify.empty();
  if (options.common.recipe == options.request.write_tree) {
    return Error{Code::invalid_argument, "--recipe", kNoOffset, "is the file of --write-tree"};
  }
  if (app.count("--hash-offset") > 0 && !verify && options.request.superblock.empty()) {
    return Error{Code::invalid_argument, "--hash-offset", kNoOffset,
                 "is a place in the file of --verify or --superblock; --write-tree begins at 0"};
  }
  if (options.no_superblock && !verify && options.request.write_tree.empty()) {
    return Error{Code::invalid_argument, "--no-superblock", kNoOffset,
                 "says something of --write-tree and --verify only"};
  }
  for (const char* name : {"--hash", "--format", "--data-block-size", "--hash-block-size", "--salt",
                           "--repart-seed", "--data-blocks"}) {
    if (verify && !options.no_superblock && app.count(name) > 0) {
      return Error{Code::invalid_argument, name, kNoOffset,
                   "the superblock of --verify's tree says it, unless there is --no-superblock"};
    }
  }
  return Unit{};
}

int verify(const VerityOptions& options) {
  const auto faults = [&]() -> Result<std::vector<measure::VerityFault>> {
    const ProgressBar bar(options.common.output);
    CUPEL_TRY(const measure::VerityRequest request, complete(options, bar.callback()));
    CUPEL_TRY(const ByteVector root, option_value(from_hex(options.root_hash, "--root-hash")));
    return measure::verity_check(request, options.verify, root);
  }();
  if (!faults) {
    return options.common.output.fail(faults.error());
  }
  if (!faults->empty()) {
    const measure::VerityFault& fault = faults->front();
    return options.common.output.fail(
        Error{Code::digest_mismatch, "measure.verity." + std::string(to_string(fault.kind)),
              static_cast<std::size_t>(fault.offset),
              "block " + std::to_string(fault.block) + ": " + fault.text});
  }
  options.common.output.text("the image is what the tree and the root hash say\n");
  options.common.output.object(
      json::Object{{"schema", "cupel.measure-verify/1"}, {"verdict", "accepted"}});
  return exit_code(Outcome::accepted);
}

Result<Recipe> compute(const VerityOptions& options) {
  const ProgressBar bar(options.common.output);
  CUPEL_TRY(measure::VerityRequest request, complete(options, bar.callback()));
  CUPEL_TRY(const std::vector<Expected> all, expected(options));
  request.accept = [&all](Bytes root) -> Result<Unit> {
    for (const Expected& one : all) {
      if (one.root_hash != to_vector(root)) {
        return mismatch(one.by, one.root_hash, root);
      }
    }
    return Unit{};
  };
  return measure::verity_recipe(request);
}

int run(const CLI::App& app, const VerityOptions& options) {
  if (auto right = suits(app, options); !right) {
    return options.common.output.fail(right.error());
  }
  if (!options.verify.empty()) {
    return verify(options);
  }
  if (options.blindllama.empty()) {
    return run_measure(options.common, [&] { return compute(options); });
  }
  if (auto known = outputs_are_free(options.common, options.blindllama); !known) {
    return options.common.output.fail(known.error());
  }
  // application.json, as BlindLlama's generate_security_config.py writes it.
  const auto recipe = compute(options);
  if (!recipe) {
    return options.common.output.fail(recipe.error());
  }
  const std::string text =
      "{\"application_disk_roothash\": \"" + to_hex(recipe->values.at(0).value) + "\"}";
  if (auto done = write_artifact(options.blindllama, as_bytes(text)); !done) {
    return options.common.output.fail(done.error());
  }
  return report(options.common, *recipe);
}

// How blocks are hashed; the options themselves, for those that exclude them.
std::vector<CLI::Option*> add_format(CLI::App& app, VerityOptions& options) {
  measure::VerityFormat& format = options.request.format;
  auto* hash = app.add_option("--hash", options.hash, "sha1, sha256, sha384 or sha512")
                   ->capture_default_str();
  auto* type = app.add_option("--format", format.hash_type, "Hash type: 1, or 0 for Chrome OS")
                   ->capture_default_str();
  auto* data = app.add_option("--data-block-size", format.data_block_size, "In bytes")
                   ->capture_default_str();
  auto* tree = app.add_option("--hash-block-size", format.hash_block_size, "In bytes")
                   ->capture_default_str();
  auto* salt =
      app.add_option("--salt", options.salt, "Hexadecimal, or - for none")->capture_default_str();
  auto* seed = app.add_option("--repart-seed", options.seed,
                              "The salt systemd-repart derives from this seed")
                   ->excludes(salt)
                   ->type_name("UUID");
  return {hash, type, data, tree, salt, seed};
}

}  // namespace

void add_measure_verity(CLI::App& parent, int& exit) {
  auto options = std::make_shared<VerityOptions>();
  CLI::App* app =
      add_measure_kind(parent, "verity", "The dm-verity root hash of an image", options->common);
  app->add_option("IMAGE", options->request.image, "The data: a file, or part of one")->required();
  const std::vector<CLI::Option*> format = add_format(*app, *options);
  auto* uuid = app->add_option("--uuid", options->uuid, "For the superblock of --write-tree");
  auto* blocks = app->add_option("--data-blocks", options->request.data_blocks,
                                 "Only so many blocks; 0 for all");
  auto* offset =
      app->add_option("--offset", options->request.offset, "Where the data starts, in bytes");
  auto* size = app->add_option("--size", options->request.size, "How long it is, in bytes");
  auto* partition =
      app->add_option("--partition", options->request.partition,
                      "The GPT partition with this label; format, salt and length come from the "
                      "partition labelled LABEL-verity, and both must name the root hash")
          ->type_name("LABEL")
          ->excludes(offset)
          ->excludes(size)
          ->excludes(blocks);
  app->add_option("--data-partition", options->request.data_partition,
                  "The GPT partition with this label, by itself: hashed as the options say")
      ->type_name("LABEL")
      ->excludes(offset)
      ->excludes(size)
      ->excludes(partition);
  auto* repart =
      app->add_option("--repart-json", options->repart,
                      "What systemd-repart --json printed; its roothash must be the one computed")
          ->type_name("FILE")
          ->needs(partition);
  auto* superblock = app->add_option("--superblock", options->request.superblock,
                                     "Take format, salt and number of blocks from this hash device")
                         ->type_name("FILE")
                         ->excludes(partition);
  for (CLI::Option* option : format) {  // both say themselves how the data were hashed
    option->excludes(partition)->excludes(superblock);
  }
  app->add_flag("--no-superblock", options->no_superblock, "The tree has none");
  auto* write = app->add_option("--write-tree", options->request.write_tree,
                                "Write the hash device that veritysetup can open to this new file")
                    ->type_name("FILE");
  uuid->needs(write);
  app->add_flag("--force", options->request.force, "--write-tree may replace a file")->needs(write);
  auto* root = app->add_option("--root-hash", options->root_hash, "The root hash must be this one");
  auto* blindllama =
      app->add_option("--blindllama", options->blindllama, "Write BlindLlama's application.json")
          ->type_name("FILE");
  app->add_option("--verify", options->verify,
                  "Compare the image with this hash device, and name the first bad block")
      ->type_name("FILE")
      ->needs(root)
      ->excludes(write)
      ->excludes(superblock)
      ->excludes(repart)
      ->excludes(blindllama)
      ->excludes(app->get_option("--recipe"))  // it computes no value
      ->excludes(app->get_option("--policy"));
  app->add_option("--hash-offset", options->request.hash_offset,
                  "Where the superblock, or else the tree, starts in its file");
  app->add_option("--threads", options->request.threads, "At most so many; 0 for one a processor");
  app->callback([options, app, &exit] { exit = run(*app, *options); });
}

}  // namespace cupel::cli

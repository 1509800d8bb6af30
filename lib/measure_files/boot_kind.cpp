// Boots: the image and its companions, from a folder or from a raw disk.
#include <algorithm>
#include <cupel/measure/kinds.hpp>
#include <filesystem>

#include "crypto/digest.hpp"
#include "measure/verity_blocks.hpp"
#include "measure_files/loaded.hpp"

namespace cupel::measure {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMaxVariable = 1U << 20U;

Result<std::vector<Companion>> files_in(const std::string& role, const std::string& folder,
                                        std::string_view suffix, std::vector<RecipeInput>& inputs) {
  std::vector<Companion> out;
  if (folder.empty()) {
    return out;
  }
  std::error_code failed;
  std::vector<fs::path> paths;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    paths.push_back(it->path());
  }
  if (failed) {
    return Error{Code::invalid_argument, folder, kNoOffset,
                 "cannot be listed: " + failed.message()};
  }
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) {
    std::string name = path.filename().string();
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    if (name.size() > suffix.size() && name.ends_with(suffix)) {
      CUPEL_TRY(Loaded file, load(role, path.string()));
      out.push_back({path.filename().string(), std::move(file.content)});
      inputs.push_back(std::move(file.input));
    }
  }
  return out;
}

// Whether the path is a folder; nothing there is no folder. What cannot be looked at is an error:
// its files would count, if there were any.
Result<bool> is_folder(const std::string& path) {
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  if (status.type() == fs::file_type::none) {
    return Error{Code::invalid_argument, path, kNoOffset,
                 "cannot be examined: " + failed.message()};
  }
  return fs::is_directory(status);
}

// The image itself, or a file of a partition of a raw disk.
Result<ByteVector> load_uki(const BootRequest& request, std::vector<RecipeInput>& inputs) {
  if (!request.disk) {
    CUPEL_TRY(Loaded file, load("uki", request.image, kMaxArtifact, request.inputs));
    inputs.push_back(std::move(file.input));
    return std::move(file.content);
  }
  CUPEL_TRY(ByteVector uki, read_disk_file(request.image, request.partition, request.path));
  if (request.inputs) {
    inputs.push_back(recipe_input("uki", request.image + ":" + request.path, uki));
  }
  return uki;
}

Result<Unit> load_companions(const BootRequest& request, BootPlan& plan,
                             std::vector<RecipeInput>& inputs) {
  for (const std::string& path : request.loaders) {
    CUPEL_TRY(Loaded file, load("loader", path));
    plan.loaders.push_back({fs::path(path).filename().string(), std::move(file.content)});
    inputs.push_back(std::move(file.input));
  }
  CUPEL_TRY(plan.addons, files_in("addon", request.extra, ".addon.efi", inputs));
  CUPEL_TRY(plan.credentials, files_in("credential", request.extra, ".cred", inputs));
  CUPEL_TRY(plan.extensions, files_in("extension", request.extra, ".raw", inputs));
  const std::string& loader = request.loader_folder;
  if (loader.empty()) {
    return Unit{};
  }
  CUPEL_TRY(const bool there, is_folder(loader));
  CUPEL_TRY(const bool addons, is_folder(loader + "/addons"));
  CUPEL_TRY(const bool credentials, is_folder(loader + "/credentials"));
  if (!there) {
    return Error{Code::invalid_argument, loader, kNoOffset, "is not a folder"};
  }
  if (addons) {
    CUPEL_TRY(plan.global_addons,
              files_in("global_addon", loader + "/addons", ".addon.efi", inputs));
  }
  if (credentials) {
    CUPEL_TRY(plan.global_credentials,
              files_in("global_credential", loader + "/credentials", ".cred", inputs));
  }
  return Unit{};
}

Result<SecureBootPlan> load_keys(const SecureBootRequest& request,
                                 std::vector<RecipeInput>& inputs) {
  SecureBootPlan plan;
  const auto variable = [&](const std::string& role, const std::string& path,
                            ByteVector& into) -> Result<Unit> {
    if (!path.empty()) {
      CUPEL_TRY(Loaded file, load(role, path, kMaxVariable));
      into = std::move(file.content);
      inputs.push_back(std::move(file.input));
    }
    return Unit{};
  };
  CUPEL_TRY(std::ignore, variable("PK", request.pk, plan.pk));
  CUPEL_TRY(std::ignore, variable("KEK", request.kek, plan.kek));
  CUPEL_TRY(std::ignore, variable("db", request.db, plan.db));
  CUPEL_TRY(std::ignore, variable("dbx", request.dbx, plan.dbx));
  for (const std::string& path : request.images) {
    CUPEL_TRY(Loaded file, load("image", path));
    plan.images.push_back({path, std::move(file.content)});
    inputs.push_back(std::move(file.input));
  }
  if (request.firmware_without && !request.pk.empty()) {
    return Error{Code::invalid_argument, "measure.secureboot.firmware_without", kNoOffset,
                 "firmware without Secure Boot has no platform key"};
  }
  // Without an entry in PK firmware is in setup mode (UEFI 2.10, 32.3).
  CUPEL_TRY(const std::vector<DbEntry> platform, parse_signature_lists(plan.pk));
  plan.enabled = !platform.empty() && !request.off;
  plan.firmware_without = request.firmware_without;
  plan.stub = request.stub;
  return plan;
}

}  // namespace

Result<Recipe> boot_recipe(const BootRequest& request) {
  std::vector<RecipeInput> inputs;
  CUPEL_TRY(const ByteVector uki, load_uki(request, inputs));
  BootPlan plan = request.plan;
  plan.uki = uki;
  CUPEL_TRY(std::ignore, load_companions(request, plan, inputs));
  CUPEL_TRY(Recipe recipe, predict_boot(plan, request.bank));
  if (!request.phases.empty()) {
    CUPEL_TRY(const auto image, PeImage::parse(uki));
    CUPEL_TRY(const auto sections, measured_sections(image, plan.stub, plan.profile));
    Registers registers(request.bank);
    extend_sections(registers, sections);
    extend_phases(registers, request.phases);
    const std::string name = "pcr11:" + request.phases;
    if (recipe.value(name) == nullptr) {  // it may be one of the usual ones
      recipe.values.push_back(
          {name, std::string(to_string(request.bank)), registers.value(11), {}});
    }
  }
  if (!request.phases.empty()) {
    recipe.parameters.emplace_back("phases", request.phases);
  }
  if (request.disk) {
    recipe.parameters.emplace_back("disk_file", request.path);
    recipe.parameters.emplace_back("disk_partition", request.partition);
  }
  if (request.inputs) {
    recipe.inputs = std::move(inputs);
  }
  return recipe;
}

Result<Recipe> pe_recipe(const PeRequest& request) {
  CUPEL_TRY(Loaded file, load("image", request.image, kMaxArtifact, request.inputs));
  CUPEL_TRY(const auto image, PeImage::parse(file.content));
  Recipe out;
  out.kind = "pe";
  for (const Algorithm algorithm : request.banks) {
    const std::string name(to_string(algorithm));
    const std::string value = "authenticode_" + name;
    out.values.push_back({value, name, image.authenticode(algorithm), {}});
    for (const PePart& part : request.inputs ? image.parts() : std::vector<PePart>()) {
      out.events.push_back({value, part.what, crypto::digest(crypto_hash(algorithm), part.bytes)});
    }
  }
  const bool sha256 = std::ranges::find(request.banks, Algorithm::sha256) != request.banks.end();
  if (file.content.size() % 8 != 0 && sha256) {
    out.values.push_back(
        {"after_signing_sha256", "sha256", image.authenticode(Algorithm::sha256, true), {}});
    out.notes.push_back(
        "the file's length is no multiple of eight: signing tools pad it, and pesign since 113 "
        "prints the padded digest; firmware measures this file without padding");
  }
  if (request.inputs) {
    out.inputs = {std::move(file.input)};
  }
  return out;
}

Result<Recipe> secure_boot_recipe(const SecureBootRequest& request, Algorithm bank) {
  std::vector<RecipeInput> inputs;
  CUPEL_TRY(const SecureBootPlan plan, load_keys(request, inputs));
  CUPEL_TRY(Recipe recipe, predict_pcr7(plan, bank));
  if (!request.pk.empty() && !plan.enabled && !request.off) {
    recipe.notes.push_back("the platform key has no entry: in setup mode Secure Boot is off");
  }
  recipe.inputs = std::move(inputs);
  return recipe;
}

Result<Recipe> nitro_tpm_file_recipe(const SecureBootRequest& request) {
  std::vector<RecipeInput> inputs;
  CUPEL_TRY(const SecureBootPlan plan, load_keys(request, inputs));
  CUPEL_TRY(Recipe recipe, nitro_tpm_recipe(plan));
  recipe.inputs = std::move(inputs);
  return recipe;
}

Result<std::string> nitro_tpm_of_files(const SecureBootRequest& request) {
  CUPEL_TRY(const Recipe recipe, nitro_tpm_file_recipe(request));
  return nitro_tpm_measurements(recipe);
}

}  // namespace cupel::measure

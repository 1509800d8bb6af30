// Boots, computed again from the image, its companions and the keys of the recipe.
#include <algorithm>
#include <cupel/measure/secureboot.hpp>

#include "measure/explain_again.hpp"

namespace cupel::measure {
namespace {

constexpr std::size_t kMaxLeftOut = 64;

std::string file_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

// Where a companion belongs, by its role in the recipe.
std::vector<Companion>* place_of(BootPlan& plan, std::string_view role) {
  if (role == "loader") {
    return &plan.loaders;
  }
  if (role == "addon") {
    return &plan.addons;
  }
  if (role == "global_addon") {
    return &plan.global_addons;
  }
  if (role == "credential") {
    return &plan.credentials;
  }
  if (role == "global_credential") {
    return &plan.global_credentials;
  }
  return role == "extension" ? &plan.extensions : nullptr;
}

}  // namespace

void Again::uki() {
  const auto image = input("uki");
  const auto bank = algorithm_by_name(recipe_.parameter("bank"), "bank");
  if (!image || !bank) {
    return;
  }
  BootPlan base;
  base.uki = *image;
  base.stub = static_cast<unsigned>(number("stub"));
  base.secure_boot = flag("secure_boot");
  base.returning = flag("returning");
  base.profile = static_cast<unsigned>(number("profile"));
  base.loader_options = recipe_.parameter("loader_options");
  struct Place {
    std::string role;
    std::size_t index;
    std::string name;
  };
  std::vector<Place> companions;
  for (const RecipeInput& entry : recipe_.inputs) {
    std::vector<Companion>* place = place_of(base, entry.role);
    if (place == nullptr) {
      continue;
    }
    auto bytes = content(entry);
    if (!bytes) {
      return;
    }
    companions.push_back({entry.role, place->size(), file_name(entry.name)});
    place->push_back({file_name(entry.name), std::move(*bytes)});
  }
  const std::string phases = recipe_.parameter("phases");
  const auto with = [&](const std::string& change, const auto& edit) {
    BootPlan plan = base;
    edit(plan);
    Result<Recipe> other = predict_boot(plan, *bank);
    if (other && !phases.empty()) {
      Registers registers(*bank);
      const auto parsed = PeImage::parse(plan.uki);
      const auto sections = parsed ? measured_sections(*parsed, plan.stub, plan.profile)
                                   : Result<std::vector<MeasuredSection>>(parsed.error());
      if (sections) {
        extend_sections(registers, *sections);
        extend_phases(registers, phases);
        offer("pcr11:" + phases, registers.value(11), change);
      }
    }
    offer(other, change);
  };
  for (const unsigned stub : {252U, 254U, 256U, 257U, 258U}) {
    with("systemd-stub " + std::to_string(stub), [&](BootPlan& plan) { plan.stub = stub; });
  }
  with(base.secure_boot ? "with Secure Boot off" : "with Secure Boot on",
       [](BootPlan& plan) { plan.secure_boot = !plan.secure_boot; });
  for (unsigned profile = 0; profile < 8; ++profile) {
    with("profile " + std::to_string(profile), [&](BootPlan& plan) { plan.profile = profile; });
  }
  with("without the command line that the boot loader passes",
       [](BootPlan& plan) { plan.loader_options.reset(); });
  for (std::size_t i = 0; i < std::min(companions.size(), kMaxLeftOut); ++i) {
    const Place& place = companions[i];
    with("without " + place.role + " " + place.name, [&](BootPlan& plan) {
      std::vector<Companion>& all = *place_of(plan, place.role);
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(place.index));
    });
  }
}

void Again::secureboot() {
  const auto bank = algorithm_by_name(recipe_.parameter("bank"), "bank");
  if (!bank) {
    return;
  }
  SecureBootPlan base;
  base.enabled = flag("enabled");
  base.firmware_without = flag("firmware_without");
  const auto variable_of = [](SecureBootPlan& plan, std::string_view role) {
    return role == "PK"    ? &plan.pk
           : role == "KEK" ? &plan.kek
           : role == "db"  ? &plan.db
           : role == "dbx" ? &plan.dbx
                           : nullptr;
  };
  std::vector<std::string> roles;
  for (const RecipeInput& entry : recipe_.inputs) {
    auto bytes = content(entry);
    if (!bytes) {
      return;
    }
    if (ByteVector* variable = variable_of(base, entry.role)) {
      roles.push_back(entry.role);
      *variable = std::move(*bytes);
    } else if (entry.role == "image") {
      base.images.push_back({entry.name, std::move(*bytes)});
    }
  }
  const auto with = [&](const std::string& change, const auto& edit) {
    SecureBootPlan plan = base;
    edit(plan);
    offer(predict_pcr7(plan, *bank), change);
  };
  with(base.enabled ? "with Secure Boot off" : "with Secure Boot on",
       [](SecureBootPlan& plan) { plan.enabled = !plan.enabled; });
  with(base.firmware_without ? "with firmware built with Secure Boot"
                             : "with firmware built without Secure Boot",
       [](SecureBootPlan& plan) { plan.firmware_without = !plan.firmware_without; });
  for (const std::string& role : roles) {
    with("with " + role + " unset",
         [&](SecureBootPlan& plan) { variable_of(plan, role)->clear(); });
  }
  for (std::size_t i = 0; i < std::min(base.images.size(), kMaxLeftOut); ++i) {
    with("without image " + file_name(base.images[i].name), [&](SecureBootPlan& plan) {
      plan.images.erase(plan.images.begin() + static_cast<std::ptrdiff_t>(i));
    });
  }
}

}  // namespace cupel::measure

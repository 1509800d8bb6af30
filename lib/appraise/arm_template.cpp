// Container groups of ARM templates, read for one thing: the policy that each runs under.
#include <algorithm>
#include <cupel/make_policy.hpp>

#include "appraise/policy_json.hpp"
#include "base/base64.hpp"
#include "codec/json.hpp"
#include "crypto/digest.hpp"

namespace cupel {
namespace {

constexpr std::string_view kPlace = "properties.confidentialComputeProperties.ccePolicy";

Result<json::Value> parsed(const PolicyFile& file) {
  auto value = json::parse(as_text(file.content), file.name, {.max_depth = 64});
  if (!value) {
    return policy_error(file.name, "is not strict JSON: " + to_string(value.error()));
  }
  return std::move(value).value();
}

// ARM compares names of types without regard to case.
bool is_container_group(const json::Value& resource) {
  const json::Value* type = resource.find("type");
  const std::string* text = type != nullptr ? type->string() : nullptr;
  if (text == nullptr) {
    return false;
  }
  std::string lower = *text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower == "microsoft.containerinstance/containergroups" ||
         lower == "microsoft.containerinstance/containergroupprofiles";
}

class Template {
 public:
  Template(const PolicyFile& file, const json::Value& document, const json::Value* parameters)
      : file_(file.name), document_(document), parameters_(parameters) {}

  Result<std::vector<ContainerGroup>> groups() const {
    std::vector<ContainerGroup> out;
    const json::Value* resources = document_.find("resources");
    // A list, or (language version 2.0) an object with a name for each.
    if (resources != nullptr && resources->array() != nullptr) {
      for (std::size_t i = 0; i < resources->array()->size(); ++i) {
        CUPEL_TRY([[maybe_unused]] auto added,
                  add((*resources->array())[i], "resources[" + std::to_string(i) + "]", out));
      }
    } else if (resources != nullptr && resources->object() != nullptr) {
      for (const auto& [name, resource] : *resources->object()) {
        CUPEL_TRY([[maybe_unused]] auto added, add(resource, "resources." + name, out));
      }
    } else {
      return error("resources", "is missing: this is no ARM template");
    }
    if (out.empty()) {
      return error("resources", "has no container group");
    }
    return out;
  }

 private:
  Error error(const std::string& path, std::string detail) const {
    return policy_error(file_ + ": " + path, std::move(detail));
  }

  Result<Unit> add(const json::Value& resource, const std::string& path,
                   std::vector<ContainerGroup>& out) const {
    if (!is_container_group(resource)) {
      return Unit{};
    }
    const std::string where = path + "." + std::string(kPlace);
    const json::Value* here = &resource;
    for (const auto* name : {"properties", "confidentialComputeProperties", "ccePolicy"}) {
      here = here->find(name);
      if (here == nullptr) {
        return error(where, "is missing: this group is not confidential");
      }
    }
    if (here->string() == nullptr) {
      return error(where, "must be of type string");
    }
    CUPEL_TRY(const std::string text, resolved(*here->string(), where));
    if (text.empty()) {
      return error(where, "is empty: run `az confcom acipolicygen` on the template first");
    }
    const auto rego = from_base64(text, where);
    if (!rego) {
      return error(where, "is no base64: " + rego.error().detail);
    }
    const json::Value* name = resource.find("name");
    const std::string* label = name != nullptr ? name->string() : nullptr;
    out.push_back(ContainerGroup{label != nullptr ? *label : path, crypto::sha256(*rego)});
    return Unit{};
  }

  // The text itself, or the value of the parameter it names. The digest of an expression would be
  // the digest of nothing that runs.
  Result<std::string> resolved(const std::string& text, const std::string& where) const {
    if (!text.starts_with('[')) {
      return text;
    }
    constexpr std::string_view kBefore = "[parameters('";
    constexpr std::string_view kAfter = "')]";
    if (!text.starts_with(kBefore) || !text.ends_with(kAfter) ||
        text.size() <= kBefore.size() + kAfter.size()) {
      return error(where, "is an expression other than [parameters('name')]");
    }
    const std::string name =
        text.substr(kBefore.size(), text.size() - kBefore.size() - kAfter.size());
    const json::Value* value = member(parameters_, name, "value");
    if (value == nullptr) {
      value = member(&document_, name, "defaultValue");
    }
    if (value == nullptr || value->string() == nullptr) {
      return error(where, "is the parameter '" + name +
                              "', which no parameters file and no default gives as a text");
    }
    if (value->string()->starts_with('[')) {
      return error(where, "is the parameter '" + name + "', whose value is an expression again");
    }
    return *value->string();
  }

  static const json::Value* member(const json::Value* document, const std::string& name,
                                   std::string_view key) {
    for (const std::string_view step :
         {std::string_view("parameters"), std::string_view(name), key}) {
      document = document != nullptr ? document->find(step) : nullptr;
    }
    return document;
  }

  std::string file_;
  const json::Value& document_;
  const json::Value* parameters_;
};

}  // namespace

Result<std::vector<ContainerGroup>> container_groups(const PolicyFile& arm_template,
                                                     const PolicyFile* parameters) {
  CUPEL_TRY(const json::Value document, parsed(arm_template));
  if (parameters == nullptr) {
    return Template(arm_template, document, nullptr).groups();
  }
  CUPEL_TRY(const json::Value given, parsed(*parameters));
  return Template(arm_template, document, &given).groups();
}

}  // namespace cupel

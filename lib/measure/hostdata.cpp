#include <algorithm>
#include <cupel/measure/hostdata.hpp>

#include "base/base64.hpp"
#include "codec/json.hpp"
#include "crypto/digest.hpp"

namespace cupel::measure {
namespace {

constexpr json::Limits kLimits{.max_size = 16U << 20U, .max_depth = 64};
constexpr std::string_view kGroup = "Microsoft.ContainerInstance/containerGroups";
constexpr std::string_view kDeployment = "Microsoft.Resources/deployments";

Error error(Code code, std::string_view field, std::string detail) {
  return Error{code, "measure.hostdata." + std::string(field), kNoOffset, std::move(detail)};
}

std::string folded(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

// ARM compares names without case.
const json::Value* member(const json::Value* object, std::string_view name) {
  if (object == nullptr || object->object() == nullptr) {
    return nullptr;
  }
  for (const auto& [key, value] : *object->object()) {
    if (folded(key) == folded(name)) {
      return &value;
    }
  }
  return nullptr;
}

std::string text_at(const json::Value& object, std::string_view key) {
  const json::Value* found = member(&object, key);
  return found != nullptr && found->string() != nullptr ? *found->string() : std::string();
}

// "[parameters('name')]" and nothing else.
std::optional<std::string> parameter_name(std::string_view expression) {
  constexpr std::string_view kBefore = "[parameters('";
  constexpr std::string_view kAfter = "')]";
  if (!expression.starts_with(kBefore) || !expression.ends_with(kAfter) ||
      expression.size() <= kBefore.size() + kAfter.size()) {
    return std::nullopt;
  }
  const std::string_view name =
      expression.substr(kBefore.size(), expression.size() - kBefore.size() - kAfter.size());
  return name.find('\'') == std::string_view::npos ? std::optional(std::string(name))
                                                   : std::nullopt;
}

class Template {
 public:
  explicit Template(const json::Value* parameters) : values_(member(parameters, "parameters")) {}

  Result<std::vector<CcePolicy>> policies(const json::Value& document) {
    CUPEL_TRY(std::ignore, visit(document, 0));
    if (out_.empty()) {
      return error(Code::missing_field, "template", "no confidential container group");
    }
    return out_;
  }

 private:
  Result<Unit> visit(const json::Value& document, unsigned depth) {
    const json::Value* resources = member(&document, "resources");
    if (resources == nullptr || depth > 8) {
      return Unit{};
    }
    std::vector<const json::Value*> items;
    if (const json::Array* list = resources->array()) {
      for (const json::Value& item : *list) {
        items.push_back(&item);
      }
    } else if (const json::Object* named = resources->object()) {
      for (const auto& [key, item] : *named) {
        items.push_back(&item);
      }
    }
    for (const json::Value* item : items) {
      const std::string type = folded(text_at(*item, "type"));
      if (type == folded(kGroup)) {
        CUPEL_TRY(std::ignore, group(*item, document));
      } else if (type == folded(kDeployment)) {
        const json::Value* nested = member(member(item, "properties"), "template");
        if (nested != nullptr) {
          CUPEL_TRY(std::ignore, visit(*nested, depth + 1));
        }
      }
    }
    return Unit{};
  }

  Result<Unit> group(const json::Value& item, const json::Value& document) {
    const json::Value* confidential =
        member(member(&item, "properties"), "confidentialComputeProperties");
    if (confidential == nullptr) {
      return Unit{};  // an ordinary group
    }
    const json::Value* policy = member(confidential, "ccePolicy");
    if (policy == nullptr || policy->string() == nullptr) {
      return error(Code::missing_field, "template.ccePolicy",
                   "group " + text_at(item, "name") + " has no policy");
    }
    CUPEL_TRY(const std::string text, resolved(*policy->string(), document));
    CUPEL_TRY(ByteVector decoded, decode_cce_policy(text));
    out_.push_back({text_at(item, "name"), std::move(decoded)});
    return Unit{};
  }

  Result<std::string> resolved(const std::string& text, const json::Value& document) const {
    if (!text.starts_with('[')) {
      return text;
    }
    const std::optional<std::string> name = parameter_name(text);
    if (!name) {
      return error(Code::bad_encoding, "template.ccePolicy",
                   "an expression that only Azure can evaluate");
    }
    const json::Value* value = member(member(values_, *name), "value");
    if (value == nullptr) {
      value = member(member(member(&document, "parameters"), *name), "defaultValue");
    }
    if (value == nullptr || value->string() == nullptr) {
      return error(Code::missing_field, "parameters." + *name,
                   "neither the parameters file nor a default gives it");
    }
    return *value->string();
  }

  const json::Value* values_;
  std::vector<CcePolicy> out_;
};

}  // namespace

Result<ByteVector> decode_cce_policy(std::string_view text) {
  std::string joined;
  std::ranges::copy_if(text, std::back_inserter(joined),
                       [](char c) { return c != '\r' && c != '\n'; });
  if (joined.empty()) {
    return error(Code::missing_field, "policy", "the policy is empty: run az confcom acipolicygen");
  }
  return from_base64(joined, "measure.hostdata.policy");
}

Result<std::vector<CcePolicy>> cce_policies(std::string_view template_json,
                                            const std::optional<std::string>& parameters_json) {
  CUPEL_TRY(const json::Value document,
            json::parse(template_json, "measure.hostdata.template", kLimits));
  json::Value parameters;
  if (parameters_json) {
    CUPEL_TRY(parameters, json::parse(*parameters_json, "measure.hostdata.parameters", kLimits));
  }
  return Template(&parameters).policies(document);
}

Recipe hostdata_recipe(const std::vector<CcePolicy>& policies) {
  Recipe out;
  out.kind = "hostdata";
  const bool single = policies.size() == 1;
  for (const CcePolicy& policy : policies) {
    const Sha256Digest digest = crypto::sha256(policy.policy);
    std::string group = single ? "" : ":" + policy.group;
    // Templates may name their groups by the same expression: they are told apart by their place.
    for (unsigned place = 2; out.value("hostdata" + group) != nullptr; ++place) {
      group = ":" + policy.group + "#" + std::to_string(place);
    }
    out.parameters.emplace_back("policy_size" + group, std::to_string(policy.policy.size()));
    out.events.push_back(
        {"hostdata" + group, "policy, decoded", ByteVector(digest.begin(), digest.end())});
    out.values.push_back({"hostdata" + group, "sha256", ByteVector(digest.begin(), digest.end()),
                          single ? "snp.host_data" : ""});
  }
  if (!single) {
    out.notes.push_back("several container groups: each has a value of its own");
  }
  return out;
}

}  // namespace cupel::measure

#include "appraise/key_release.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "appraise/policy_json.hpp"
#include "appraise/token_values.hpp"
#include "base/base64.hpp"
#include "base/issuer.hpp"

namespace cupel::key_release {
namespace {

using Op = Requirement::Op;
using token_values::Written;

// Rules that must all hold, and ways of which one must.
using Rules = std::vector<Requirement>;
using Ways = std::vector<Rules>;

constexpr std::size_t kMaxWays = 64;
constexpr std::size_t kMaxDepth = 8;
constexpr std::array<std::string_view, 7> kOperators = {
    "equals", "notEquals", "less", "lessOrEquals", "greater", "greaterOrEquals", "exists"};

std::string at_index(const std::string& path, std::size_t i) {
  return path + "[" + std::to_string(i) + "]";
}

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  Result<std::vector<Alternative>> policy(const json::Value& document) const {
    CUPEL_TRY([[maybe_unused]] auto members,
              exact_object(document, file_, "", {"version", "anyOf"}));
    const json::Value* version = document.find("version");
    if (version == nullptr || version->string() == nullptr || *version->string() != "1.0.0") {
      return error("version", "must be \"1.0.0\"");
    }
    CUPEL_TRY(const json::Array* items, list(document, "anyOf", ""));
    std::vector<Alternative> out;
    for (std::size_t i = 0; i < items->size(); ++i) {
      const std::string path = at_index("anyOf", i);
      CUPEL_TRY(auto some, authority((*items)[i], path));
      std::move(some.begin(), some.end(), std::back_inserter(out));
      if (out.size() > kMaxWays) {
        return error("anyOf", "has more than 64 ways to be satisfied");
      }
    }
    return out;
  }

  Result<std::vector<Alternative>> import_config(const json::Value& document) const {
    CUPEL_TRY([[maybe_unused]] auto members,
              exact_object(document, file_, "", {"key", "key_derivation", "claims"}));
    const json::Value* key = document.find("key");
    CUPEL_TRY([[maybe_unused]] auto key_members,
              exact_object(*key, file_, "key", {"kid", "kty", "key_ops", "authority", "akv"}));
    const json::Value* place = key->find("authority");
    if (place == nullptr) {
      return error("key.authority", "is missing: nothing says whose word is believed");
    }
    CUPEL_TRY([[maybe_unused]] auto place_members,
              exact_object(*place, file_, "key.authority", {"endpoint"}));
    CUPEL_TRY(const std::string issuer, issuer_in(*place, "endpoint", "key.authority"));
    CUPEL_TRY(const json::Array* lists, list(document, "claims", ""));
    std::vector<Alternative> out;
    for (std::size_t i = 0; i < lists->size(); ++i) {
      const std::string path = at_index("claims", i);
      const json::Array* items = (*lists)[i].array();
      if (items == nullptr || items->empty()) {
        return error(path, "must be a list with at least one claim");
      }
      CUPEL_TRY(Rules rules, issued_by(issuer, path));
      for (std::size_t j = 0; j < items->size(); ++j) {
        const std::string item = at_index(path, j);
        CUPEL_TRY([[maybe_unused]] auto known,
                  exact_object((*items)[j], file_, item, {"claim", "equals"}));
        const json::Value* value = (*items)[j].find("equals");
        if (value == nullptr || value->string() == nullptr) {
          return error(item + ".equals", "must be a text; the importer takes nothing else");
        }
        CUPEL_TRY(Requirement rule, condition((*items)[j], "equals", item));
        CUPEL_TRY([[maybe_unused]] auto added,
                  token_values::add(rules, std::move(rule), place_of(item)));
      }
      out.push_back(alternative(std::move(rules), i));
    }
    if (out.size() > kMaxWays) {
      return error("claims", "has more than 64 lists");
    }
    return out;
  }

 private:
  std::string place_of(const std::string& path) const {
    return path.empty() ? file_ : file_ + ": " + path;
  }
  Error error(const std::string& path, std::string detail) const {
    return policy_error(place_of(path), std::move(detail));
  }

  // A list that is there and not empty: of nothing, everything would be true.
  Result<const json::Array*> list(const json::Value& object, std::string_view name,
                                  const std::string& path) const {
    const std::string where = path.empty() ? std::string(name) : path + "." + std::string(name);
    const json::Value* value = object.find(name);
    const json::Array* items = value != nullptr ? value->array() : nullptr;
    if (items == nullptr || items->empty()) {
      return error(where, "must be a list with at least one entry");
    }
    return items;
  }

  Result<std::string> issuer_in(const json::Value& object, std::string_view name,
                                const std::string& path) const {
    const std::string where = path + "." + std::string(name);
    const json::Value* value = object.find(name);
    const std::string* text = value != nullptr ? value->string() : nullptr;
    const auto issuer = text != nullptr ? issuer_of(*text) : std::nullopt;
    if (!issuer) {
      return error(where, "must be the host of an attestation service, as https URL or alone");
    }
    return *issuer;
  }

  Result<Rules> issued_by(const std::string& issuer, const std::string& path) const {
    CUPEL_TRY(auto meant,
              token_values::values("maa.iss", json::Value(issuer), Written::typed, place_of(path)));
    return Rules{token_values::requirement("maa.iss", std::move(meant))};
  }

  Alternative alternative(Rules rules, std::size_t position) const {
    Alternative out;
    out.family = "maa";
    out.label = token_values::label_of(file_) + " " + std::to_string(position + 1);
    out.require = std::move(rules);
    return out;
  }

  Result<std::vector<Alternative>> authority(const json::Value& value,
                                             const std::string& path) const {
    CUPEL_TRY(const json::Object* members,
              exact_object(value, file_, path, {"authority", "anyOf", "allOf"}));
    CUPEL_TRY(const std::string issuer, issuer_in(value, "authority", path));
    if (members->size() != 2) {
      return error(path, "must have an authority and exactly one of anyOf, allOf");
    }
    CUPEL_TRY(const Rules base, issued_by(issuer, path));
    CUPEL_TRY(const Ways found, group(value, path, 1));
    CUPEL_TRY(Ways ways, both(Ways{base}, found, path));
    std::vector<Alternative> out;
    for (Rules& rules : ways) {
      out.push_back(alternative(std::move(rules), out.size()));
      out.back().label = token_values::label_of(file_) + " " + path +
                         (ways.size() == 1 ? "" : " way " + std::to_string(out.size()));
    }
    return out;
  }

  // The anyOf or allOf of an object that has one of them.
  Result<Ways> group(const json::Value& value, const std::string& path, std::size_t depth) const {
    if (depth > kMaxDepth) {
      return error(path, "is nested too deep");
    }
    const bool any = value.find("anyOf") != nullptr;
    const std::string name = any ? "anyOf" : "allOf";
    CUPEL_TRY(const json::Array* items, list(value, name, path));
    Ways out = any ? Ways{} : Ways{Rules{}};
    for (std::size_t i = 0; i < items->size(); ++i) {
      const std::string item = at_index(path + "." + name, i);
      CUPEL_TRY(Ways one, entry((*items)[i], item, depth));
      if (any) {
        std::move(one.begin(), one.end(), std::back_inserter(out));
      } else {
        CUPEL_TRY(out, both(out, one, item));
      }
      if (out.size() > kMaxWays) {
        return error(path, "has more than 64 ways to be satisfied");
      }
    }
    return out;
  }

  Result<Ways> entry(const json::Value& value, const std::string& path, std::size_t depth) const {
    if (value.find("claim") == nullptr) {
      CUPEL_TRY(const json::Object* members,
                exact_object(value, file_, path, {"claim", "anyOf", "allOf"}));
      if (members->size() != 1) {
        return error(path, "must be a claim, or exactly one of anyOf, allOf");
      }
      return group(value, path, depth + 1);
    }
    CUPEL_TRY(const json::Object* members,
              exact_object(value, file_, path,
                           {"claim", kOperators[0], kOperators[1], kOperators[2], kOperators[3],
                            kOperators[4], kOperators[5], kOperators[6]}));
    if (members->size() != 2) {
      return error(path, "must have a claim and exactly one operator");
    }
    const bool claim_first = members->front().first == "claim";
    const std::string& op = claim_first ? members->back().first : members->front().first;
    CUPEL_TRY(Requirement rule, condition(value, op, path));
    return Ways{Rules{std::move(rule)}};
  }

  // Every way of the one with every way of the other.
  Result<Ways> both(const Ways& a, const Ways& b, const std::string& path) const {
    if (a.size() * b.size() > kMaxWays) {
      return error(path, "has more than 64 ways to be satisfied");
    }
    Ways out;
    for (const Rules& first : a) {
      for (const Rules& second : b) {
        Rules rules = first;
        for (const Requirement& rule : second) {
          CUPEL_TRY([[maybe_unused]] auto added, token_values::add(rules, rule, place_of(path)));
        }
        out.push_back(std::move(rules));
      }
    }
    return out;
  }

  Result<Requirement> condition(const json::Value& value, const std::string& op,
                                const std::string& path) const {
    const json::Value* named = value.find("claim");
    const std::string* dotted = named != nullptr ? named->string() : nullptr;
    if (dotted == nullptr) {
      return error(path + ".claim", "must be of type string");
    }
    CUPEL_TRY(std::string claim, token_values::claim_of_path(*dotted, place_of(path + ".claim")));
    const json::Value& operand = *value.find(op);
    const std::string where = place_of(path + "." + op);
    if (op == "exists") {
      const std::string* text = operand.string();
      const bool on = (operand.boolean() != nullptr && *operand.boolean()) ||
                      (text != nullptr && *text == "true");
      if (!on) {
        return policy_error(where, "can only be true: a missing claim makes every condition false");
      }
      return Requirement{std::move(claim), Op::present, {}};
    }
    if (op == "equals" || op == "notEquals") {
      CUPEL_TRY(auto meant, token_values::values(claim, operand, Written::texts, where));
      if (op == "equals") {
        return token_values::requirement(std::move(claim), std::move(meant));
      }
      return Requirement{std::move(claim), Op::none_of, std::move(meant)};
    }
    CUPEL_TRY(std::uint64_t bound, token_values::number(claim, operand, where));
    const bool below = op == "less" || op == "lessOrEquals";
    const bool strict = op == "less" || op == "greater";
    if (strict && bound == (below ? 0 : std::numeric_limits<std::uint64_t>::max())) {
      return policy_error(where, "nothing is beyond this number");
    }
    if (strict) {
      bound = below ? bound - 1 : bound + 1;
    }
    return Requirement{std::move(claim), below ? Op::at_most : Op::at_least, {bound}};
  }

  std::string file_;
};

// {"contentType": "application/json; charset=utf-8", "data": base64url, "immutable": …}
Result<json::Value> stored(const json::Value& document, const std::string& file) {
  CUPEL_TRY([[maybe_unused]] auto members,
            exact_object(document, file, "", {"contentType", "data", "immutable"}));
  const json::Value* data = document.find("data");
  if (data->string() == nullptr) {
    return policy_error(file + ": data", "must be of type string");
  }
  const auto bytes = from_base64url(*data->string(), "data");
  if (!bytes) {
    return policy_error(file + ": data", "is no base64url: " + to_string(bytes.error()));
  }
  auto inner = json::parse(as_text(*bytes), "data");
  if (!inner) {
    return policy_error(file + ": data", "is not strict JSON: " + to_string(inner.error()));
  }
  return std::move(inner).value();
}

}  // namespace

bool looks_like_policy(const json::Value& document) {
  return document.find("anyOf") != nullptr ||
         (document.find("contentType") != nullptr && document.find("data") != nullptr);
}

bool looks_like_import_config(const json::Value& document) {
  return document.find("key") != nullptr && document.find("claims") != nullptr;
}

Result<std::vector<Alternative>> policy(const json::Value& document, const std::string& file) {
  if (document.find("anyOf") == nullptr) {
    CUPEL_TRY(const json::Value inner, stored(document, file));
    return Reader(file).policy(inner);
  }
  return Reader(file).policy(document);
}

Result<std::vector<Alternative>> import_config(const json::Value& document,
                                               const std::string& file) {
  return Reader(file).import_config(document);
}

}  // namespace cupel::key_release

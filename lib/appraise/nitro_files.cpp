#include "appraise/nitro_files.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "appraise/policy_json.hpp"
#include "base/hex.hpp"

namespace cupel::nitro_files {
namespace {

constexpr std::size_t kSha384Size = 48;
constexpr unsigned kPcrCount = 32;
constexpr std::string_view kRegister = "nitro.pcr.";
constexpr std::string_view kAttestation = "kms:RecipientAttestation:";

std::string base_name(const std::string& file) {
  return file.substr(file.find_last_of('/') + 1);  // npos + 1 is 0
}

Result<ByteVector> sha384_value(const json::Value& value, const std::string& where) {
  const std::string* digits = value.string();
  if (digits == nullptr) {
    return policy_error(where, "must be of type string, is " + std::string(value.type_name()));
  }
  Result<ByteVector> bytes = from_hex(*digits, kSha384Size, where);
  if (!bytes) {
    return policy_error(where, "must be 96 hexadecimal digits and nothing else; has " +
                                   std::to_string(digits->size()) +
                                   " characters: " + std::string(to_string(bytes.error().code)));
  }
  return bytes;
}

// "PCR8" → 8
std::optional<unsigned> register_of(std::string_view name) {
  constexpr std::string_view kStem = "PCR";
  if (!name.starts_with(kStem)) {
    return std::nullopt;
  }
  const std::string_view digits = name.substr(kStem.size());
  unsigned index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  const bool canonical = digits == "0" || (!digits.empty() && digits.front() != '0');
  if (error != std::errc{} || end != digits.data() + digits.size() || !canonical ||
      index >= kPcrCount) {
    return std::nullopt;
  }
  return index;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

// A value, or a list of values any of which will do.
Result<std::vector<const json::Value*>> one_or_many(const json::Value& value,
                                                    const std::string& where) {
  std::vector<const json::Value*> out;
  if (const json::Array* list = value.array()) {
    for (const json::Value& item : *list) {
      out.push_back(&item);
    }
  } else {
    out.push_back(&value);
  }
  if (out.empty()) {
    return policy_error(where, "an empty list matches nothing");
  }
  return out;
}

// ---- key policies -------------------------------------------------------------------------------

// Names of condition keys are compared without case by AWS: all spellings are noticed, and only the
// documented one is read.
bool speaks_of_attestation(const json::Value& statement) {
  const json::Value* condition = statement.find("Condition");
  const json::Object* operators = condition != nullptr ? condition->object() : nullptr;
  for (const auto& [name, keys] : operators != nullptr ? *operators : json::Object{}) {
    for (const auto& [key, value] : keys.object() != nullptr ? *keys.object() : json::Object{}) {
      if (lower(key).starts_with(lower(std::string(kAttestation)))) {
        return true;
      }
    }
  }
  return false;
}

// KMS looks at the recipient's attestation in these operations alone (AWS KMS Developer Guide,
// Condition keys for attested platforms).
bool attested_operation(const std::string& action) {
  static constexpr std::array<std::string_view, 6> kActions = {"kms:*",
                                                               "kms:decrypt",
                                                               "kms:derivesharedsecret",
                                                               "kms:generatedatakey",
                                                               "kms:generatedatakeypair",
                                                               "kms:generaterandom"};
  return std::find(kActions.begin(), kActions.end(), lower(action)) != kActions.end();
}

Result<Unit> check_actions(const json::Value& actions, const std::string& where) {
  CUPEL_TRY(const auto list, one_or_many(actions, where));
  bool any = false;
  for (const json::Value* action : list) {
    if (action->string() == nullptr) {
      return policy_error(where, "must be a string or a list of strings");
    }
    any = any || attested_operation(*action->string());
  }
  if (!any) {
    return policy_error(where,
                        "KMS looks at no attestation in any of these operations: nobody "
                        "would ever be allowed anything");
  }
  return Unit{};
}

Result<Requirement> requirement(std::string_view key, const json::Value& value, bool ignore_case,
                                const std::string& where) {
  std::optional<unsigned> index;
  if (key.starts_with(kAttestation)) {
    const std::string_view name = key.substr(kAttestation.size());
    index = name == "ImageSha384" ? 0U : register_of(name);
  }
  if (!index) {
    return policy_error(where,
                        "is no condition on an attestation that is known here; evidence "
                        "alone cannot satisfy it",
                        "lint-unknown-key");
  }
  CUPEL_TRY(const auto values, one_or_many(value, where));
  Requirement out{std::string(kRegister) + std::to_string(*index),
                  values.size() == 1 ? Requirement::Op::equals : Requirement::Op::one_of,
                  {}};
  for (const json::Value* one : values) {
    CUPEL_TRY(ByteVector digest, sha384_value(*one, where));
    if (!ignore_case && lower(*one->string()) != *one->string()) {
      return policy_error(where, "KMS compares with small letters: StringEquals matches nothing");
    }
    out.values.emplace_back(std::move(digest));
  }
  return out;
}

Result<Alternative> statement_of(const json::Value& statement, const std::string& file,
                                 const std::string& path) {
  CUPEL_TRY(const json::Object* members,
            exact_object(statement, file, path,
                         {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}));
  (void)members;
  const std::string where = file + ": " + path;
  const json::Value* effect = statement.find("Effect");
  if (effect == nullptr || effect->string() == nullptr || *effect->string() != "Allow") {
    return policy_error(where + ".Effect",
                        "only statements that allow are read; what a denial leaves is not known");
  }
  const json::Value* action = statement.find("Action");
  if (action == nullptr) {
    return policy_error(where + ".Action", "is missing");
  }
  CUPEL_TRY([[maybe_unused]] auto applies, check_actions(*action, where + ".Action"));
  Alternative out;
  out.family = "nitro";
  const json::Value* sid = statement.find("Sid");
  if (sid != nullptr && sid->string() == nullptr) {
    return policy_error(where + ".Sid", "must be of type string");
  }
  out.label = sid != nullptr ? *sid->string() : base_name(file);
  for (const auto& [name, keys] : *statement.find("Condition")->object()) {
    const std::string here = where + ".Condition." + name;
    const bool ignore_case = name == "StringEqualsIgnoreCase";
    if (!ignore_case && name != "StringEquals") {
      return policy_error(here, "only StringEquals and StringEqualsIgnoreCase are read",
                          "lint-unknown-key");
    }
    if (keys.object() == nullptr || keys.object()->empty()) {
      return policy_error(here, "must be an object with conditions");
    }
    for (const auto& [key, value] : *keys.object()) {
      CUPEL_TRY(Requirement one, requirement(key, value, ignore_case, here + "." + key));
      const bool twice =
          std::any_of(out.require.begin(), out.require.end(),
                      [&](const Requirement& other) { return other.claim == one.claim; });
      if (twice) {
        return policy_error(here + "." + key, "is the second condition on this register");
      }
      out.require.push_back(std::move(one));
    }
  }
  return out;
}

}  // namespace

bool looks_like_build_output(const json::Value& document) {
  return document.find("Measurements") != nullptr;
}

bool looks_like_key_policy(const json::Value& document) {
  return document.find("Statement") != nullptr;
}

Result<Alternative> build_output(const json::Value& document, const std::string& file) {
  CUPEL_TRY(const json::Object* members, exact_object(document, file, "", {"Measurements"}));
  const json::Value& table = members->front().second;
  CUPEL_TRY(
      const json::Object* values,
      exact_object(table, file, "Measurements", {"HashAlgorithm", "PCR0", "PCR1", "PCR2", "PCR8"}));
  const std::string where = file + ": Measurements.";
  // The name as the tool prints it, a debug text of the language it is written in.
  const json::Value* hash = table.find("HashAlgorithm");
  if (hash == nullptr || hash->string() == nullptr || *hash->string() != "Sha384 { ... }") {
    return policy_error(where + "HashAlgorithm", "must be \"Sha384 { ... }\"");
  }
  Alternative out;
  out.family = "nitro";
  out.label = base_name(file);
  for (const unsigned index : {0U, 1U, 2U, 8U}) {
    const std::string name = "PCR" + std::to_string(index);
    const json::Value* value = table.find(name);
    if (value == nullptr) {
      if (index == 8) {
        continue;  // an image that nobody signed
      }
      return policy_error(where + name, "is missing");
    }
    CUPEL_TRY(ByteVector digest, sha384_value(*value, where + name));
    out.require.push_back(Requirement{std::string(kRegister) + std::to_string(index),
                                      Requirement::Op::equals,
                                      {std::move(digest)}});
  }
  (void)values;
  return out;
}

Result<std::vector<Alternative>> key_policy(const json::Value& document, const std::string& file) {
  CUPEL_TRY(const json::Object* members,
            exact_object(document, file, "", {"Version", "Id", "Statement"}));
  (void)members;
  const json::Value* version = document.find("Version");
  if (version == nullptr || version->string() == nullptr || *version->string() != "2012-10-17") {
    return policy_error(file + ": Version", "must be \"2012-10-17\"");
  }
  const json::Value* statements = document.find("Statement");
  CUPEL_TRY(const auto list, one_or_many(*statements, file + ": Statement"));
  std::vector<Alternative> out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string path = "Statement[" + std::to_string(i) + "]";
    if (list[i]->object() == nullptr) {
      return policy_error(file + ": " + path, "must be of type object");
    }
    if (!speaks_of_attestation(*list[i])) {
      continue;
    }
    CUPEL_TRY(Alternative one, statement_of(*list[i], file, path));
    out.push_back(std::move(one));
  }
  if (out.empty()) {
    return policy_error(file + ": Statement",
                        "no statement has a condition on kms:RecipientAttestation",
                        "lint-nothing-required");
  }
  return out;
}

}  // namespace cupel::nitro_files

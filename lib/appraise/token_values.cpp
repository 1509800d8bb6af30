#include "appraise/token_values.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "appraise/policy_json.hpp"
#include "appraise/policy_rules.hpp"
#include "base/base64.hpp"
#include "base/hex.hpp"

namespace cupel::token_values {
namespace {

using Op = Requirement::Op;

constexpr std::string_view kFamily = "maa";

// Canonical decimal digits.
std::optional<std::uint64_t> digits(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool canonical = text == "0" || (!text.empty() && text.front() != '0');
  return error == std::errc{} && end == text.data() + text.size() && canonical ? std::optional(out)
                                                                               : std::nullopt;
}

std::optional<bool> flag(std::string_view text) {
  return text == "true"    ? std::optional(true)
         : text == "false" ? std::optional(false)
                           : std::nullopt;
}

// Hexadecimal digits, or base64url: for one size no text is both.
std::optional<ByteVector> bytes(const ClaimDef& def, const std::string& text) {
  if (def.size == 0 || text.size() == 2 * def.size) {
    if (auto read = from_hex(text, "value")) {
      return std::move(read).value();
    }
  }
  auto read = from_base64url(text, "value");
  return def.size != 0 && read.ok() && read->size() == def.size
             ? std::optional(std::move(read).value())
             : std::nullopt;
}

std::optional<ClaimValue> typed_value(const ClaimDef& def, const json::Value& value,
                                      Written written) {
  const std::string* text = value.string();
  const bool from_text = written == Written::texts && text != nullptr;
  switch (def.type) {
    case ClaimType::boolean: {
      const auto read = from_text                    ? flag(*text)
                        : value.boolean() != nullptr ? std::optional(*value.boolean())
                                                     : std::nullopt;
      return read ? std::optional<ClaimValue>(*read) : std::nullopt;
    }
    case ClaimType::integer:
    case ClaimType::time: {
      const auto read = from_text ? digits(*text)
                        : value.unsigned_integer() != nullptr
                            ? std::optional(*value.unsigned_integer())
                            : std::nullopt;
      constexpr std::uint64_t kLatest = 253402300799;  // 9999-12-31T23:59:59Z
      if (!read || (def.type == ClaimType::time && *read > kLatest)) {
        return std::nullopt;
      }
      return def.type == ClaimType::integer
                 ? ClaimValue(*read)
                 : ClaimValue(UnixTime(static_cast<std::int64_t>(*read)));
    }
    case ClaimType::bytes: {
      auto read = text != nullptr ? bytes(def, *text) : std::nullopt;
      return read ? std::optional<ClaimValue>(std::move(*read)) : std::nullopt;
    }
    case ClaimType::string:
      return text != nullptr ? std::optional<ClaimValue>(*text) : std::nullopt;
  }
  return std::nullopt;
}

std::vector<ClaimValue> open_values(const json::Value& value, Written written) {
  if (value.boolean() != nullptr) {
    return {*value.boolean()};
  }
  if (value.unsigned_integer() != nullptr) {
    return {*value.unsigned_integer()};
  }
  if (value.string() == nullptr) {
    return {};
  }
  std::vector<ClaimValue> out{*value.string()};
  if (written == Written::texts) {
    if (const auto read = flag(*value.string())) {
      out.emplace_back(*read);
    }
    if (const auto read = digits(*value.string())) {
      out.emplace_back(*read);
    }
  }
  return out;
}

bool choice(Op op) {
  return op == Op::equals || op == Op::one_of;
}

// The smaller (or larger) of two bounds of one type.
Result<Unit> tighten(Requirement& old, const Requirement& rule, const std::string& where) {
  if (type_of(old.values.front()) != type_of(rule.values.front())) {
    return policy_error(where, "two bounds of different types for one claim");
  }
  old.values.front() = rule.op == Op::at_least ? std::max(old.values.front(), rule.values.front())
                                               : std::min(old.values.front(), rule.values.front());
  return Unit{};
}

}  // namespace

Result<std::string> claim_of_path(std::string_view dotted, const std::string& where) {
  std::string out = std::string(kFamily) + "." + std::string(dotted);
  const bool plain = dotted.find_first_of("[]{}\\") == std::string_view::npos;
  if (!plain || find_claim_def(kFamily, out) == nullptr) {
    return policy_error(where, "is no path of a claim: names with dots between them");
  }
  return out;
}

Result<std::vector<ClaimValue>> values(const std::string& claim, const json::Value& value,
                                       Written written, const std::string& where) {
  const ClaimDef* def = find_claim_def(kFamily, claim);
  if (def == nullptr) {
    return policy_error(where, "no claim is called '" + claim + "'", "lint-unknown-claim");
  }
  if (def->open) {
    std::vector<ClaimValue> out = open_values(value, written);
    if (out.empty()) {
      return policy_error(where,
                          "must be true, false, a whole number that is not negative, or a text");
    }
    return out;
  }
  auto read = typed_value(*def, value, written);
  if (!read) {
    return policy_error(
        where, "is no value of this claim, which is of type " + std::string(to_string(def->type)) +
                   (def->size == 0 ? "" : " with " + std::to_string(def->size) + " bytes"));
  }
  return std::vector<ClaimValue>{std::move(*read)};
}

Result<std::uint64_t> number(const std::string& claim, const json::Value& value,
                             const std::string& where) {
  const ClaimDef* def = find_claim_def(kFamily, claim);
  if (def != nullptr && !def->open && def->type != ClaimType::integer) {
    return policy_error(
        where, "is for numbers, and this claim is of type " + std::string(to_string(def->type)));
  }
  const auto read = value.unsigned_integer() != nullptr ? std::optional(*value.unsigned_integer())
                    : value.string() != nullptr         ? digits(*value.string())
                                                        : std::nullopt;
  if (!read) {
    return policy_error(where, "must be a whole number from 0 to 18446744073709551615");
  }
  return *read;
}

Requirement requirement(std::string claim, std::vector<ClaimValue> values) {
  const Op op = values.size() == 1 ? Op::equals : Op::one_of;
  return {std::move(claim), op, std::move(values)};
}

Result<Unit> add(std::vector<Requirement>& rules, Requirement rule, const std::string& where) {
  const auto old = std::find_if(rules.begin(), rules.end(), [&](const Requirement& one) {
    return one.claim == rule.claim && (one.op == rule.op || (choice(one.op) && choice(rule.op)));
  });
  if (old == rules.end()) {
    rules.push_back(std::move(rule));
    return Unit{};
  }
  if (choice(rule.op)) {
    std::vector<ClaimValue> both;
    std::copy_if(old->values.begin(), old->values.end(), std::back_inserter(both),
                 [&](const ClaimValue& value) {
                   return std::find(rule.values.begin(), rule.values.end(), value) !=
                          rule.values.end();
                 });
    if (both.empty()) {
      return policy_error(
          where, "two rules demand different values of " + rule.claim + ": nothing satisfies both");
    }
    *old = requirement(rule.claim, std::move(both));
    return Unit{};
  }
  if (rule.op == Op::at_least || rule.op == Op::at_most) {
    return tighten(*old, rule, where);
  }
  if (rule.op == Op::none_of) {
    for (ClaimValue& value : rule.values) {
      if (std::find(old->values.begin(), old->values.end(), value) == old->values.end()) {
        old->values.push_back(std::move(value));
      }
    }
  }
  return Unit{};
}

std::string label_of(const std::string& file) {
  return file.substr(file.find_last_of('/') + 1);  // npos + 1 is 0
}

}  // namespace cupel::token_values

#include "appraise/policy_json.hpp"

#include <algorithm>
#include <array>
#include <cupel/evidence.hpp>

#include "appraise/policy_rules.hpp"
#include "base/hex.hpp"
#include "family.hpp"

namespace cupel {
namespace {

constexpr std::array kOps = {
    Requirement::Op::equals,  Requirement::Op::one_of,    Requirement::Op::at_least,
    Requirement::Op::at_most, Requirement::Op::present,   Requirement::Op::max_age_s,
    Requirement::Op::none_of, Requirement::Op::subset_of, Requirement::Op::masked};
constexpr std::array kKinds = {ReplayStep::Kind::digest, ReplayStep::Kind::claim,
                               ReplayStep::Kind::digest_of};
constexpr std::array kForms = {TlsBinding::Form::spki_sha256, TlsBinding::Form::certificate_sha256,
                               TlsBinding::Form::root_ca_pem};

// Reads one document. Places are kept as paths below the file's name.
class PolicyReader {
 public:
  explicit PolicyReader(std::string file) : file_(std::move(file)) {}

  Result<Policy> policy(const json::Value& document) const {
    CUPEL_TRY(const json::Object* members,
              exact_object(document, file_, "", {"version", "name", "comment", "accept"}));
    if (members->empty()) {
      return error("", "an empty policy accepts nothing", "lint-nothing-required");
    }
    CUPEL_TRY(const json::Value* version, required(document, "version", ""));
    if (version->unsigned_integer() == nullptr || *version->unsigned_integer() != 1) {
      return error("version", "must be 1");
    }
    Policy out;
    out.source = "cupel";
    CUPEL_TRY(out.name, optional_text(document, "name", ""));
    CUPEL_TRY([[maybe_unused]] auto comment, optional_text(document, "comment", ""));
    CUPEL_TRY(const json::Value* accept, required(document, "accept", ""));
    const json::Array* items = accept->array();
    if (items == nullptr) {
      return wrong_type("accept", *accept, "array");
    }
    for (std::size_t i = 0; i < items->size(); ++i) {
      CUPEL_TRY(auto one, alternative((*items)[i], "accept[" + std::to_string(i) + "]"));
      out.accept.push_back(std::move(one));
    }
    return out;
  }

 private:
  Error error(const std::string& path, std::string detail,
              std::string lint_id = "lint-does-not-load") const {
    return policy_error(path.empty() ? file_ : file_ + ": " + path, std::move(detail),
                        std::move(lint_id));
  }
  Error wrong_type(const std::string& path, const json::Value& value,
                   std::string_view expected) const {
    return error(path, "must be of type " + std::string(expected) + ", is " +
                           std::string(value.type_name()));
  }
  static std::string join(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : path + "." + std::string(key);
  }

  Result<const json::Value*> required(const json::Value& object, std::string_view key,
                                      const std::string& path) const {
    const json::Value* found = object.find(key);
    if (found == nullptr) {
      return error(join(path, key), "is missing",
                   key == "accept" ? "lint-nothing-required" : "lint-does-not-load");
    }
    return found;
  }

  Result<std::string> text(const json::Value& value, const std::string& path) const {
    const std::string* found = value.string();
    if (found == nullptr) {
      return wrong_type(path, value, "string");
    }
    return *found;
  }
  Result<std::string> required_text(const json::Value& object, std::string_view key,
                                    const std::string& path) const {
    CUPEL_TRY(const json::Value* value, required(object, key, path));
    return text(*value, join(path, key));
  }
  Result<std::string> optional_text(const json::Value& object, std::string_view key,
                                    const std::string& path) const {
    const json::Value* value = object.find(key);
    if (value == nullptr) {
      return std::string();
    }
    return text(*value, join(path, key));
  }
  // A switch that is written down as off would read as if it could be forgotten: only `true` is.
  Result<bool> only_true(const json::Value& object, std::string_view key,
                         const std::string& path) const {
    const json::Value* value = object.find(key);
    if (value == nullptr) {
      return false;
    }
    const bool* flag = value->boolean();
    if (flag == nullptr || !*flag) {
      return error(join(path, key), "can only be true; leave it out instead");
    }
    return true;
  }
  Result<std::uint64_t> integer(const json::Value& value, const std::string& path) const {
    const std::uint64_t* found = value.unsigned_integer();
    if (found == nullptr) {
      return error(path, "must be a whole number from 0 to 18446744073709551615");
    }
    return *found;
  }
  Result<ByteVector> hex(const json::Value& value, std::size_t size,
                         const std::string& path) const {
    CUPEL_TRY(const std::string digits, text(value, path));
    Result<ByteVector> bytes = size == 0 ? from_hex(digits, path) : from_hex(digits, size, path);
    if (!bytes) {
      std::string expected =
          size == 0 ? "hexadecimal digits" : std::to_string(2 * size) + " hexadecimal digits";
      return error(path, "must be " + expected + " and nothing else; has " +
                             std::to_string(digits.size()) +
                             " characters: " + std::string(to_string(bytes.error().code)));
    }
    return bytes;
  }
  Result<UnixTime> time(const json::Value& value, const std::string& path) const {
    CUPEL_TRY(const std::string written, text(value, path));
    Result<UnixTime> parsed = parse_time(written);
    if (!parsed) {
      return error(path, parsed.error().detail);
    }
    // A zone can shift a date out of the years that can be written.
    if (!parse_time(to_string(*parsed))) {
      return error(path, "is outside the years 0000 to 9999 in UTC");
    }
    return parsed;
  }

  Result<Alternative> alternative(const json::Value& value, const std::string& path) const {
    CUPEL_TRY([[maybe_unused]] auto members,
              exact_object(value, file_, path,
                           {"family", "label", "comment", "expires", "require", "replay", "bind",
                            "dangerous_any_measurement", "dangerous_allow_debug"}));
    Alternative out;
    CUPEL_TRY(out.family, required_text(value, "family", path));
    if (find_family(out.family) == nullptr) {
      return error(path + ".family", "no evidence family is called '" + out.family + "'",
                   "lint-unknown-family");
    }
    CUPEL_TRY(out.label, optional_text(value, "label", path));
    CUPEL_TRY([[maybe_unused]] auto comment, optional_text(value, "comment", path));
    if (const json::Value* expires = value.find("expires")) {
      CUPEL_TRY(out.expires, time(*expires, path + ".expires"));
    }
    CUPEL_TRY(const json::Value* require, required(value, "require", path));
    CUPEL_TRY(out.require, requirements(*require, out.family, path + ".require"));
    if (const json::Value* replay = value.find("replay")) {
      CUPEL_TRY(out.replay, replays(*replay, path + ".replay"));
    }
    if (const json::Value* bind = value.find("bind")) {
      CUPEL_TRY([[maybe_unused]] auto bound, bindings(*bind, out, path + ".bind"));
    }
    CUPEL_TRY(out.dangerous_any_measurement, only_true(value, "dangerous_any_measurement", path));
    CUPEL_TRY(out.dangerous_allow_debug, only_true(value, "dangerous_allow_debug", path));
    return out;
  }

  Result<std::vector<Requirement>> requirements(const json::Value& value, const std::string& family,
                                                const std::string& path) const {
    const json::Object* rules = value.object();
    if (rules == nullptr) {
      return wrong_type(path, value, "object");
    }
    std::vector<Requirement> out;
    for (const auto& [claim, rule] : *rules) {
      const std::string place = path + "." + claim;
      const json::Array* several = rule.array();
      if (several == nullptr) {
        CUPEL_TRY(auto one, requirement(claim, rule, family, place));
        out.push_back(std::move(one));
        continue;
      }
      if (several->size() < 2) {
        return error(place, "a list of rules has two or more; write a single one as an object");
      }
      for (std::size_t i = 0; i < several->size(); ++i) {
        CUPEL_TRY(auto one,
                  requirement(claim, (*several)[i], family, place + "[" + std::to_string(i) + "]"));
        out.push_back(std::move(one));
      }
    }
    return out;
  }

  Result<Requirement> requirement(const std::string& claim, const json::Value& rule,
                                  const std::string& family, const std::string& path) const {
    const ClaimDef* def = find_claim_def(family, claim);
    if (def == nullptr) {
      return error(path,
                   find_claim_def(claim) != nullptr
                       ? "'" + claim + "' is a claim of another evidence family"
                       : "no claim of family '" + family + "' is called '" + claim + "'",
                   "lint-unknown-claim");
    }
    CUPEL_TRY(const json::Object* members,
              exact_object(rule, file_, path,
                           {"equals", "one_of", "at_least", "at_most", "present", "max_age_s",
                            "none_of", "subset_of", "masked", "comment"}));
    CUPEL_TRY([[maybe_unused]] auto comment, optional_text(rule, "comment", path));
    const auto is_op = [](const auto& member) { return member.first != "comment"; };
    if (std::count_if(members->begin(), members->end(), is_op) != 1) {
      return error(path,
                   "must have exactly one of equals, one_of, at_least, at_most, present, "
                   "max_age_s, none_of, subset_of, masked");
    }
    const auto& [name, value] = *std::find_if(members->begin(), members->end(), is_op);
    const std::string place = path + "." + name;
    const std::string& op_name = name;
    Requirement out{
        claim,
        *std::find_if(kOps.begin(), kOps.end(), [&](auto op) { return to_string(op) == op_name; }),
        {}};
    if (out.op == Requirement::Op::present) {
      CUPEL_TRY([[maybe_unused]] const bool on, only_true(rule, name, path));
    } else if (out.op == Requirement::Op::max_age_s) {
      CUPEL_TRY(const std::uint64_t seconds, integer(value, place));
      out.values.emplace_back(seconds);
    } else if (out.op == Requirement::Op::masked) {
      CUPEL_TRY([[maybe_unused]] auto both, exact_object(value, file_, place, {"value", "mask"}));
      for (const char* key : {"value", "mask"}) {
        CUPEL_TRY(const json::Value* member, required(value, key, place));
        CUPEL_TRY(auto item, typed(*member, *def, place + "." + key));
        out.values.push_back(std::move(item));
      }
    } else if (out.op == Requirement::Op::one_of || out.op == Requirement::Op::none_of ||
               out.op == Requirement::Op::subset_of) {
      const json::Array* items = value.array();
      if (items == nullptr) {
        return wrong_type(place, value, "array");
      }
      for (std::size_t i = 0; i < items->size(); ++i) {
        CUPEL_TRY(auto item, typed((*items)[i], *def, place + "[" + std::to_string(i) + "]"));
        out.values.push_back(std::move(item));
      }
    } else {
      CUPEL_TRY(auto item, typed(value, *def, place));
      out.values.push_back(std::move(item));
    }
    return out;
  }

  Result<ClaimValue> typed(const json::Value& value, const ClaimDef& def,
                           const std::string& path) const {
    if (def.open) {
      return open_value(value, path);
    }
    switch (def.type) {
      case ClaimType::boolean:
        if (value.boolean() == nullptr) {
          return wrong_type(path, value, "boolean");
        }
        return ClaimValue(*value.boolean());
      case ClaimType::integer: {
        CUPEL_TRY(const std::uint64_t number, integer(value, path));
        return ClaimValue(number);
      }
      case ClaimType::bytes: {
        CUPEL_TRY(ByteVector bytes, hex(value, def.size, path));
        return ClaimValue(std::move(bytes));
      }
      case ClaimType::string: {
        CUPEL_TRY(std::string written, text(value, path));
        return ClaimValue(std::move(written));
      }
      case ClaimType::time: {
        CUPEL_TRY(const UnixTime when, time(value, path));
        return ClaimValue(when);
      }
    }
    return error(path, "is for a claim of unknown type");
  }

  // Nobody says what type an open claim has; the value does.
  Result<ClaimValue> open_value(const json::Value& value, const std::string& path) const {
    if (const bool* flag = value.boolean()) {
      return ClaimValue(*flag);
    }
    if (const std::uint64_t* number = value.unsigned_integer()) {
      return ClaimValue(*number);
    }
    if (const std::string* written = value.string()) {
      return ClaimValue(*written);
    }
    return error(path, "must be true, false, a whole number that is not negative, or a text");
  }

  Result<std::vector<Replay>> replays(const json::Value& value, const std::string& path) const {
    const json::Object* registers = value.object();
    if (registers == nullptr) {
      return wrong_type(path, value, "object");
    }
    std::vector<Replay> out;
    for (const auto& [claim, steps] : *registers) {
      const std::string place = path + "." + claim;
      const json::Array* items = steps.array();
      if (items == nullptr) {
        return wrong_type(place, steps, "array");
      }
      Replay replay{claim, {}};
      for (std::size_t i = 0; i < items->size(); ++i) {
        CUPEL_TRY(auto one, step((*items)[i], place + "[" + std::to_string(i) + "]"));
        replay.steps.push_back(std::move(one));
      }
      out.push_back(std::move(replay));
    }
    return out;
  }

  Result<ReplayStep> step(const json::Value& value, const std::string& path) const {
    CUPEL_TRY(const json::Object* members,
              exact_object(value, file_, path, {"digest", "claim", "digest_of"}));
    if (members->size() != 1) {
      return error(path, "must have exactly one of digest, claim, digest_of");
    }
    const std::string& key = members->front().first;
    ReplayStep out{*std::find_if(kKinds.begin(), kKinds.end(),
                                 [&](auto kind) { return to_string(kind) == key; }),
                   {},
                   {}};
    if (out.kind == ReplayStep::Kind::digest) {
      CUPEL_TRY(out.digest, hex(members->front().second, 0, path + ".digest"));
    } else {
      CUPEL_TRY(out.claim, text(members->front().second, join(path, key)));
    }
    return out;
  }

  Result<Unit> bindings(const json::Value& value, Alternative& out, const std::string& path) const {
    CUPEL_TRY([[maybe_unused]] auto members,
              exact_object(value, file_, path, {"tls_key", "nonce"}));
    if (const json::Value* key = value.find("tls_key")) {
      const std::string place = path + ".tls_key";
      CUPEL_TRY([[maybe_unused]] auto known,
                exact_object(*key, file_, place, {"claim", "offset", "form"}));
      TlsBinding binding;
      CUPEL_TRY(binding.claim, required_text(*key, "claim", place));
      CUPEL_TRY(binding.offset, offset(*key, place));
      CUPEL_TRY(const std::string form, required_text(*key, "form", place));
      const auto* const found = std::find_if(kForms.begin(), kForms.end(), [&](auto known_form) {
        return to_string(known_form) == form;
      });
      if (found == kForms.end()) {
        return error(place + ".form", "must be spki_sha256, certificate_sha256 or root_ca_pem");
      }
      binding.form = *found;
      out.tls_key = std::move(binding);
    }
    if (const json::Value* nonce = value.find("nonce")) {
      const std::string place = path + ".nonce";
      CUPEL_TRY([[maybe_unused]] auto known,
                exact_object(*nonce, file_, place, {"claim", "offset"}));
      NonceBinding binding;
      CUPEL_TRY(binding.claim, required_text(*nonce, "claim", place));
      CUPEL_TRY(binding.offset, offset(*nonce, place));
      out.nonce = std::move(binding);
    }
    return Unit{};
  }

  Result<std::size_t> offset(const json::Value& object, const std::string& path) const {
    const json::Value* value = object.find("offset");
    if (value == nullptr) {
      return std::size_t{0};
    }
    return integer(*value, path + ".offset");
  }

  std::string file_;
};

}  // namespace

Error policy_error(std::string where, std::string detail, std::string lint_id) {
  return Error{Code::bad_policy, std::move(where), kNoOffset, std::move(detail),
               std::move(lint_id)};
}

Result<const json::Object*> exact_object(const json::Value& value, const std::string& file,
                                         const std::string& path,
                                         std::initializer_list<std::string_view> keys) {
  const std::string where = path.empty() ? file : file + ": " + path;
  const json::Object* members = value.object();
  if (members == nullptr) {
    return policy_error(where, "must be of type object, is " + std::string(value.type_name()));
  }
  for (const auto& [key, member] : *members) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
      continue;
    }
    std::string known;
    for (const std::string_view one : keys) {
      known.append(known.empty() ? "" : ", ").append(one);
    }
    return policy_error(path.empty() ? file + ": " + key : where + "." + key,
                        "is no key that means anything here; known are: " + known,
                        "lint-unknown-key");
  }
  return members;
}

Result<Policy> policy_from_json(const json::Value& document, const std::string& file) {
  return PolicyReader(file).policy(document);
}

}  // namespace cupel

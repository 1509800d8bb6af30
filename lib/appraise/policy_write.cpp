// Cupel's JSON form of a policy, written.
#include <algorithm>
#include <cupel/policy.hpp>

#include "appraise/policy_rules.hpp"
#include "base/hex.hpp"
#include "codec/json.hpp"

namespace cupel {
namespace {

json::Value value_json(const ClaimValue& value) {
  struct Writer {
    json::Value operator()(bool v) const { return v; }
    json::Value operator()(std::uint64_t v) const { return v; }
    json::Value operator()(const ByteVector& v) const { return to_hex(v); }
    json::Value operator()(const std::string& v) const { return v; }
    json::Value operator()(UnixTime v) const { return to_string(v); }
  };
  return std::visit(Writer{}, value);
}

json::Value rule_json(const Requirement& requirement) {
  json::Value value(true);  // of `present`
  if (requirement.op == Requirement::Op::masked && requirement.values.size() == 2) {
    value = json::Object{{"value", value_json(requirement.values.front())},
                         {"mask", value_json(requirement.values.back())}};
  } else if (requirement.op == Requirement::Op::one_of ||
             requirement.op == Requirement::Op::none_of ||
             requirement.op == Requirement::Op::subset_of) {
    json::Array items;
    for (const ClaimValue& item : requirement.values) {
      items.push_back(value_json(item));
    }
    value = json::Value(std::move(items));
  } else if (requirement.op != Requirement::Op::present) {
    value = requirement.values.empty() ? json::Value() : value_json(requirement.values.front());
  }
  return json::Object{{std::string(to_string(requirement.op)), std::move(value)}};
}

// Several rules for one claim stand in a list, where the first of them would.
json::Value require_json(const Alternative& alternative) {
  json::Object out;
  for (const Requirement& requirement : alternative.require) {
    const auto found = std::find_if(out.begin(), out.end(), [&](const auto& member) {
      return member.first == requirement.claim;
    });
    if (found == out.end()) {
      out.emplace_back(requirement.claim, rule_json(requirement));
    } else if (found->second.array() != nullptr) {
      found->second.array()->push_back(rule_json(requirement));
    } else {
      json::Array several{std::move(found->second), rule_json(requirement)};
      found->second = json::Value(std::move(several));
    }
  }
  return out;
}

json::Value steps_json(const Replay& replay) {
  json::Array steps;
  for (const ReplayStep& step : replay.steps) {
    steps.emplace_back(
        json::Object{{std::string(to_string(step.kind)),
                      step.kind == ReplayStep::Kind::digest ? to_hex(step.digest) : step.claim}});
  }
  return steps;
}

json::Value alternative_json(const Alternative& alternative) {
  json::Object out;
  out.emplace_back("family", alternative.family);
  if (!alternative.label.empty()) {
    out.emplace_back("label", alternative.label);
  }
  if (alternative.expires) {
    out.emplace_back("expires", to_string(*alternative.expires));
  }
  out.emplace_back("require", require_json(alternative));
  if (!alternative.replay.empty()) {
    json::Object replays;
    for (const Replay& replay : alternative.replay) {
      replays.emplace_back(replay.claim, steps_json(replay));
    }
    out.emplace_back("replay", std::move(replays));
  }
  json::Object bind;
  if (const auto& key = alternative.tls_key) {
    bind.emplace_back("tls_key", json::Object{{"claim", key->claim},
                                              {"offset", std::uint64_t{key->offset}},
                                              {"form", to_string(key->form)}});
  }
  if (const auto& nonce = alternative.nonce) {
    bind.emplace_back(
        "nonce", json::Object{{"claim", nonce->claim}, {"offset", std::uint64_t{nonce->offset}}});
  }
  if (!bind.empty()) {
    out.emplace_back("bind", std::move(bind));
  }
  if (alternative.dangerous_any_measurement) {
    out.emplace_back("dangerous_any_measurement", true);
  }
  if (alternative.dangerous_allow_debug) {
    out.emplace_back("dangerous_allow_debug", true);
  }
  return out;
}

}  // namespace

std::string to_json(const Policy& policy) {
  json::Object out;
  out.emplace_back("version", std::uint64_t{1});
  if (!policy.name.empty()) {
    out.emplace_back("name", policy.name);
  }
  json::Array accept;
  for (const Alternative& alternative : policy.accept) {
    accept.push_back(alternative_json(alternative));
  }
  out.emplace_back("accept", std::move(accept));
  return json::dump(out, 2);
}

}  // namespace cupel

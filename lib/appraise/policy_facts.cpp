// What rules, lint and reports ask about the parts of a policy.
#include <algorithm>
#include <charconv>
#include <cupel/evidence.hpp>

#include "appraise/policy_rules.hpp"
#include "base/claims.hpp"

namespace cupel {

const ClaimDef* find_claim_def(std::string_view family, std::string_view name) {
  for (const std::span<const ClaimDef> table : {common_claims(), claim_table(family)}) {
    for (const ClaimDef& def : table) {
      if (covers(def, name)) {
        return &def;
      }
    }
  }
  return nullptr;
}

bool resettable(const ClaimDef& def, std::string_view name) {
  const auto index = index_of(def, name);
  return index && *index < 32 && ((def.resettable >> *index) & 1U) != 0;
}

bool open_to_any_software(const ClaimDef& def, std::string_view name) {
  if (def.indices == 0) {
    return def.open_to_any_software != 0;
  }
  const auto index = index_of(def, name);
  return index && *index < 32 && ((def.open_to_any_software >> *index) & 1U) != 0;
}

bool only_open_measurements(const Alternative& alternative) {
  bool any = false;
  bool closed = false;
  const auto look_at = [&](const auto& rule) {
    const ClaimDef* def = find_claim_def(alternative.family, rule.claim);
    if (def != nullptr && pins_measurement(alternative, rule)) {
      any = true;
      closed = closed || !open_to_any_software(*def, rule.claim);
    }
  };
  std::for_each(alternative.require.begin(), alternative.require.end(), look_at);
  std::for_each(alternative.replay.begin(), alternative.replay.end(), look_at);
  return any && !closed;
}

bool fixes_value(const Requirement& requirement) {
  return requirement.op == Requirement::Op::equals || requirement.op == Requirement::Op::one_of;
}

namespace {

// Whether what makes the measurement count stands beside it, if anything must.
bool accompanied(const Alternative& alternative, const ClaimDef& def) {
  const auto makes_it_count = [&](const Requirement& other) {
    return fixes_value(other) && std::find(def.only_with.begin(), def.only_with.end(),
                                           other.claim) != def.only_with.end();
  };
  return def.only_with.front().empty() ||
         std::any_of(alternative.require.begin(), alternative.require.end(), makes_it_count);
}

}  // namespace

bool pins_measurement(const Alternative& alternative, const Requirement& requirement) {
  const ClaimDef* def = find_claim_def(alternative.family, requirement.claim);
  // Any value at all is what `present` accepts, any but a few what `none_of` does, and a mask may
  // leave out as much.
  if (def == nullptr || !def->measurement || def->weak || resettable(*def, requirement.claim) ||
      requirement.op == Requirement::Op::present || requirement.op == Requirement::Op::none_of ||
      requirement.op == Requirement::Op::masked) {
    return false;
  }
  return accompanied(alternative, *def);
}

bool pins_measurement(const Alternative& alternative, const Replay& replay) {
  const ClaimDef* def = find_claim_def(alternative.family, replay.claim);
  if (def != nullptr && !accompanied(alternative, *def)) {
    return false;
  }
  const auto fixed = [&](const ReplayStep& step) {
    if (step.kind == ReplayStep::Kind::digest) {
      return !all_zero(step.digest);  // zeros are a separator, not the digest of anything
    }
    return std::any_of(alternative.require.begin(), alternative.require.end(),
                       [&](const Requirement& requirement) {
                         return requirement.claim == step.claim &&
                                (requirement.op == Requirement::Op::equals ||
                                 requirement.op == Requirement::Op::one_of);
                       });
  };
  return std::any_of(replay.steps.begin(), replay.steps.end(), fixed);
}

bool only_launch_measurement(const Alternative& alternative) {
  const auto of_the_system = [](const ClaimDef& def) {
    return def.measurement && def.indices != 0 && !def.only_with.front().empty();
  };
  const auto table = claim_table(alternative.family);
  if (std::none_of(table.begin(), table.end(), of_the_system)) {
    return false;
  }
  const auto looks_at_it = [&](const auto& rule) {
    const ClaimDef* def = find_claim_def(alternative.family, rule.claim);
    return def != nullptr && of_the_system(*def) && !open_to_any_software(*def, rule.claim) &&
           pins_measurement(alternative, rule);
  };
  // A register of zeros was not extended: a TD's own are all zeros below a paravisor.
  const auto not_zero = [](const ClaimValue& value) {
    const auto* bytes = std::get_if<ByteVector>(&value);
    return bytes != nullptr && !all_zero(*bytes);
  };
  const auto compares = [&](const Requirement& one) {
    return looks_at_it(one) && std::all_of(one.values.begin(), one.values.end(), not_zero);
  };
  return std::any_of(alternative.require.begin(), alternative.require.end(),
                     [&](const Requirement& one) { return pins_measurement(alternative, one); }) &&
         std::none_of(alternative.require.begin(), alternative.require.end(), compares) &&
         std::none_of(alternative.replay.begin(), alternative.replay.end(), looks_at_it);
}

namespace {

ClaimValue implied_value(const ClaimDef& def) {
  const std::string_view text = def.unless_required;
  if (def.type == ClaimType::boolean) {
    return text == "true";
  }
  if (def.type == ClaimType::integer) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }
  return std::string(text);
}

}  // namespace

std::vector<Requirement> implied(const Alternative& alternative) {
  std::vector<Requirement> out;
  for (const ClaimDef& def : claim_table(alternative.family)) {
    const auto speaks_of = [&](const Requirement& r) { return r.claim == def.name; };
    if (!def.unless_required.empty() &&
        std::none_of(alternative.require.begin(), alternative.require.end(), speaks_of)) {
      out.push_back(
          Requirement{std::string(def.name), Requirement::Op::equals, {implied_value(def)}});
    }
  }
  return out;
}

std::set<std::string, std::less<>> claims_in_replays(const Alternative& alternative) {
  std::set<std::string, std::less<>> names;
  for (const Replay& replay : alternative.replay) {
    for (const ReplayStep& step : replay.steps) {
      if (step.kind != ReplayStep::Kind::digest) {
        names.insert(step.claim);
      }
    }
  }
  return names;
}

bool all_zero(Bytes bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0; });
}

}  // namespace cupel

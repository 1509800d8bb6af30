#include <algorithm>
#include <cupel/policy.hpp>
#include <map>

#include "appraise/judge.hpp"
#include "appraise/policy.hpp"
#include "appraise/policy_rules.hpp"
#include "base/claims.hpp"

namespace cupel {
namespace {

using Severity = LintFinding::Severity;

constexpr std::int64_t kSoon = std::int64_t{30} * 24 * 3600;  // seconds

// The values that a requirement compares with; none for other rules.
std::vector<const ByteVector*> fixed_bytes(const Requirement& requirement) {
  std::vector<const ByteVector*> out;
  if (requirement.op == Requirement::Op::equals || requirement.op == Requirement::Op::one_of) {
    for (const ClaimValue& value : requirement.values) {
      if (const auto* bytes = std::get_if<ByteVector>(&value);
          bytes != nullptr && !bytes->empty()) {
        out.push_back(bytes);
      }
    }
  }
  return out;
}

class Linter {
 public:
  explicit Linter(UnixTime now) : now_(now) {}

  void policy(const Policy& policy) {
    std::map<std::string, std::size_t> seen;
    std::size_t expired = 0;
    for (std::size_t i = 0; i < policy.accept.size(); ++i) {
      const Alternative& alternative = policy.accept[i];
      const std::string place = "accept[" + std::to_string(i) + "]";
      registers(alternative, place);
      demands(alternative, place);
      bindings(alternative, place);
      if (expiry(alternative, place)) {
        ++expired;
      }
      Alternative unnamed = alternative;
      unnamed.label.clear();
      const auto [first, fresh] = seen.emplace(to_json(Policy{"", "", {unnamed}}), i);
      if (!fresh) {
        add(Severity::warning, "lint-duplicate", place,
            "demands the same as accept[" + std::to_string(first->second) +
                "]: one of them is dead");
      }
    }
    if (expired != 0 && expired == policy.accept.size()) {
      add(Severity::error, "lint-expired", "accept",
          "every alternative has expired: the policy accepts nothing");
    }
  }

  void add(Severity severity, std::string id, std::string where, std::string text) {
    found_.push_back(LintFinding{severity, std::move(id), std::move(where), std::move(text)});
  }

  std::vector<LintFinding> findings() && { return std::move(found_); }

 private:
  void registers(const Alternative& alternative, const std::string& place) {
    std::size_t values = 0;
    std::size_t zeros = 0;
    for (const Requirement& requirement : alternative.require) {
      const ClaimDef* def = find_claim_def(alternative.family, requirement.claim);
      if (def != nullptr && def->open) {
        add(Severity::warning, "lint-open-claim", place + ".require." + requirement.claim,
            "no documented claim has this name; if it is misspelt, no evidence will ever pass");
      }
      if (def == nullptr || !def->measurement) {
        continue;
      }
      const std::string where = place + ".require." + requirement.claim;
      if (resettable(*def, requirement.claim)) {
        add(Severity::error, "lint-resettable", where,
            "software can reset this register at any time and extend what it likes: its value says "
            "nothing");
        continue;
      }
      if (requirement.op == Requirement::Op::present) {
        add(Severity::warning, "lint-any-value", where,
            "any value passes: no software is told from any other by this");
      }
      const auto index = index_of(*def, requirement.claim);
      const bool never_zero = index && *index < 32 && ((def->never_zero >> *index) & 1U) != 0;
      for (const ByteVector* value : fixed_bytes(requirement)) {
        ++values;
        if (index && std::all_of(value->begin(), value->end(), [](auto b) { return b == 0xff; })) {
          add(Severity::warning, "lint-all-ones", where,
              "this is what a dynamic-launch register holds when there was no dynamic launch");
        }
        if (!all_zero(*value)) {
          continue;
        }
        ++zeros;
        if (never_zero) {
          add(Severity::error, "lint-all-zero", where,
              "a real platform never leaves this register zero: a zero means that nothing was "
              "measured");
        }
      }
    }
    const bool replayed =
        std::any_of(alternative.replay.begin(), alternative.replay.end(),
                    [&](const Replay& replay) { return pins_measurement(alternative, replay); });
    if (values != 0 && zeros == values && !replayed) {
      add(Severity::error, "lint-all-zero", place + ".require",
          "every measurement that is required is zero: that is what a machine shows that measured "
          "nothing");
    }
  }

  void demands(const Alternative& alternative, const std::string& place) {
    const auto compares = [&](const Requirement& r) { return pins_measurement(alternative, r); };
    const bool measured =
        std::any_of(alternative.require.begin(), alternative.require.end(), compares);
    if (alternative.require.empty() && alternative.replay.empty()) {
      add(Severity::error, "lint-nothing-required", place,
          "nothing is required: every machine of this family passes");
    } else if (only_launch_measurement(alternative)) {
      add(Severity::error, "lint-launch-only", place + ".require",
          "only what was launched is compared, and no register into which it measured the system "
          "that it started: any operating system passes; require registers too (of a virtual TPM: "
          "4 boot loader and kernel, 7 Secure Boot; of a trust domain: RTMR 1 and 2)");
    } else if (!measured && !only_open_measurements(alternative) && !alternative.replay.empty() &&
               !alternative.dangerous_any_measurement) {
      add(Severity::warning, "lint-replay-only", place + ".require",
          "no register is compared with a fixed value, only replayed ones are looked at: firmware "
          "and operating system could be any");
    }
    hosts(alternative, place);
    if (alternative.dangerous_any_measurement) {
      add(Severity::warning, "lint-dangerous-switch", place + ".dangerous_any_measurement",
          measured ? "is not needed here, and would hide a measurement that is taken out later"
                   : "any software is accepted");
    }
    if (alternative.dangerous_allow_debug) {
      add(Severity::warning, "lint-dangerous-switch", place + ".dangerous_allow_debug",
          "an environment that its host can inspect is accepted");
      return;
    }
    for (const Requirement& requirement : alternative.require) {
      if (requirement.claim == "common.debug" && requirement.op == Requirement::Op::equals &&
          requirement.values == std::vector<ClaimValue>{true}) {
        add(Severity::error, "lint-dead", place + ".require.common.debug",
            "debug environments are refused anyway: the alternative accepts nothing");
      }
    }
  }

  // Software that runs what somebody else gives it, without a word on what that may be.
  void hosts(const Alternative& alternative, const std::string& place) {
    for (const Requirement& requirement : alternative.require) {
      const ClaimDef* def = find_claim_def(alternative.family, requirement.claim);
      const auto runs_anything = [&](const ClaimValue& value) {
        const auto* text = std::get_if<std::string>(&value);
        return text != nullptr && text->ends_with(def->runs_any_value);
      };
      const auto tells = [&](const Requirement& other) {
        return other.claim == def->told_by && fixes_value(other);
      };
      if (def != nullptr && !def->told_by.empty() && fixes_value(requirement) &&
          std::any_of(requirement.values.begin(), requirement.values.end(), runs_anything) &&
          std::none_of(alternative.require.begin(), alternative.require.end(), tells)) {
        add(Severity::error, "lint-any-container", place + ".require." + requirement.claim,
            "this is software that runs any customer's containers, and nothing says which: require "
            "the value of " +
                std::string(def->told_by) + " too");
      }
    }
  }

  void bindings(const Alternative& alternative, const std::string& place) {
    if (!alternative.tls_key) {
      add(Severity::warning, "lint-no-key-binding", place + ".bind.tls_key",
          "no TLS key is bound to the evidence: a session cannot be opened with this policy");
    }
    if (!alternative.nonce) {
      add(Severity::warning, "lint-no-nonce", place + ".bind.nonce",
          "no nonce is demanded: the evidence may be a replay of an earlier one");
    }
  }

  // Whether the alternative has expired.
  bool expiry(const Alternative& alternative, const std::string& place) {
    if (!alternative.expires) {
      return false;
    }
    const std::string when = to_string(*alternative.expires);
    if (now_ > *alternative.expires) {
      add(Severity::warning, "lint-expired", place + ".expires", "expired at " + when);
      return true;
    }
    // Modulo 2^64, so that no pair of dates overflows; the difference is not negative.
    const std::uint64_t left = static_cast<std::uint64_t>(alternative.expires->seconds()) -
                               static_cast<std::uint64_t>(now_.seconds());
    if (left < static_cast<std::uint64_t>(kSoon)) {
      add(Severity::warning, "lint-expires-soon", place + ".expires",
          "expires within 30 days, at " + when);
    }
    return false;
  }

  UnixTime now_;
  std::vector<LintFinding> found_;
};

}  // namespace

std::vector<LintFinding> lint(std::span<const PolicyFile> files, UnixTime now) {
  Linter linter(now);
  const Result<Policy> policy = read_policy(files);
  if (!policy) {
    const Error& error = policy.error();
    linter.add(Severity::error, error.check.empty() ? "lint-does-not-load" : error.check,
               error.where, error.detail);
    return std::move(linter).findings();
  }
  for (const Error& error : faults(*policy)) {
    linter.add(Severity::error, error.check, names_of(files) + ": " + error.where, error.detail);
  }
  linter.policy(*policy);
  return std::move(linter).findings();
}

}  // namespace cupel

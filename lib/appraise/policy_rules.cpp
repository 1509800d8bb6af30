#include "appraise/policy_rules.hpp"

#include <algorithm>
#include <cupel/evidence.hpp>

#include "crypto/digest.hpp"
#include "family.hpp"

namespace cupel {
namespace {

constexpr std::size_t kBound = 32;  // bytes of a key digest, and of our nonces

class FaultFinder {
 public:
  FaultFinder(const Alternative& alternative, std::string place)
      : alternative_(alternative),
        place_(std::move(place)),
        replayed_(claims_in_replays(alternative)) {}

  std::vector<Error> all() && {
    if (find_family(alternative_.family) == nullptr) {
      fault(place_ + ".family", "no evidence family is called '" + alternative_.family + "'",
            "lint-unknown-family");
      return std::move(found_);
    }
    std::set<std::pair<std::string, Requirement::Op>> rules;
    for (const Requirement& requirement : alternative_.require) {
      const std::string where = place_ + ".require." + requirement.claim;
      if (!rules.emplace(requirement.claim, requirement.op).second) {
        fault(where, "there is more than one rule of this kind for this claim");
      }
      judge(requirement, where);
    }
    judge_speaker();
    std::set<std::string, std::less<>> names;
    for (const Replay& replay : alternative_.replay) {
      const std::string where = place_ + ".replay." + replay.claim;
      if (!names.insert(replay.claim).second) {
        fault(where, "there is more than one replay of this register");
      }
      judge(replay, where);
    }
    judge_bindings();
    judge_measurement();
    return std::move(found_);
  }

 private:
  void fault(std::string where, std::string detail, std::string lint_id = "lint-does-not-load") {
    found_.push_back(Error{Code::bad_policy, std::move(where), kNoOffset, std::move(detail),
                           std::move(lint_id)});
  }

  // The definition, or nullptr after a fault.
  const ClaimDef* known(const std::string& claim, const std::string& where) {
    if (const ClaimDef* def = find_claim_def(alternative_.family, claim)) {
      return def;
    }
    fault(where,
          find_claim_def(claim) != nullptr
              ? "'" + claim + "' is a claim of another evidence family"
              : "no claim of family '" + alternative_.family + "' is called '" + claim + "'",
          "lint-unknown-claim");
    return nullptr;
  }

  // Nothing but a register without collisions may be relied on, and nothing that merely came along.
  bool dependable(const ClaimDef& def, const std::string& claim, const std::string& where) {
    if (def.weak) {
      fault(where, "SHA-1 values are readable but never satisfy a policy", "lint-sha1");
      return false;
    }
    if (def.provenance == Provenance::unauthenticated && !replayed_.contains(claim)) {
      fault(where,
            "'" + claim +
                "' merely comes along with the evidence, and no replay of this alternative binds "
                "it",
            "lint-unbound-claim");
      return false;
    }
    return true;
  }

  void judge(const Requirement& requirement, const std::string& where) {
    const ClaimDef* def = known(requirement.claim, where);
    if (def == nullptr || !dependable(*def, requirement.claim, where)) {
      return;
    }
    const std::string place = where + "." + std::string(to_string(requirement.op));
    const std::vector<ClaimValue>& values = requirement.values;
    switch (requirement.op) {
      case Requirement::Op::present:
        if (!values.empty()) {
          fault(place, "takes no value");
        }
        return;
      case Requirement::Op::one_of:
      case Requirement::Op::none_of:
        judge_choice(*def, values, place);
        return;
      case Requirement::Op::equals:
        if (one(values, place)) {
          judge_value(*def, values.front(), place);
        }
        return;
      case Requirement::Op::at_least:
      case Requirement::Op::at_most:
        if (!def->open && def->type != ClaimType::integer && def->type != ClaimType::time) {
          fault(place, "is for integers and times, and this claim is of type " +
                           std::string(to_string(def->type)));
        } else if (one(values, place)) {
          judge_value(*def, values.front(), place);
          if (def->open && type_of(values.front()) != ClaimType::integer) {
            fault(place, "is for integers");
          }
        }
        return;
      case Requirement::Op::max_age_s:
        if (def->type != ClaimType::time) {
          fault(place,
                "is for times, and this claim is of type " + std::string(to_string(def->type)));
        } else if (one(values, place) && type_of(values.front()) != ClaimType::integer) {
          fault(place, "must be a number of seconds");
        }
        return;
      case Requirement::Op::subset_of:
        judge_list(*def, values, place);
        return;
      case Requirement::Op::masked:
        judge_mask(*def, values, place);
        return;
    }
    fault(place, "no such rule");
  }

  bool one(const std::vector<ClaimValue>& values, const std::string& place) {
    if (values.size() != 1) {
      fault(place, "takes exactly one value");
      return false;
    }
    return true;
  }

  void judge_choice(const ClaimDef& def, const std::vector<ClaimValue>& values,
                    const std::string& place) {
    if (values.empty()) {
      fault(place, "an empty list accepts nothing; leave the alternative out instead",
            "lint-nothing-required");
    }
    std::set<ClaimValue> seen;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::string item = place + "[" + std::to_string(i) + "]";
      judge_value(def, values[i], item);
      if (!seen.insert(values[i]).second) {
        fault(item, "is listed twice");
      }
    }
  }

  void judge_list(const ClaimDef& def, const std::vector<ClaimValue>& values,
                  const std::string& place) {
    if (def.unit != "list") {
      fault(place, "is for claims that are lists, and this is none");
      return;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      judge_value(def, values[i], place + "[" + std::to_string(i) + "]");
    }
  }

  void judge_mask(const ClaimDef& def, const std::vector<ClaimValue>& values,
                  const std::string& place) {
    if (def.type != ClaimType::bytes || values.size() != 2) {
      fault(place, "is for claims of type bytes, and takes a value and a mask");
      return;
    }
    judge_value(def, values.front(), place + ".value");
    judge_value(def, values.back(), place + ".mask");
    const auto* wanted = std::get_if<ByteVector>(&values.front());
    const auto* mask = std::get_if<ByteVector>(&values.back());
    if (wanted == nullptr || mask == nullptr || wanted->size() != mask->size()) {
      fault(place, "value and mask must be of one size");
      return;
    }
    for (std::size_t i = 0; i < mask->size(); ++i) {
      if (((*wanted)[i] & ~(*mask)[i]) != 0) {
        fault(place, "can never hold: the value has bits that the mask leaves out");
        return;
      }
    }
  }

  void judge_value(const ClaimDef& def, const ClaimValue& value, const std::string& place) {
    if (def.open) {
      const ClaimType type = type_of(value);
      if (type != ClaimType::boolean && type != ClaimType::integer && type != ClaimType::string) {
        fault(place, "must be of type boolean, integer or string");
      }
      return;
    }
    if (type_of(value) != def.type) {
      fault(place, "is of type " + std::string(to_string(type_of(value))) + ", the claim of type " +
                       std::string(to_string(def.type)));
      return;
    }
    const auto* bytes = std::get_if<ByteVector>(&value);
    if (bytes != nullptr && def.size != 0 && bytes->size() != def.size) {
      fault(place, "has " + std::to_string(bytes->size()) + " bytes, the claim has " +
                       std::to_string(def.size));
    }
  }

  void judge(const Replay& replay, const std::string& where) {
    const ClaimDef* def = known(replay.claim, where);
    if (def == nullptr) {
      return;
    }
    if (def->weak) {
      fault(where, "SHA-1 values are readable but never satisfy a policy", "lint-sha1");
      return;
    }
    const auto hash = crypto::hash_by_name(def->extend_hash);
    if (!hash || def->provenance == Provenance::unauthenticated) {
      fault(where, "is no register that values are extended into");
      return;
    }
    if (resettable(*def, replay.claim)) {
      fault(where, "software can reset this register, so that its value says nothing",
            "lint-resettable");
      return;
    }
    if (replay.steps.empty()) {
      fault(where, "a replay without steps says nothing; require the value instead");
    }
    for (std::size_t i = 0; i < replay.steps.size(); ++i) {
      judge(replay.steps[i], crypto::digest_size(*hash), where + "[" + std::to_string(i) + "]");
    }
  }

  void judge(const ReplayStep& step, std::size_t digest_size, const std::string& where) {
    const std::string place = where + "." + std::string(to_string(step.kind));
    if (step.kind == ReplayStep::Kind::digest) {
      if (step.digest.size() != digest_size) {
        fault(place, "has " + std::to_string(step.digest.size()) + " bytes, the register extends " +
                         std::to_string(digest_size));
      }
      return;
    }
    const ClaimDef* def = known(step.claim, place);
    if (def == nullptr) {
      return;
    }
    if (def->weak) {
      fault(place, "SHA-1 values are readable but never satisfy a policy", "lint-sha1");
    } else if (step.kind == ReplayStep::Kind::claim &&
               (def->type != ClaimType::bytes || def->size != digest_size)) {
      fault(place, "must be a claim of exactly " + std::to_string(digest_size) + " bytes");
    } else if (def->type != ClaimType::bytes && def->type != ClaimType::string) {
      fault(place, "must be a claim of type bytes or string");
    }
  }

  void judge_bindings() {
    if (alternative_.tls_key) {
      const TlsBinding& key = *alternative_.tls_key;
      const bool text = key.form == TlsBinding::Form::root_ca_pem;
      judge_binding(key.claim, key.offset, text ? ClaimType::string : ClaimType::bytes,
                    place_ + ".bind.tls_key");
    }
    if (alternative_.nonce) {
      judge_binding(alternative_.nonce->claim, alternative_.nonce->offset, ClaimType::bytes,
                    place_ + ".bind.nonce");
    }
    if (alternative_.tls_key && alternative_.nonce &&
        alternative_.tls_key->claim == alternative_.nonce->claim) {
      const auto [first, last] =
          std::minmax(alternative_.tls_key->offset, alternative_.nonce->offset);
      if (last - first < kBound) {
        fault(place_ + ".bind.nonce", "stands where the TLS key stands");
      }
    }
  }

  void judge_binding(const std::string& claim, std::size_t offset, ClaimType type,
                     const std::string& where) {
    const ClaimDef* def = known(claim, where + ".claim");
    if (def == nullptr || !dependable(*def, claim, where + ".claim")) {
      return;
    }
    if (def->type != type) {
      fault(where + ".claim", "must be a claim of type " + std::string(to_string(type)));
      return;
    }
    if (def->provenance == Provenance::endorsement ||
        def->provenance == Provenance::configuration) {
      fault(where + ".claim", "the evidence itself must name it, and this claim is not its word");
    }
    if (def->host_chosen) {
      fault(where + ".claim",
            "whoever launches the environment chooses this value: it names nothing that is inside");
    } else if (!def->extend_hash.empty()) {
      fault(where + ".claim", "a register that is extended holds digests of digests, and no key");
    }
    if (type == ClaimType::string && offset != 0) {
      fault(where + ".offset", "is for claims of type bytes");
    }
    const bool fits = def->size == 0 ? offset <= kNoOffset - kBound
                                     : def->size >= kBound && offset <= def->size - kBound;
    if (type == ClaimType::bytes && !fits) {
      fault(where + ".offset", "32 bytes from here end beyond the claim");
    }
  }

  // Where all claims are one party's word, a policy that does not say whose believes anybody.
  void judge_speaker() {
    for (const ClaimDef& def : claim_table(alternative_.family)) {
      const auto fixes = [&](const Requirement& requirement) {
        return requirement.claim == def.name && fixes_value(requirement);
      };
      if (def.speaker &&
          std::none_of(alternative_.require.begin(), alternative_.require.end(), fixes)) {
        fault(place_ + ".require",
              "nothing says whose word is believed: require " + std::string(def.name) +
                  " to be one that you trust",
              "lint-any-speaker");
      }
    }
  }

  void judge_measurement() {
    if (alternative_.dangerous_any_measurement) {
      return;
    }
    const auto pins = [this](const auto& rule) { return pins_measurement(alternative_, rule); };
    if (std::none_of(alternative_.require.begin(), alternative_.require.end(), pins) &&
        std::none_of(alternative_.replay.begin(), alternative_.replay.end(), pins)) {
      fault(place_ + ".require",
            "nothing says which software is accepted: require the value of a measurement that "
            "software cannot reset, or replay one with at least one fixed step" +
                missing_companions(),
            alternative_.require.empty() && alternative_.replay.empty() ? "lint-nothing-required"
                                                                        : "lint-no-measurement");
    } else if (only_open_measurements(alternative_)) {
      fault(place_ + ".require",
            "only registers are compared that whatever was booted can fill as it likes: any "
            "software passes; require what the firmware measured too (registers 0 to 7 of a TPM; "
            "for BlindLlama, give measurements_*.json beside application.json)",
            "lint-open-registers-only");
    }
  }

  // For a required measurement that does not count by itself: what would make it count.
  std::string missing_companions() const {
    const auto companions = [this](const std::string& claim) -> std::string {
      const ClaimDef* def = find_claim_def(alternative_.family, claim);
      if (def == nullptr || !def->measurement || def->only_with.front().empty()) {
        return {};
      }
      return "; " + claim + " counts beside " + std::string(def->only_with.front()) +
             (def->only_with.back().empty() ? "" : " or " + std::string(def->only_with.back()));
    };
    for (const Requirement& requirement : alternative_.require) {
      if (std::string text = companions(requirement.claim); !text.empty()) {
        return text;
      }
    }
    for (const Replay& replay : alternative_.replay) {
      if (std::string text = companions(replay.claim); !text.empty()) {
        return text;
      }
    }
    return {};
  }

  const Alternative& alternative_;
  std::string place_;
  std::set<std::string, std::less<>> replayed_;
  std::vector<Error> found_;
};

}  // namespace

std::vector<Error> faults(const Alternative& alternative, const std::string& place) {
  return FaultFinder(alternative, place).all();
}

std::vector<Error> faults(const Policy& policy) {
  if (policy.accept.empty()) {
    return {Error{Code::bad_policy, "accept", kNoOffset,
                  "a policy without alternatives accepts nothing", "lint-nothing-required"}};
  }
  std::vector<Error> found;
  for (std::size_t i = 0; i < policy.accept.size(); ++i) {
    for (Error& error : faults(policy.accept[i], "accept[" + std::to_string(i) + "]")) {
      found.push_back(std::move(error));
    }
  }
  return found;
}

}  // namespace cupel

#include "appraise/words.hpp"

#include <algorithm>
#include <cupel/evidence.hpp>

#include "appraise/policy_rules.hpp"
#include "base/claims.hpp"

namespace cupel {
namespace {

constexpr std::size_t kShortNonce = 16;  // bytes; below this a nonce can be guessed or repeated

// "5-11, 14"
std::string ranges(const std::vector<unsigned>& ascending) {
  std::string out;
  for (std::size_t i = 0; i < ascending.size();) {
    std::size_t last = i;
    while (last + 1 < ascending.size() && ascending[last + 1] == ascending[last] + 1) {
      ++last;
    }
    out.append(out.empty() ? "" : ", ").append(std::to_string(ascending[i]));
    if (last != i) {
      out.append(last == i + 1 ? ", " : "-").append(std::to_string(ascending[last]));
    }
    i = last + 1;
  }
  return out;
}

bool looked_at(const Alternative& alternative, std::string_view claim) {
  const auto compares = [&](const Requirement& r) {
    return r.claim == claim && r.op != Requirement::Op::present;
  };
  const auto replays = [&](const Replay& r) { return r.claim == claim; };
  return std::any_of(alternative.require.begin(), alternative.require.end(), compares) ||
         std::any_of(alternative.replay.begin(), alternative.replay.end(), replays);
}

struct Bank {
  const ClaimDef* def = nullptr;
  bool used = false;  ///< the policy looks at one of its registers at least
  std::vector<unsigned> ignored;
};

Bank bank(const ClaimDef& def, const Claims& claims, const Alternative& alternative) {
  Bank out{&def, false, {}};
  for (unsigned i = 0; i < def.indices; ++i) {
    const std::string name = std::string(def.name) + "." + std::to_string(i);
    if (looked_at(alternative, name)) {
      out.used = true;
    } else if (claims.find(name) != nullptr && !resettable(def, name)) {
      out.ignored.push_back(i);
    }
  }
  return out;
}

// Registers of the strongest bank the policy uses (of the evidence's strongest, if it uses none)
// that the evidence covers and the policy does not look at.
std::string ignored_registers(const Claims& claims, const Alternative& alternative) {
  Bank best;
  for (const ClaimDef& def : claim_table(claims.family())) {
    if (def.indices == 0 || def.extend_hash.empty() || !def.measurement || def.weak) {
      continue;
    }
    Bank one = bank(def, claims, alternative);
    const bool relevant = one.used || !one.ignored.empty();
    const bool better = best.def == nullptr || (one.used && !best.used) ||
                        (one.used == best.used && def.size > best.def->size);
    if (relevant && better) {
      best = std::move(one);
    }
  }
  if (best.ignored.empty()) {
    return {};
  }
  return "registers that the policy does not look at: " + std::string(best.def->name) + " " +
         ranges(best.ignored);
}

bool mentions(const std::vector<std::string>& statements, std::string_view word) {
  return std::any_of(statements.begin(), statements.end(), [&](const std::string& statement) {
    return statement.find(word) != std::string::npos;
  });
}

void freshness(const Challenge& challenge, const Judgement& judgement, Words& out) {
  if (judgement.fresh) {
    out.proved.emplace_back("fresh: the evidence carries the nonce that was sent for it");
    if (challenge.nonce && challenge.nonce->size() < kShortNonce) {
      out.not_proved.emplace_back("freshness, strictly: the nonce has only " +
                                  std::to_string(challenge.nonce->size()) +
                                  " bytes and could repeat");
    }
  } else if (challenge.nonce) {
    out.not_proved.emplace_back(
        "freshness: the evidence does not carry the nonce that was sent; it could be a replay");
  } else if (challenge.nonce_unanswered) {
    out.not_proved.emplace_back(
        "freshness: a nonce was sent, but the evidence's bound data holds none; it could be a "
        "replay");
  } else {
    out.not_proved.emplace_back(
        "freshness: no nonce was sent; the evidence could be a replay of an earlier one");
  }
}

void supplied_claims(const Claims& claims, const Judgement& judgement, Words& out) {
  for (const auto& [name, claim] : claims.all()) {
    if (claim.provenance != Provenance::unauthenticated) {
      continue;
    }
    if (judgement.bound.contains(name)) {
      out.proved.push_back(name + ": a replayed register binds it to the evidence");
    } else {
      out.not_proved.push_back(name + ": came along with the evidence; nothing vouches for it");
    }
  }
}

void secure_boot(const Claims& claims, const Alternative& alternative, Words& out) {
  for (const auto& [name, claim] : claims.all()) {
    if (name.ends_with(".secure_boot") && !looked_at(alternative, name)) {
      out.not_proved.push_back("secure boot: the evidence says " + to_string(claim.value) +
                               ", and the policy does not look at " + name);
    }
  }
}

void isolation(const Claims& claims, Words& out) {
  const Claim* tee_class = claims.find("common.tee_class");
  const auto* text = tee_class != nullptr ? std::get_if<std::string>(&tee_class->value) : nullptr;
  if (text != nullptr && *text == "measured_boot" && !mentions(out.not_proved, "memory")) {
    out.not_proved.emplace_back("memory is not encrypted: the host can read it");
  }
}

}  // namespace

Words words(const Claims& claims, const Challenge& challenge, const Alternative* alternative,
            const Judgement& judgement) {
  const Assurance& assurance = claims.assurance();
  Words out{assurance.proved, assurance.not_proved, assurance.assumed};
  freshness(challenge, judgement, out);
  if (alternative != nullptr) {
    if (std::string text = ignored_registers(claims, *alternative); !text.empty()) {
      out.not_proved.push_back(std::move(text));
    }
    secure_boot(claims, *alternative, out);
    if (only_open_measurements(*alternative)) {
      out.not_proved.emplace_back(
          "which software runs: the policy compares only registers that whatever was booted can "
          "fill as it likes");
    }
  }
  isolation(claims, out);
  supplied_claims(claims, judgement, out);
  if (judgement.key) {
    out.not_proved.emplace_back(
        "the channel: the evidence names a TLS key, not a connection; a relay through a machine "
        "that holds this key is not excluded");
  }
  if (alternative != nullptr && alternative->dangerous_any_measurement) {
    out.assumed.emplace_back("dangerous_any_measurement: any software would be accepted");
  }
  if (alternative != nullptr && alternative->dangerous_allow_debug) {
    out.assumed.emplace_back(
        "dangerous_allow_debug: an environment that its host can inspect would be accepted");
  }
  return out;
}

}  // namespace cupel

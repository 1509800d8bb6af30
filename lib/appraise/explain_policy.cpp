// What a policy means, for people.
#include <cupel/policy.hpp>

#include "appraise/judge.hpp"
#include "appraise/policy_rules.hpp"
#include "appraise/printable.hpp"
#include "appraise/requirement.hpp"
#include "base/hex.hpp"

namespace cupel {
namespace {

std::string line(std::size_t depth, const std::string& text) {
  return std::string(2 * depth, ' ') + printable(text, /*unicode=*/false) + "\n";
}

std::string rules(const Alternative& alternative) {
  std::string implied_rules;
  for (const Requirement& requirement : implied(alternative)) {
    const ClaimDef* def = find_claim_def(alternative.family, requirement.claim);
    const bool sometimes = def != nullptr && def->of_one_kind;
    implied_rules += line(1, "requires " + requirement.claim +
                                 (sometimes ? ", where the evidence has it," : "") + " to be " +
                                 expectation(requirement) + ", since it says nothing else");
  }
  if (alternative.require.empty()) {
    return implied_rules;
  }
  std::string out = line(1, "requires");
  for (const Requirement& requirement : alternative.require) {
    const bool compares = requirement.op == Requirement::Op::equals;
    const bool choice = requirement.op == Requirement::Op::one_of;
    out += line(2, requirement.claim + (compares ? " to be"
                                        : choice ? " to be one of"
                                                 : ": " + expectation(requirement)));
    if (compares || choice) {
      for (const ClaimValue& value : requirement.values) {
        out += line(3, to_string(value));
      }
    }
  }
  return out + implied_rules;
}

std::string replays(const Alternative& alternative) {
  std::string out;
  for (const Replay& replay : alternative.replay) {
    out += line(1, "requires " + replay.claim + " to hold, extended in this order, exactly");
    for (const ReplayStep& step : replay.steps) {
      switch (step.kind) {
        case ReplayStep::Kind::digest:
          out += line(3, to_hex(step.digest));
          break;
        case ReplayStep::Kind::claim:
          out += line(3, "the bytes of " + step.claim);
          break;
        case ReplayStep::Kind::digest_of:
          out += line(3, "the hash of " + step.claim);
          break;
      }
    }
  }
  return out;
}

std::string key_text(const TlsBinding& binding) {
  const std::string place =
      binding.claim + (binding.offset == 0 ? "" : " at byte " + std::to_string(binding.offset));
  switch (binding.form) {
    case TlsBinding::Form::spki_sha256:
      return "pins connections to the public key whose SHA-256 is " + place;
    case TlsBinding::Form::certificate_sha256:
      return "pins connections to the certificate whose SHA-256 is " + place;
    case TlsBinding::Form::root_ca_pem:
      break;
  }
  return "pins connections to certificates issued by the one CA in " + place;
}

std::string bindings(const Alternative& alternative) {
  std::string out =
      line(1, alternative.tls_key ? key_text(*alternative.tls_key)
                                  : "pins no connection: no session can be opened with it");
  if (alternative.nonce) {
    const NonceBinding& nonce = *alternative.nonce;
    out += line(1, "demands a fresh nonce in " + nonce.claim +
                       (nonce.offset == 0 ? "" : " at byte " + std::to_string(nonce.offset)));
  } else {
    out += line(1, "demands no nonce: evidence may be a replay of an earlier one");
  }
  return out;
}

std::string text_of(const Alternative& alternative, std::size_t position) {
  std::string out = line(0, std::to_string(position + 1) + ". " + alternative.family +
                                " evidence, '" + name_of(alternative, position) + "'");
  out += rules(alternative) + replays(alternative);
  if (!alternative.dangerous_allow_debug) {
    out += line(1, "requires an environment that is not open to debugging");
  }
  out += bindings(alternative);
  if (alternative.expires) {
    out += line(1, "accepts nothing after " + to_string(*alternative.expires));
  }
  if (alternative.dangerous_any_measurement) {
    out += line(1, "DANGEROUS: accepts any software (dangerous_any_measurement)");
  }
  if (alternative.dangerous_allow_debug) {
    out += line(1, "DANGEROUS: accepts debug environments (dangerous_allow_debug)");
  }
  return out;
}

}  // namespace

std::string explain(const Policy& policy) {
  std::string out = policy.name.empty() ? "" : line(0, "Policy '" + policy.name + "'");
  if (policy.accept.empty()) {
    return out + line(0, "Accepts nothing: it has no alternatives.");
  }
  out += line(0, policy.accept.size() == 1
                     ? "Accepts evidence that satisfies all of this:"
                     : "Accepts evidence that satisfies all of at least one of these " +
                           std::to_string(policy.accept.size()) + " alternatives:");
  for (std::size_t i = 0; i < policy.accept.size(); ++i) {
    out += "\n" + text_of(policy.accept[i], i);
  }
  return out;
}

}  // namespace cupel

#include "appraise/judge.hpp"

#include <algorithm>
#include <iterator>

#include "appraise/policy_rules.hpp"
#include "appraise/requirement.hpp"
#include "base/hex.hpp"
#include "codec/pem.hpp"
#include "crypto/digest.hpp"
#include "crypto/x509.hpp"

namespace cupel {
namespace {

constexpr std::size_t kKeyDigestSize = 32;

std::string missing(std::string_view claim) {
  std::string text = "missing";
  if (claim.find(".event_log.") != std::string_view::npos) {
    text +=
        ": the evidence makes no such claim (no event log came with it, or the log does not say)";
  }
  return text;
}

class Judge {
 public:
  Judge(const Alternative& alternative, const Claims& claims, const Challenge& challenge)
      : alternative_(alternative),
        claims_(claims),
        challenge_(challenge),
        out_{{}, {}, std::nullopt, claims.assurance().valid_until, false} {}

  Judgement all() && {
    add("policy-01", "", "family", alternative_.family, claims_.family(),
        alternative_.family == claims_.family());
    if (alternative_.expires) {  // CHECK policy-02
      add("policy-02", "", "expires", "now at most " + to_string(*alternative_.expires),
          to_string(challenge_.now), challenge_.now <= *alternative_.expires);
      out_.valid_until = std::min(out_.valid_until, *alternative_.expires);
    }
    // Replays come first, because they decide which claims may be relied on.
    std::vector<Check> replays;
    for (const Replay& replay : alternative_.replay) {
      replays.push_back(judge(replay));
    }
    for (const Requirement& requirement : alternative_.require) {
      judge(requirement);
    }
    for (const Requirement& requirement : implied(alternative_)) {
      const ClaimDef* def = find_claim_def(alternative_.family, requirement.claim);
      if (def == nullptr || !def->of_one_kind || claims_.find(requirement.claim) != nullptr) {
        judge(requirement);
      }
    }
    std::move(replays.begin(), replays.end(), std::back_inserter(out_.checks));
    judge_debug();
    judge_nonce();
    judge_validity();
    if (alternative_.tls_key) {
      judge_key(*alternative_.tls_key);
    }
    judge_rules();
    return std::move(out_);
  }

 private:
  void add(std::string id, std::string claim, std::string rule, std::string expected,
           std::string actual, bool passed) {
    out_.checks.push_back(Check{std::move(id), std::move(claim), std::move(rule),
                                std::move(expected), std::move(actual), passed});
  }

  // A claim that something vouches for: the verification, or a replay that held.
  bool dependable(const std::string& name, const Claim& claim) const {
    return claim.provenance != Provenance::unauthenticated || out_.bound.contains(name);
  }
  static std::string undependable(const Claim& claim) {
    return to_string(claim.value) + " (came along with the evidence; nothing vouches for it)";
  }

  void judge(const Requirement& requirement) {  // CHECK policy-03
    const Claim* claim = claims_.find(requirement.claim);
    const bool usable = claim != nullptr && dependable(requirement.claim, *claim);
    add("policy-03", requirement.claim, std::string(to_string(requirement.op)),
        expectation(requirement),
        claim == nullptr ? missing(requirement.claim)
        : usable         ? to_string(claim->value)
                         : undependable(*claim),
        usable && holds(requirement, claim->value, challenge_.now));
  }

  // What a step extends, or nullopt and the reason.
  std::optional<ByteVector> extended(const ReplayStep& step, crypto::Hash hash,
                                     std::string& reason) const {
    if (step.kind == ReplayStep::Kind::digest) {
      return step.digest;
    }
    const Claim* claim = claims_.find(step.claim);
    if (claim == nullptr) {
      reason = missing(step.claim) + ": " + step.claim;
      return std::nullopt;
    }
    const auto* bytes = std::get_if<ByteVector>(&claim->value);
    const auto* text = std::get_if<std::string>(&claim->value);
    if (step.kind == ReplayStep::Kind::claim && bytes != nullptr) {
      return *bytes;
    }
    if (step.kind == ReplayStep::Kind::digest_of && bytes != nullptr) {
      return crypto::digest(hash, Bytes(*bytes));
    }
    if (step.kind == ReplayStep::Kind::digest_of && text != nullptr) {
      return crypto::digest(hash, as_bytes(*text));
    }
    reason = step.claim + " is not of a type that can be extended";
    return std::nullopt;
  }

  // CHECK policy-04
  // PCR_Extend (TPM 2.0 Part 1, 17.2): new value = H(old value || digest), starting from zeros.
  Check judge(const Replay& replay) {
    Check check{"policy-04", replay.claim, "replay", "", "", false};
    const Claim* claim = claims_.find(replay.claim);
    const auto* quoted = claim != nullptr ? std::get_if<ByteVector>(&claim->value) : nullptr;
    check.actual = claim != nullptr ? to_string(claim->value) : missing(replay.claim);
    const ClaimDef* def = find_claim_def(alternative_.family, replay.claim);
    const auto hash = crypto::hash_by_name(def != nullptr ? def->extend_hash : "");
    if (!hash) {
      check.expected = "a register that values are extended into";
      return check;
    }
    ByteVector value(crypto::digest_size(*hash), 0);
    for (const ReplayStep& step : replay.steps) {
      std::string reason;
      const std::optional<ByteVector> next = extended(step, *hash, reason);
      if (next && next->size() != value.size()) {
        reason = "a step of " + std::to_string(next->size()) + " bytes";
      }
      if (!reason.empty()) {
        check.expected = "the replay of " + std::to_string(replay.steps.size()) + " values";
        check.actual = reason;
        return check;
      }
      value = crypto::digest(*hash, {Bytes(value), Bytes(*next)});
    }
    check.expected = to_hex(value);
    check.passed = quoted != nullptr && claim->provenance != Provenance::unauthenticated &&
                   crypto::equal(value, *quoted);
    if (check.passed) {
      bind(replay);
    }
    return check;
  }

  void bind(const Replay& replay) {
    for (const ReplayStep& step : replay.steps) {
      const Claim* claim = step.claim.empty() ? nullptr : claims_.find(step.claim);
      if (claim != nullptr && claim->provenance == Provenance::unauthenticated) {
        out_.bound.insert(step.claim);
      }
    }
  }

  void judge_debug() {  // CHECK policy-05
    const std::string name = "common.debug";
    const Claim* claim = claims_.find(name);
    const auto* debug = claim != nullptr ? std::get_if<bool>(&claim->value) : nullptr;
    const bool allowed = alternative_.dangerous_allow_debug;
    add("policy-05", name, allowed ? "dangerous_allow_debug" : "equals",
        allowed ? "true | false" : "false",
        claim == nullptr ? missing(name) : to_string(claim->value),
        debug != nullptr && dependable(name, *claim) && (allowed || !*debug));
  }

  // CHECK policy-06
  // Where the nonce is looked for: the place the policy binds, else the attester's own field.
  void judge_nonce() {
    if (!challenge_.nonce && !alternative_.nonce) {
      return;
    }
    const NonceBinding place =
        alternative_.nonce ? *alternative_.nonce : NonceBinding{"common.bound_data", 0};
    const Claim* claim = claims_.find(place.claim);
    const auto* data = claim != nullptr ? std::get_if<ByteVector>(&claim->value) : nullptr;
    if (!challenge_.nonce || challenge_.nonce->empty()) {
      add("policy-06", place.claim, "nonce", "a nonce that was sent for this evidence",
          challenge_.nonce ? "an empty nonce was sent" : "no nonce was sent", false);
      return;
    }
    const ByteVector& nonce = *challenge_.nonce;
    const std::string expected =
        to_hex(nonce) + (place.offset == 0 ? "" : " at byte " + std::to_string(place.offset));
    if (data == nullptr) {
      add("policy-06", place.claim, "nonce", expected, missing(place.claim), false);
      return;
    }
    out_.fresh = dependable(place.claim, *claim) && nonce_stands(*data, place, nonce);
    add("policy-06", place.claim, "nonce", expected,
        data->empty() ? "empty: the evidence was made without a nonce" : to_hex(*data), out_.fresh);
  }

  // A field of fixed size that the policy names may hold more than the nonce. Anything else must be
  // the nonce and nothing else (or the nonce and the key digest that the policy binds in the same
  // claim), so that no attester can hide it among other data.
  bool nonce_stands(const ByteVector& data, const NonceBinding& place, Bytes nonce) const {
    if (place.offset > data.size() || nonce.size() > data.size() - place.offset) {
      return false;
    }
    const ClaimDef* def = find_claim_def(alternative_.family, place.claim);
    const bool fixed_size = alternative_.nonce && def != nullptr && def->size > nonce.size();
    const bool with_key =
        alternative_.nonce && alternative_.tls_key && alternative_.tls_key->claim == place.claim;
    const std::size_t explained = nonce.size() + (with_key ? kKeyDigestSize : 0);
    if (!fixed_size && data.size() != explained) {
      return false;
    }
    return crypto::equal(Bytes(data).subspan(place.offset, nonce.size()), nonce);
  }

  void judge_validity() {  // CHECK policy-07
    const Claim* claim = claims_.find("common.valid_until");
    const auto* end = claim != nullptr ? std::get_if<UnixTime>(&claim->value) : nullptr;
    if (end != nullptr) {
      out_.valid_until = std::min(out_.valid_until, *end);
    }
    const UnixTime until =
        std::min(claims_.assurance().valid_until, end != nullptr ? *end : kNoEnd);
    add("policy-07", "common.valid_until", "valid_until",
        "now at most " + (until == kNoEnd ? "any time" : to_string(until)),
        to_string(challenge_.now), end != nullptr && challenge_.now <= until);
  }

  void judge_key(const TlsBinding& binding) {  // CHECK policy-08
    const Claim* claim = claims_.find(binding.claim);
    const bool text = binding.form == TlsBinding::Form::root_ca_pem;
    const std::string expected =
        text ? "one CA certificate, valid at " + to_string(challenge_.now)
             : "32 bytes at byte " + std::to_string(binding.offset) + ", not all zero";
    Check check{"policy-08", binding.claim, std::string(to_string(binding.form)), expected,
                "",          false};
    if (claim == nullptr) {
      check.actual = missing(binding.claim);
    } else if (!dependable(binding.claim, *claim)) {
      check.actual =
          text ? "came along with the evidence; nothing vouches for it" : undependable(*claim);
    } else if (text) {
      judge_root_ca(*claim, check);
    } else {
      judge_key_digest(*claim, binding, check);
    }
    out_.checks.push_back(std::move(check));
  }

  void judge_key_digest(const Claim& claim, const TlsBinding& binding, Check& check) {
    const auto* data = std::get_if<ByteVector>(&claim.value);
    check.actual = to_string(claim.value);
    if (data == nullptr || data->size() < kKeyDigestSize ||
        binding.offset > data->size() - kKeyDigestSize) {
      return;
    }
    const Bytes digest = Bytes(*data).subspan(binding.offset, kKeyDigestSize);
    check.actual = to_hex(digest);
    if (all_zero(digest)) {
      return;  // a field that nobody filled names no key
    }
    NamedKey key{binding.form, {}, {}, kNoEnd};
    std::copy(digest.begin(), digest.end(), key.sha256.begin());
    out_.key = std::move(key);
    check.passed = true;
  }

  void judge_root_ca(const Claim& claim, Check& check) {
    const auto* text = std::get_if<std::string>(&claim.value);
    if (text == nullptr) {
      check.actual = "no text";
      return;
    }
    const auto blocks = pem::parse_certificates(*text, "policy.bind.tls_key");
    if (!blocks) {
      check.actual = "no PEM certificate: " + to_string(blocks.error());
      return;
    }
    if (blocks->size() != 1) {
      check.actual = std::to_string(blocks->size()) + " certificates";
      return;
    }
    const auto ca = crypto::Certificate::from_der(blocks->front(), "policy.bind.tls_key");
    if (!ca) {
      check.actual = "no certificate: " + to_string(ca.error());
      return;
    }
    check.actual = ca->subject() + ", from " + to_string(ca->not_before()) + " to " +
                   to_string(ca->not_after()) + (ca->is_ca() ? "" : ", is no CA");
    out_.valid_until = std::min(out_.valid_until, ca->not_after());
    check.passed =
        ca->is_ca() && ca->not_before() <= challenge_.now && challenge_.now <= ca->not_after();
    if (check.passed) {
      out_.key = NamedKey{TlsBinding::Form::root_ca_pem, ca->sha256(), ca->der(), ca->not_after()};
    }
  }

  // CHECK policy-09
  // A policy made in code keeps the same rules as one that was loaded.
  void judge_rules() {
    const std::vector<Error> wrong = faults(alternative_, "policy");
    add("policy-09", "", "policy", "a policy that load_policy() would take",
        wrong.empty() ? "it is one" : wrong.front().where + ": " + wrong.front().detail,
        wrong.empty());
  }

  const Alternative& alternative_;
  const Claims& claims_;
  const Challenge& challenge_;
  Judgement out_;
};

}  // namespace

std::size_t Judgement::failures() const {
  return static_cast<std::size_t>(
      std::count_if(checks.begin(), checks.end(), [](const Check& c) { return !c.passed; }));
}

std::string name_of(const Alternative& alternative, std::size_t position) {
  return alternative.label.empty() ? "accept[" + std::to_string(position) + "]" : alternative.label;
}

Judgement judge(const Alternative& alternative, const Claims& claims, const Challenge& challenge) {
  return Judge(alternative, claims, challenge).all();
}

}  // namespace cupel

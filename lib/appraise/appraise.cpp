#include <algorithm>
#include <cupel/verdict.hpp>

#include "appraise/judge.hpp"
#include "appraise/words.hpp"

namespace cupel {
namespace {

// The judgement of the alternative that accepts, else of the one that comes closest.
struct Choice {
  const Alternative* alternative = nullptr;  ///< nullptr: none is for this family
  std::string name{};
  Judgement judgement{{}, {}, std::nullopt, kNoEnd, false};
};

Choice no_alternative(const Claims& claims, const Policy& policy) {
  std::string expected;
  for (const Alternative& alternative : policy.accept) {
    expected.append(expected.empty() ? "" : " | ").append(alternative.family);
  }
  if (expected.empty()) {
    expected = "nothing: the policy is empty and accepts no evidence";
  }
  Choice out;
  out.judgement.valid_until = claims.assurance().valid_until;
  out.judgement.checks.push_back(  // CHECK policy-01
      Check{"policy-01", "", "family", std::move(expected), claims.family(), false});
  return out;
}

Choice choose(const Claims& claims, const Policy& policy, const Challenge& challenge) {
  std::optional<Choice> best;
  for (std::size_t i = 0; i < policy.accept.size(); ++i) {
    const Alternative& alternative = policy.accept[i];
    if (alternative.family != claims.family()) {
      continue;
    }
    Choice one{&alternative, name_of(alternative, i), judge(alternative, claims, challenge)};
    if (!best || one.judgement.failures() < best->judgement.failures()) {
      best = std::move(one);
    }
    if (best->judgement.failures() == 0) {
      break;
    }
  }
  return best ? std::move(*best) : no_alternative(claims, policy);
}

TlsPin::Kind kind_of(TlsBinding::Form form) {
  switch (form) {
    case TlsBinding::Form::spki_sha256:
      return TlsPin::Kind::spki_sha256;
    case TlsBinding::Form::certificate_sha256:
      return TlsPin::Kind::certificate_sha256;
    case TlsBinding::Form::root_ca_pem:
      break;
  }
  return TlsPin::Kind::root_ca;
}

}  // namespace

// The one place that makes a Verdict and an Acceptance.
class Appraiser {
 public:
  static Verdict appraise(const Claims& claims, const Policy& policy, const Challenge& challenge) {
    Choice choice = choose(claims, policy, challenge);
    Judgement& judgement = choice.judgement;
    Verdict out(claims, challenge.now);
    Words said = words(claims, challenge, choice.alternative, judgement);
    out.proved_ = std::move(said.proved);
    out.not_proved_ = std::move(said.not_proved);
    out.assumed_ = std::move(said.assumed);
    out.valid_until_ = judgement.valid_until;
    out.alternative_ = choice.name;
    // No check at all would be no reason to accept.
    if (choice.alternative != nullptr && !judgement.checks.empty() && judgement.failures() == 0) {
      out.acceptance_ = Acceptance(choice.name, judgement.valid_until, pin(judgement));
    }
    out.checks_ = std::move(judgement.checks);
    return out;
  }

 private:
  static std::optional<TlsPin> pin(const Judgement& judgement) {
    if (!judgement.key) {
      return std::nullopt;
    }
    return Acceptance::make_pin(kind_of(judgement.key->form), judgement.key->sha256,
                                judgement.key->root_ca, judgement.valid_until);
  }
};

Verdict appraise(const Claims& claims, const Policy& policy, const Challenge& challenge) {
  return Appraiser::appraise(claims, policy, challenge);
}

}  // namespace cupel

// Verdict: every policy check with what was expected and what was there.
#pragma once

#include <cupel/claims.hpp>
#include <cupel/pin.hpp>
#include <cupel/policy.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cupel {

/// What the caller brings to an appraisal besides the policy.
struct Challenge {
  UnixTime now;                       ///< required
  std::optional<ByteVector> nonce{};  ///< the nonce that was sent for this evidence, if one was
  /// Without `nonce`: one was sent, but the evidence holds none, and that is to be said.
  bool nonce_unanswered = false;
};

/// One policy check. All of them are reported, passed or not.
struct Check {
  std::string id;     ///< "policy-03"; see explain.hpp
  std::string claim;  ///< what it looked at, may be empty
  std::string rule;   ///< "one_of", "replay", …
  std::string expected;
  std::string actual;
  bool passed = false;
};

class Verdict;

/// Proof that a policy accepted a set of claims. Held by its Verdict.
class Acceptance {
 public:
  const std::string& label() const noexcept { return label_; }
  UnixTime valid_until() const noexcept { return valid_until_; }

  /// The TLS pin that the accepting alternative binds.
  /// Errors: bad_policy at "policy.bind.tls_key" when the policy binds no key.
  Result<TlsPin> pin() const;

 private:
  friend class Appraiser;
  Acceptance(std::string label, UnixTime valid_until, std::optional<TlsPin> pin)
      : label_(std::move(label)), valid_until_(valid_until), pin_(std::move(pin)) {}
  /// For the Appraiser: pins are made here and nowhere else.
  static TlsPin make_pin(TlsPin::Kind kind, Sha256Digest sha256, ByteVector root_ca,
                         UnixTime valid_until) {
    return {kind, sha256, std::move(root_ca), valid_until};
  }

  std::string label_;
  UnixTime valid_until_;
  std::optional<TlsPin> pin_;
};

/// The judgement, with its reasons. There is no conversion to bool to forget about.
class Verdict {
 public:
  /// The acceptance, or nullptr.
  const Acceptance* accepted() const noexcept { return acceptance_ ? &*acceptance_ : nullptr; }
  const std::string& family() const noexcept { return claims_.family(); }
  const Claims& claims() const noexcept { return claims_; }
  /// The checks of the alternative that accepted; of the one that came closest, if none did.
  const std::vector<Check>& checks() const noexcept { return checks_; }
  const std::string& alternative() const noexcept { return alternative_; }
  const std::vector<std::string>& proved() const noexcept { return proved_; }
  const std::vector<std::string>& not_proved() const noexcept { return not_proved_; }
  const std::vector<std::string>& assumed() const noexcept { return assumed_; }
  UnixTime appraised_at() const noexcept { return appraised_at_; }
  UnixTime valid_until() const noexcept { return valid_until_; }

 private:
  friend class Appraiser;
  explicit Verdict(Claims claims, UnixTime now) : claims_(std::move(claims)), appraised_at_(now) {}

  Claims claims_;
  UnixTime appraised_at_;
  UnixTime valid_until_ = kNoEnd;
  std::optional<Acceptance> acceptance_;
  std::string alternative_;
  std::vector<Check> checks_;
  std::vector<std::string> proved_;
  std::vector<std::string> not_proved_;
  std::vector<std::string> assumed_;
};

/// Judges claims by a policy. Never stops at the first mismatch, cannot fail.
Verdict appraise(const Claims& claims, const Policy& policy, const Challenge& challenge);

struct ExplainStyle {
  bool color = false;    ///< ANSI colours
  bool unicode = false;  ///< ✓ and ✗ instead of "ok" and "FAIL"
  bool full = false;     ///< long values are not shortened
};

/// The report for people: verdict line, facts, checks with expected and actual aligned, what was
/// not proved, what to do.
std::string explain(const Verdict& verdict, const ExplainStyle& style = {});

/// The report for machines; schema "cupel.verdict/1".
std::string to_json(const Verdict& verdict);

}  // namespace cupel

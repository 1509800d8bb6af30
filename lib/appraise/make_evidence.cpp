// Trust on first use: a policy that demands what one piece of evidence shows.
#include <algorithm>
#include <cupel/evidence.hpp>
#include <cupel/verdict.hpp>

#include "appraise/make.hpp"
#include "appraise/policy_rules.hpp"
#include "base/claims.hpp"

namespace cupel {
namespace {

Error wrong(std::string detail) {
  return Error{Code::invalid_argument, "evidence", kNoOffset, std::move(detail)};
}

bool all_ones(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0xff; });
}

// Whether the claim's value says something about software that a policy may rest on.
bool worth_demanding(const ClaimDef& def, const std::string& name, const Claim& claim) {
  if (def.speaker || def.launch_setting) {
    return true;
  }
  if (!def.measurement || def.weak || resettable(def, name) ||
      claim.provenance == Provenance::unauthenticated) {
    return false;
  }
  // A register of a dynamic launch that never happened.
  const auto* bytes = std::get_if<ByteVector>(&claim.value);
  return bytes == nullptr || bytes->empty() || !all_ones(*bytes);
}

bool never_measured(const ClaimDef& def, const std::string& name, const ClaimValue& value) {
  const auto index = index_of(def, name);
  const auto* bytes = std::get_if<ByteVector>(&value);
  return index && *index < 32 && ((def.never_zero >> *index) & 1U) != 0 && bytes != nullptr &&
         all_zero(*bytes);
}

}  // namespace

Result<std::string> make_policy_from_evidence(const Claims& claims, const MadeFrom& from) {
  const Claim* debug = claims.find("common.debug");
  const bool* open = debug != nullptr ? std::get_if<bool>(&debug->value) : nullptr;
  if (open == nullptr || *open) {
    return wrong(
        "is open to debugging, or does not say that it is not: whatever it shows, its "
        "host can change");
  }
  Alternative one;
  one.family = claims.family();
  one.label = "first use";
  std::vector<std::string> beside;
  for (const auto& [name, claim] : claims.all()) {
    const ClaimDef* def = find_claim_def(one.family, name);
    if (def == nullptr || !worth_demanding(*def, name, claim)) {
      continue;
    }
    if (never_measured(*def, name, claim.value)) {
      return wrong("shows zeros in " + name + ": nothing was measured there");
    }
    one.require.push_back({name, Requirement::Op::equals, {claim.value}});
    for (const std::string_view other : def->only_with) {
      if (!other.empty()) {
        beside.emplace_back(other);
      }
    }
  }
  for (const std::string& name : beside) {
    const Claim* claim = claims.find(name);
    const bool there = std::any_of(one.require.begin(), one.require.end(),
                                   [&](const Requirement& rule) { return rule.claim == name; });
    if (claim != nullptr && !there) {
      one.require.push_back({name, Requirement::Op::equals, {claim->value}});
    }
  }
  // The one place whose meaning its name says; elsewhere a person has to decide what binds a key.
  constexpr std::string_view kCertificate = "maa.x-ms-runtime.certificate_hash";
  if (claims.find(kCertificate) != nullptr) {
    one.tls_key = TlsBinding{std::string(kCertificate), 0, TlsBinding::Form::certificate_sha256};
  }
  Policy policy;
  policy.accept.push_back(std::move(one));
  if (const std::vector<Error> faulty = faults(policy); !faulty.empty()) {
    return wrong("gives no policy: " + faulty.front().detail);
  }
  const Verdict verdict = appraise(claims, policy, Challenge{from.at, std::nullopt});
  if (verdict.accepted() == nullptr) {
    return wrong("would not be accepted by the policy made from it; is it still valid now?");
  }
  return making::written(
      policy,
      "TRUST ON FIRST USE: every value here was copied from one piece of evidence, which was "
      "authentic when this was made. Nobody compared them with what the software should be. " +
          making::provenance(from),
      {"copied from evidence, not from a release: replace these values by published ones"});
}

}  // namespace cupel

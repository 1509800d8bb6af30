#include "support/run.hpp"

#include <cupel/evidence.hpp>
#include <cupel/uvm.hpp>
#include <cupel/verdict.hpp>
#include <set>

#include "support/captured_uvm.hpp"

namespace cupel::testing {
namespace {

Got failure(std::string stage, const Error& error) {
  Got got;
  got.outcome.stage = std::move(stage);
  got.outcome.code = to_string(error.code);
  got.outcome.where = error.where;
  got.outcome.check = error.check;
  return got;
}

Result<Unit> parse(const Case& c) {
  if (c.family == kUvm) {
    CUPEL_TRY(std::ignore, uvm::parse(c.evidence));
  } else {
    CUPEL_TRY(std::ignore, describe(c.family, c.evidence));
  }
  return Unit{};
}

}  // namespace

Result<Endorsements> endorsements_of(const Case& c) {
  Endorsements out;
  for (const ByteVector& file : c.endorsements) {
    CUPEL_TRY([[maybe_unused]] auto added, add_endorsement(out, file));
  }
  return out;
}

Result<Claims> evaluate_case(const Case& c, Bytes evidence, const Endorsements& endorsements,
                             const VerifyContext& context) {
  return c.family == kUvm ? evaluate_uvm(evidence, context)
                          : evaluate(c.family, evidence, endorsements, context);
}

Got run(const Case& c) {
  std::optional<Policy> policy;
  if (!c.policy.empty()) {
    auto loaded = load_policy(c.policy);
    if (!loaded) {
      return failure("policy", loaded.error());
    }
    policy = std::move(loaded).value();
  }
  if (auto parsed = parse(c); !parsed) {
    return failure("parse", parsed.error());
  }
  const auto endorsements = endorsements_of(c);
  if (!endorsements) {
    return failure("parse", endorsements.error());
  }
  auto claims = evaluate_case(c, c.evidence, *endorsements, c.context);
  if (!claims) {
    return failure("verify", claims.error());
  }
  Got got;
  got.outcome.stage = "verify";
  got.outcome.verdict = "accepted";
  got.claims = *claims;
  if (!policy) {
    return got;
  }
  const Verdict verdict =
      appraise(*claims, *policy, Challenge{.now = c.context.now, .nonce = c.nonce});
  got.outcome.stage = "appraise";
  got.outcome.verdict = verdict.accepted() != nullptr ? "accepted" : "refused";
  std::set<std::string> ids;
  std::set<std::string> names;
  for (const Check& check : verdict.checks()) {
    if (!check.passed) {
      ids.insert(check.id);
      if (!check.claim.empty()) {
        names.insert(check.claim);
      }
    }
  }
  got.outcome.failed_checks.assign(ids.begin(), ids.end());
  got.outcome.failed_claims.emplace(names.begin(), names.end());
  return got;
}

std::vector<std::string> differences(const Case& c, const Got& got) {
  std::vector<std::string> out;
  const auto compare = [&](std::string_view what, const std::string& expected,
                           const std::string& actual) {
    if (expected != actual) {
      out.push_back(std::string(what) + ": expected '" + expected + "', got '" + actual + "'");
    }
  };
  compare("outcome", to_string(c.expect), to_string(got.outcome));
  compare("stage", c.expect.stage, got.outcome.stage);
  if (c.expect.failed_claims) {
    const std::set<std::string> expected(c.expect.failed_claims->begin(),
                                         c.expect.failed_claims->end());
    const auto names = got.outcome.failed_claims.value_or(std::vector<std::string>{});
    const std::set<std::string> actual(names.begin(), names.end());
    for (const std::string& name : expected) {
      compare("failed claim", name, actual.contains(name) ? name : "");
    }
    for (const std::string& name : actual) {
      compare("failed claim", expected.contains(name) ? name : "", name);
    }
  }
  for (const auto& [name, value] : c.expect.claims) {
    const Claim* claim = got.claims ? got.claims->find(name) : nullptr;
    compare(name, value, claim != nullptr ? to_string(claim->value) : "(no such claim)");
  }
  return out;
}

}  // namespace cupel::testing

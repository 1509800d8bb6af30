#include <cupel/verdict.hpp>

#include "base/hex.hpp"
#include "codec/json.hpp"

namespace cupel {
namespace {

// A validity without an end is null: no date would be true.
json::Value time_json(UnixTime time) {
  return time == kNoEnd ? json::Value() : json::Value(to_string(time));
}

json::Value value_json(const ClaimValue& value) {
  struct Writer {
    json::Value operator()(bool v) const { return v; }
    json::Value operator()(std::uint64_t v) const { return v; }
    json::Value operator()(const ByteVector& v) const { return to_hex(v); }
    json::Value operator()(const std::string& v) const { return v; }
    json::Value operator()(UnixTime v) const { return time_json(v); }
  };
  return std::visit(Writer{}, value);
}

json::Value texts_json(const std::vector<std::string>& texts) {
  return json::Array(texts.begin(), texts.end());
}

}  // namespace

Result<TlsPin> Acceptance::pin() const {
  if (!pin_) {
    return Error{Code::bad_policy, "policy.bind.tls_key", kNoOffset,
                 "the alternative '" + label_ +
                     "' binds no TLS key, so that no connection can be tied to the evidence"};
  }
  return *pin_;
}

std::string to_json(const Verdict& verdict) {
  json::Object claims;
  for (const auto& [name, claim] : verdict.claims().all()) {
    claims.emplace_back(name, json::Object{{"value", value_json(claim.value)},
                                           {"type", to_string(type_of(claim.value))},
                                           {"provenance", to_string(claim.provenance)}});
  }
  json::Array checks;
  for (const Check& check : verdict.checks()) {
    checks.emplace_back(json::Object{{"id", check.id},
                                     {"claim", check.claim},
                                     {"rule", check.rule},
                                     {"expected", check.expected},
                                     {"actual", check.actual},
                                     {"passed", check.passed}});
  }
  return json::dump(
      json::Object{{"schema", "cupel.verdict/1"},
                   {"verdict", verdict.accepted() != nullptr ? "accepted" : "refused"},
                   {"family", verdict.family()},
                   {"alternative", verdict.alternative()},
                   {"claims", std::move(claims)},
                   {"checks", std::move(checks)},
                   {"proved", texts_json(verdict.proved())},
                   {"not_proved", texts_json(verdict.not_proved())},
                   {"assumed", texts_json(verdict.assumed())},
                   {"appraised_at", time_json(verdict.appraised_at())},
                   {"valid_until", time_json(verdict.valid_until())}},
      2);
}

}  // namespace cupel

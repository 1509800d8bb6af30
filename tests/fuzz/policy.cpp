// Target: cupel::load_policy, cupel::to_json(Policy), cupel::appraise, cupel::lint
// Max input: 64 KiB     Seeds: tests/vectors/policy
// Property: an accepted policy is the same after writing and reading it, lints without failing to
// load, and never accepts an empty set of claims.
#include <cstdint>
#include <cupel/policy.hpp>
#include <cupel/verdict.hpp>

namespace {
struct Nothing {};
}  // namespace

namespace cupel::detail {
template <>
struct Sealer<Nothing> {
  static Verified<Nothing> seal() { return {Nothing{}, Assurance{}}; }
};
}  // namespace cupel::detail

namespace {

using namespace cupel;

constexpr UnixTime kNow{1718452800};

void must(bool right) {
  if (!right) {
    __builtin_trap();
  }
}

void accepts_nothing_from_nobody(const Policy& policy) {
  const Claims claims = ClaimsBuilder("tpm", detail::Sealer<Nothing>::seal()).build();
  const Verdict verdict = appraise(claims, policy, Challenge{kNow});
  must(verdict.accepted() == nullptr && !verdict.checks().empty());
  must(!explain(verdict).empty() && !to_json(verdict).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > (64U << 10U)) {
    return 0;
  }
  const std::vector<PolicyFile> files = {{"fuzz", to_vector(Bytes(data, size))}};
  const auto loaded = load_policy(files);
  const auto findings = lint(files, kNow);
  if (!loaded) {
    must(loaded.error().code == Code::bad_policy || loaded.error().code == Code::too_large);
    must(!findings.empty() && findings.front().severity == LintFinding::Severity::error);
    return 0;
  }
  const std::string written = to_json(*loaded);
  const std::vector<PolicyFile> again = {{"written", to_vector(as_bytes(written))}};
  const auto reloaded = load_policy(again);
  must(reloaded.ok() && to_json(*reloaded) == written);
  must(!explain(*loaded).empty());
  accepts_nothing_from_nobody(*loaded);
  return 0;
}

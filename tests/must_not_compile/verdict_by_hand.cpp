// Only appraise() judges.
// refused: private
#include <cupel/verdict.hpp>

#ifndef SHOULD_FAIL
cupel::Verdict judge(const cupel::Claims& claims, const cupel::Policy& policy) {
  return cupel::appraise(claims, policy, {.now = cupel::UnixTime(0)});
}
#else
cupel::Verdict judge(cupel::Claims claims) {
  return cupel::Verdict(std::move(claims), cupel::kNoEnd);
}
#endif

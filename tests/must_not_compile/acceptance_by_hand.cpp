// Only a verdict holds an acceptance.
// refused: private
#include <cupel/verdict.hpp>

#ifndef SHOULD_FAIL
const cupel::Acceptance* make(const cupel::Verdict& verdict) {
  return verdict.accepted();
}
#else
cupel::Acceptance make() {
  return cupel::Acceptance("mine", cupel::kNoEnd, std::nullopt);
}
#endif

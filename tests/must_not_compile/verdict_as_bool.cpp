// A verdict is not a yes: ask accepted().
// refused: could not convert|not contextually convertible
#include <cupel/verdict.hpp>

#ifndef SHOULD_FAIL
bool check(const cupel::Verdict& verdict) {
  return verdict.accepted() != nullptr;
}
#else
bool check(const cupel::Verdict& verdict) {
  return verdict ? true : false;
}
#endif

// A verification without anchors does not compile.
// refused: TrustAnchors|could not convert
#include <cupel/trust.hpp>

#ifndef SHOULD_FAIL
cupel::VerifyContext make() {
  return {.now = cupel::UnixTime(0), .anchors = cupel::TrustAnchors({})};
}
#else
cupel::VerifyContext make() {
  return {.now = cupel::UnixTime(0)};
}
#endif
